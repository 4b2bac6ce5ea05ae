# SPDX-License-Identifier: MIT
"""DKIM beside dkimpy, on thousands of random messages.

Each is signed with random tags and a random key record, and then changed on its
way or not.  Where the two differ on whether the signature passes, one of them
is wrong, or the RFC leaves it open.  KINDS names each way in which dkimpy
differs, by what we say of the message, and the section that decides.  A
difference of another kind fails the test.
"""

import base64
import collections
import json
import os
import random
import re
import subprocess

import pytest

from harness.postward import build

dkim = pytest.importorskip("dkim", reason="python3-dkim is not installed")
from dkim import canonicalization, crypto  # noqa: E402

CASES = int(os.environ.get("POSTWARD_CASES", 1500))
SEED = int(os.environ.get("POSTWARD_SEED", 6376))
NOW = 1767225600
NAME = "sel._domainkey.example.org"

# What we say -> why dkimpy, which lets it pass, is not followed.
KINDS = {
    "h= does not sign From": "6376 5.4, 6.1.1",
    "rsa-sha1 proves nothing": "8301 3.1",
    "it has expired": "6376 3.5: judged when the message comes; dkimpy "
                      "has a tolerance",
    "x= is not after t=": "6376 3.5",
    "the key is not for SHA-256": "6376 3.6.1, h=",
    "the key is not for mail": "6376 3.6.1, s=",
    "the key is not for identities": "6376 3.6.1, t=s",
    "the key is of another kind": "8463 4.2, 6376 3.6.1, k=",
    "l= is longer than the body": "6376 3.5, 6.1.3",
    "k= of the key is not known": "6376 3.6.1",
    "v= of the key is not DKIM1": "6376 3.6.1",
    "i= has no domain": "6376 3.5",
    "i= is no quoted-printable": "6376 2.11",
    "q= has no method": "6376 3.5",
    "h= is no list of names": "6376 3.5, ABNF of h=",
    "c= is not known": "6376 3.5",
}

# What dkimpy says, or how it fails, where we let it pass -> why.
THEIRS = {
    "UnknownKeyTypeError": "6376 3.6.1: s= is a list",
    "q= value is not dns/txt (b'dns/txt:http')": "6376 3.5: q= is a list",
    "t= value is in the future": "6376 3.5 lets clocks differ",
    "unknown signature algorithm: b'RSA-sha256'": "5234 2.3: in any case",
    "(i=b'ann=40example.org'": "6376 3.5: i= is quoted-printable",
}


def rsa_key():
    pem = subprocess.run(["openssl", "genrsa", "-traditional", "1024"],
                         check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"],
                         input=pem, check=True, capture_output=True).stdout
    return pem, base64.b64encode(der).decode()


class Case:
    """A message, how it was signed, and what came of it."""

    def __init__(self, draw, pem, public):
        self.draw, self.pem, self.public = draw, pem, public
        self.fields = self.random_fields()
        self.body = self.random_body()
        self.tags = self.random_tags()
        self.key = self.random_key()
        own = self.sign()
        self.change()
        self.message = (own + b"\r\n" + b"".join(
            name + b":" + value + b"\r\n" for name, value in self.fields) +
            b"\r\n" + self.body)

    def maybe(self, share):
        return self.draw.random() < share

    def space(self):
        return self.draw.choice((b" ", b"  ", b"\t", b"", b"\r\n ", b" \t "))

    def random_value(self):
        words = [b"ann@example.org", b"lunch", b"x:y", b"\xc3\xbc", b"(a)",
                 b"=?utf-8?q?=FC?=", b"1"]
        value = self.space()
        for _ in range(self.draw.randrange(4)):
            value += self.draw.choice(words) + self.space()
        # Behind a fold stands something.
        return re.sub(rb"(\r\n[ \t]*)+$", b"", value)

    def random_fields(self):
        names = [b"From", b"to", b"Subject", b"DATE", b"X-Empty", b"Received"]
        fields = [(b"From", b" Ann <ann@example.org>")]
        for _ in range(self.draw.randrange(8)):
            fields.insert(self.draw.randrange(len(fields) + 1),
                          (self.draw.choice(names), self.random_value()))
        return fields

    def random_body(self):
        parts = [b"Hello", b" ", b"  ", b"\t", b"\r\n", b"\r\n\r\n", b"lunch",
                 b" \r\n", b"\xff", b".", b"-- ", b"x" * 70]
        body = b"".join(self.draw.choice(parts)
                        for _ in range(self.draw.randrange(30)))
        # SMTP has no line without an end.
        return body + b"\r\n" if body else b""

    def random_tags(self):
        draw = self.draw
        names = draw.choices(["from", "From", "to", "subject", "received",
                              "x-empty", "x-none", "date"],
                             k=draw.randrange(6))
        if not self.maybe(0.05):
            names.append("from")
        tags = {"v": "1", "a": "rsa-sha256", "d": "example.org", "s": "sel",
                "h": draw.choice((":", " : ", ":\r\n ")).join(names) or "to"}
        form = draw.choice((None, "simple", "relaxed", "simple/simple",
                            "relaxed/relaxed", "simple/relaxed",
                            "relaxed/simple"))
        if form:
            tags["c"] = form
        odd = {
            "i": ["@example.org", "ann@mail.example.org", "ann=40example.org",
                  "@example.com", "x@EXAMPLE.org", "a=ZZ@example.org",
                  "example.org"],
            "l": ["0", "5", "12", "999999", "007"],
            "q": ["dns/txt", "dns/txt:http", "http"],
            "t": [str(NOW - 9), "1", str(NOW + 99999)],
            "x": [str(NOW + 9), str(NOW), "5", str(NOW + 999999)],
            "z": ["From:ann=40example.org|to:bob"],
            "zz": ["unknown"],
            "c": ["nofws", "relaxed/"],
            "v": ["2", "0.5"],
            "a": ["rsa-sha1", "rsa-sha512", "RSA-sha256"],
            "d": ["EXAMPLE.org"],
        }
        for _ in range(draw.choice((0, 0, 1, 1, 2))):
            name = draw.choice(list(odd))
            tags[name] = draw.choice(odd[name])
        for name in "vadsh":
            if self.maybe(0.01):
                del tags[name]
        return tags

    def random_key(self):
        extra = ["v=DKIM1", "k=rsa", "t=y", "t=s", "t=y:s", "h=sha256",
                 "h=sha1", "h=sha1:sha256", "s=*", "s=email", "s=other",
                 "s=x:email", "n=a note", "g=*", "zz=1", "k=ed25519", "k=dsa",
                 "v=dkim1"]
        chosen = {}
        for _ in range(self.draw.choice((0, 1, 1, 2, 3))):
            tag = self.draw.choice(extra)
            chosen[tag[0]] = tag
        # dkimpy, too, wants v= to be the first one.
        first = [chosen.pop("v")] if "v" in chosen else []
        p = "" if self.maybe(0.02) else self.public
        return self.draw.choice(("; ", ";")).join(
            [*first, *chosen.values(), f"p={p}"])

    def why_not(self):
        """Why dkimpy says no, where it says no more than that."""
        if self.space_behind_b:
            return "white space behind b= stays (6376 3.7)"
        if b":b=" in self.message[:20]:
            return "b= as the first tag, without a space, is not found"
        if self.has_more_from():
            return "all From are taken as signed (6376 5.4.2)"
        return None

    def has_more_from(self):
        """Than were signed."""
        signed = re.split(r"[ \r\n]*:[ \r\n]*", self.tags.get("h", ""))
        return sum(name.lower() == b"from" for name, _ in self.fields) > \
            sum(name.lower() == "from" for name in signed)

    def policy(self):
        try:
            return canonicalization.CanonicalizationPolicy.from_c_value(
                self.tags.get("c", "simple").encode())
        except canonicalization.InvalidCanonicalizationPolicyError:
            return canonicalization.CanonicalizationPolicy.from_c_value(
                b"simple")

    def sign(self):
        """The field, with the signature of the message as it is now."""
        policy = self.policy()
        sha1 = self.tags.get("a") == "rsa-sha1"
        hashed = crypto.HASH_ALGORITHMS[b"rsa-sha1" if sha1 else
                                        b"rsa-sha256"]
        body = policy.canonicalize_body(self.body)
        limit = self.tags.get("l")
        bh = base64.b64encode(hashed(
            body if limit is None else body[:int(limit)]).digest()).decode()
        tags = list(self.tags.items())
        if self.maybe(0.5):
            self.draw.shuffle(tags)
        tags.insert(self.draw.randrange(len(tags) + 1), ("bh", bh))
        at = self.draw.randrange(len(tags) + 1)
        between = self.draw.choice(("; ", ";", ";\r\n\t", " ;  "))
        head = between.join(f"{k}={v}" for k, v in tags[:at])
        tail = between.join(f"{k}={v}" for k, v in tags[at:])
        name = self.draw.choice((b"DKIM-Signature:", b"DKIM-Signature: ",
                                 b"dkim-signature:\r\n "))
        before = name + (head + between if head else "").encode() + b"b="
        behind = (between + tail if tail else "").encode()
        self.space_behind_b = behind.startswith(b" ")
        b = self.signature(policy, hashed, before + behind.lstrip())
        folds = b"\r\n\t".join(b[i:i + 60] for i in range(0, len(b), 60))
        return before + folds + behind

    def signature(self, policy, hashed, own):
        left = [[name, value] for name, value in self.fields]
        signed = []
        for name in re.split(r"[ \r\n]*:[ \r\n]*",
                             self.tags.get("h", "from")):
            for field in reversed(left):
                if field[0].lower() == name.lower().encode():
                    signed.append((field[0], field[1] + b"\r\n"))
                    left.remove(field)
                    break
        name, value = own.split(b":", 1)
        canonical = policy.canonicalize_headers(
            [*signed, (name, value + b"\r\n")])
        text = b"".join(x + b":" + y for x, y in canonical)
        text = text[:-2] if text.endswith(b"\r\n") else text
        digest = hashed(text)
        return base64.b64encode(crypto.RSASSA_PKCS1_v1_5_sign(
            digest, crypto.parse_pem_private_key(self.pem)))

    def change(self):
        """What happens on the way."""
        changes = [
            lambda: None, lambda: None, self.refold, self.recase,
            self.change_body_space, self.add_lines, self.drop_field,
            self.add_field, self.add_text, self.turn_fields]
        self.draw.choice(changes)()

    def refold(self):
        self.fields = [(name, re.sub(rb"[ \t]+", lambda _: self.draw.choice(
            (b" ", b"  ", b"\r\n ")), value).rstrip())
            for name, value in self.fields]

    def recase(self):
        self.fields = [(name.upper(), value) for name, value in self.fields]

    def change_body_space(self):
        self.body = re.sub(rb"[ \t]+", b" ", self.body)

    def add_lines(self):
        self.body += b"\r\n" + self.draw.choice((b"", b"\r\n", b" \r\n"))

    def drop_field(self):
        if len(self.fields) > 1:
            self.fields.pop(self.draw.randrange(len(self.fields)))

    def add_field(self):
        self.fields.insert(self.draw.choice((0, len(self.fields))),
                           (self.draw.choice((b"From", b"X-None", b"to")),
                            b" eve@example.com"))

    def add_text(self):
        self.body += b"\r\nSpam\r\n"

    def turn_fields(self):
        self.fields.reverse()


class Driver:
    def __init__(self):
        self.process = subprocess.Popen(
            [build() / "tests/system/dkim_driver"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def ask(self, message, **more):
        self.process.stdin.write(json.dumps({
            "message": base64.b64encode(message).decode(), "now": NOW,
            **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0


@pytest.fixture
def driver():
    it = Driver()
    yield it
    it.close()


def theirs(message, keys):
    """Does it pass, and if not, what dkimpy says, or "no" alone."""
    def look_up(name, timeout=5):
        return keys.get(name.decode().rstrip(".").lower(), "").encode() or None
    try:
        passes = dkim.DKIM(message, timeout=5).verify(dnsfunc=look_up)
        return passes, "" if passes else "no"
    except Exception as problem:  # dkimpy has IndexError and the like, too
        return False, f"{type(problem).__name__}: {problem}"


@pytest.fixture
def stopped_clock(monkeypatch):
    monkeypatch.setattr(dkim.time, "time", lambda: NOW)


def test_differs_where_it_must(driver, stopped_clock):
    draw = random.Random(SEED)
    pem, public = rsa_key()
    seen = collections.Counter()
    for number in range(CASES):
        case = Case(draw, pem, public)
        keys = {NAME: case.key}
        ours = driver.ask(case.message, keys=keys)[0]
        passes, what = theirs(case.message, keys)
        if (ours["result"] == "pass") == passes:
            seen["pass" if passes else "no pass"] += 1
            continue
        known, said = (KINDS, ours["problem"]) if passes else (THEIRS, what)
        kind = next((kind for kind in known if kind in said), None)
        if said == "no":
            kind = case.why_not()
        seen[kind] += 1
        assert kind, (f"seed {SEED}, case {number}: we say {ours}, dkimpy "
                      f"{what or 'pass'}\n{case.key}\n{case.message!r}")
    print("\n".join(f"{n:6} {kind}" for kind, n in seen.most_common()))
    assert seen["pass"] > CASES / 10
    assert seen["no pass"] > CASES / 10


def test_others_verify_what_we_sign(driver, stopped_clock):
    """With dkimpy, also after the next host has folded it anew."""
    draw = random.Random(SEED)
    pem, public = rsa_key()
    for number in range(50):
        case = Case(draw, pem, public)
        message = case.message[case.message.index(b"\r\nFrom:") + 2:] \
            if b"\r\nFrom:" in case.message else b"From: a@b\r\n\r\nx\r\n"
        value = driver.ask(message, pem=pem.decode(), domain="example.org",
                           selector="sel")["value"]
        for fold in "\r\n\t", " ", "\r\n        ":
            signed = ("DKIM-Signature: " + value.replace("\n\t", fold) +
                      "\r\n").encode() + message
            assert theirs(signed, {NAME: f"p={public}"}) == (True, ""), number
