# SPDX-License-Identifier: MIT
"""dkim_random - random messages with DKIM signatures, right ones and others,
for whoever compares two engines.  Needs dkimpy, which signs them."""

import base64
import json
import os
import random
import re
import subprocess

import nacl.signing
from dkim import canonicalization, crypto

from .postward import build

CASES = int(os.environ.get("POSTWARD_CASES", 1500))
SEED = int(os.environ.get("POSTWARD_SEED", 6376))
NOW = 1767225600
NAME = "sel._domainkey.example.org"


def random_cases():
    """(number, case) of each."""
    draw = random.Random(SEED)
    keys = Keys()
    for number in range(CASES):
        yield number, Case(draw, keys)


class Keys:
    """Of one test: RSA, as SubjectPublicKeyInfo and as RSAPublicKey, and
    Ed25519."""

    def __init__(self):
        self.pem, self.rsa = rsa_key()
        der = base64.b64decode(self.rsa)
        # Behind the header of both sequences, and of the bit string.
        self.rsa_alone = base64.b64encode(
            der[der.index(b"\x03\x81") + 4:]).decode()
        self.ed25519 = nacl.signing.SigningKey(bytes(range(32)))

    @property
    def ed25519_public(self):
        return base64.b64encode(bytes(self.ed25519.verify_key)).decode()


def rsa_key():
    pem = subprocess.run(["openssl", "genrsa", "-traditional", "1024"],
                         check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"],
                         input=pem, check=True, capture_output=True).stdout
    return pem, base64.b64encode(der).decode()


class Case:
    """A message, how it was signed, and what came of it."""

    def __init__(self, draw, keys):
        self.draw, self.keys = draw, keys
        self.is_ed25519 = self.maybe(0.1)
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
        tags = {"v": "1", "a": "ed25519-sha256" if self.is_ed25519 else
                "rsa-sha256", "d": "example.org", "s": "sel",
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

    def public(self):
        draw = self.draw.random()
        if draw < 0.02:
            return ""
        if self.is_ed25519:
            return self.keys.ed25519_public
        return self.keys.rsa_alone if draw < 0.1 else self.keys.rsa

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
        p = self.public()
        if self.is_ed25519 and self.maybe(0.9):
            chosen["k"] = "k=ed25519"
        if self.maybe(0.03):
            p = p[:40] + self.draw.choice((" ", "\t ")) + p[40:]
        if chosen and self.maybe(0.03):
            chosen["again"] = self.draw.choice(list(chosen.values()))
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

    def has_one_author(self):
        values = [value for name, value in self.fields
                  if name.lower() == b"from"]
        return len(values) == 1 and b"@" in values[0]

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
        if self.maybe(0.02):
            tags.append(self.draw.choice(tags))
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
        if self.is_ed25519:
            return base64.b64encode(
                self.keys.ed25519.sign(digest.digest()).signature)
        return base64.b64encode(crypto.RSASSA_PKCS1_v1_5_sign(
            digest, crypto.parse_pem_private_key(self.keys.pem)))

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
    """A program that answers in JSON, line by line."""

    def __init__(self, name="dkim_driver"):
        self.process = subprocess.Popen(
            [build() / "tests/system" / name], stdin=subprocess.PIPE,
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
