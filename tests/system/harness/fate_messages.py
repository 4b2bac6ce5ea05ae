# SPDX-License-Identifier: MIT
"""fate_messages - messages of every kind that a forwarder meets: what SPF and
DKIM say of them, what their author's domain wants, and what they look like.

The same each time.  Needs dkimpy, whose canonical forms sign them.
"""

import base64
import dataclasses
import itertools
import random

import dkim
from dkim import canonicalization, crypto

from .signing import AuthorKey

SEED = 9989
CLIENT = "192.0.2.10"  # who sends all of it
SECONDS_A_DAY = 86400

# What an author's domain says: where in its organization he is, and the DMARC
# records there.  A ghost is a name that does not exist.
POLICIES = {
    "no record": ("", {}),
    "p=none": ("", {"": "p=none"}),
    "p=quarantine": ("", {"": "p=quarantine"}),
    "p=reject": ("", {"": "p=reject"}),
    "sp=reject": ("mail", {"": "p=none; sp=reject"}),
    "sp=none": ("mail", {"": "p=reject; sp=none"}),
    "np=reject": ("ghost", {"": "p=none; np=reject"}),
    "np=none": ("ghost", {"": "p=reject; np=none"}),
    "t=y, reject": ("", {"": "p=reject; t=y"}),
    "t=y, quarantine": ("", {"": "p=quarantine; t=y"}),
    "pct=0": ("", {"": "p=reject; pct=0"}),
    "own record": ("news", {"": "p=none", "news": "p=reject"}),
    "psd=n": ("news", {"": "p=none", "news": "p=reject; psd=n"}),
    "psd=y": ("shop", {"": "p=reject; psd=y"}),
    "record between": ("a.mid", {"": "p=none", "mid": "p=reject"}),
    "record below": ("mail", {"mail": "p=reject"}),
}
PLAIN = list(POLICIES)[:4]

SPF = {
    "pass": f"v=spf1 ip4:{CLIENT} -all",
    "fail": "v=spf1 ip4:192.0.2.11 -all",
    "softfail": "v=spf1 ip4:192.0.2.11 ~all",
    "neutral": "v=spf1 ?all",
    "none": None,
    "permerror": "v=spf1 ip4:192.0.2.0/33 -all",
}

# (what SPF says, of whose domain): the author's, one near it, another.
SENDERS = [("pass", "same"), ("pass", "near"), ("pass", "other"),
           ("fail", "same"), ("softfail", "same"), ("neutral", "same"),
           ("none", "same"), ("permerror", "same")]

SIGNATURES = ["none", "same", "near", "other", "broken", "short", "whole",
              "expiring", "expired", "sha1", "broken and same"]

# Who speaks for others: a sender, and a list.
OTHERS = ["other.example", "lists.example"]

FROM_FORMS = {
    "two fields": ("Sue <sue@{a}>", "Eve <eve@other.example>"),
    "two fields alike": ("Sue <sue@{a}>", "Sue <sue@{a}>"),
    "two addresses": ("sue@{a}, pat@{a}",),
    "two domains": ("sue@{a}, eve@other.example",),
    "fifty addresses": (", ".join(f"s{n}@{{a}}" for n in range(50)),),
    "a group": ("Friends: sue@{a}, pat@{a};",),
    "an empty group": ("Undisclosed:;",),
    "none": (),
    "empty": ("",),
    "a word": ("Sue",),
    "encoded words": ("=?utf-8?q?S=C3=BCe?= <sue@{a}>",),
    "an address in encoded words": (
        "=?utf-8?b?ZXZlQG90aGVyLmV4YW1wbGU=?= <sue@{a}>",),
    "an address in quotes": ('"ann@remotes.club" <sue@{a}>',),
    "8 bits": ("S\u00fce <sue@{a}>",),
    "a domain in UTF-8": ("sue@b\u00fc.{a}",),
    "a quoted local part": ('"sue@eve"@{a}',),
    "comments": ("sue(x)@(y){a} (eve@other.example)",),
    "folded": ("Sue\r\n <sue@{a}>",),
}

DOUBLED = ["Date", "Sender", "Reply-To", "To", "Cc", "Message-ID",
           "In-Reply-To", "References", "Subject"]

TEXTS = {
    "8 bits": ("text/plain; charset=utf-8", "8bit",
               "Gr\u00fc\u00dfe aus K\u00f6ln\r\n"),
    "8 bits untold": ("", "", "Gr\u00fc\u00dfe aus K\u00f6ln\r\n"),
    "long lines": ("", "", "x" * 3000 + "\r\n"),
    "white space": ("", "", " At  one? \t\r\n.\r\n..\r\n  \r\n\r\n\r\n"),
    "no body": ("", "", ""),
    "From at a line's start": ("", "", "From here\r\n>From there\r\n"),
}

SIZES = [2_000, 20_000, 100_000, 300_000]


@dataclasses.dataclass(frozen=True)
class Site:
    """The domains of one author: what they say, and how they align."""
    policy: str
    strict: bool
    spf: str

    @property
    def org(self):
        words = (self.policy, "strict" if self.strict else "relaxed", self.spf)
        return "-".join("".join(filter(str.isalnum, word))
                        for word in words) + ".example"

    @property
    def author(self):
        label = POLICIES[self.policy][0]
        return f"{label}.{self.org}" if label else self.org

    @property
    def near(self):
        return f"near.{self.org}"

    def is_ghost(self):
        return POLICIES[self.policy][0] == "ghost"

    def records(self, key):
        """Lines of a zone file."""
        alignment = "; adkim=s; aspf=s" if self.strict else ""
        for label, text in POLICIES[self.policy][1].items():
            name = f"{label}.{self.org}" if label else self.org
            yield f'_dmarc.{name}. TXT "v=DMARC1; {text}{alignment}"'
        names = {self.org, self.near}
        if not self.is_ghost():
            names |= {self.author, f"xn--b-xga.{self.author}"}
        for name in sorted(names):
            yield from records_of(name, SPF[self.spf], key)


def records_of(name, spf, key):
    yield f"{name}. MX 10 mail.example.org."
    yield f"s1._domainkey.{name}. TXT {key.halves}"
    yield f"*.helo.{name}. A {CLIENT}"
    if spf is not None:
        yield f'{name}. TXT "{spf}"'
        yield f'*.helo.{name}. TXT "{spf}"'


class Key(AuthorKey):
    def __init__(self, folder):
        super().__init__(folder)
        self.parsed = crypto.parse_pem_private_key(self.pem)

    def signs(self, letter, domain, **tags):
        """The field, relaxed/relaxed; tags: more of them, such as x."""
        policy = canonicalization.CanonicalizationPolicy.from_c_value(
            b"relaxed/relaxed")
        kind = tags.pop("a", "rsa-sha256")
        hashed = crypto.HASH_ALGORITHMS[kind.encode()]
        body = policy.canonicalize_body(letter.body)
        names = [name for name, _ in letter.fields
                 if name.lower() in SIGNED]
        if "l" in tags:
            tags["l"] = len(body) if tags["l"] is None else tags["l"]
        bh = hashed(body[:tags.get("l", len(body))]).digest()
        text = "; ".join(f"{name}={value}" for name, value in {
            "v": "1", "a": kind, "c": "relaxed/relaxed", "d": domain,
            "s": "s1", "h": ":".join(names), **tags,
            "bh": base64.b64encode(bh).decode(), "b": ""}.items())
        own = ("DKIM-Signature", f" {text}".encode())
        signed = b"".join(name.encode() + b":" + value for name, value in (
            relaxed(policy, field) for field in
            [*reversed_of_each(letter.fields, names), own]))
        b = base64.b64encode(crypto.RSASSA_PKCS1_v1_5_sign(
            hashed(signed.removesuffix(b"\r\n")), self.parsed))
        folded = b"\r\n ".join(b[at:at + 70] for at in range(0, len(b), 70))
        return own[0], own[1] + folded


SIGNED = {"from", "to", "cc", "subject", "date", "message-id", "reply-to",
          "sender", "mime-version", "content-type",
          "content-transfer-encoding", "in-reply-to", "references"}


def relaxed(policy, field):
    [(name, value)] = policy.canonicalize_headers(
        [(field[0].encode(), field[1] + b"\r\n")])
    return name.decode(), value


def reversed_of_each(fields, names):
    """As h= takes them: of each name from the bottom up."""
    left = list(fields)
    for name in names:
        for field in reversed(left):
            if field[0].lower() == name.lower():
                yield field
                left.remove(field)
                break


@dataclasses.dataclass
class Letter:
    fields: list  # of (name, bytes of the value with its first space)
    body: bytes

    @property
    def octets(self):
        return b"".join(name.encode() + b":" + value + b"\r\n"
                        for name, value in self.fields) + b"\r\n" + self.body

    def add(self, name, text):
        self.fields.append((name, f" {text}".encode()))

    def change(self, name, act):
        self.fields = [(at, act(value) if at == name else value)
                       for at, value in self.fields]


@dataclasses.dataclass
class Case:
    """number: also in its field X-Case and in its HELO name; kind: for the
    table."""
    number: int
    kind: str
    what: str
    site: Site
    spf: str
    near: str  # whose domain the envelope sender is of
    signature: str
    sender: str
    helo: str
    octets: bytes

    @property
    def recipient(self):
        return f"c{self.number}@guild.club"

    def __str__(self):
        return (f"{self.number}: {self.kind}, {self.what}; SPF {self.spf} "
                f"({self.near}), DKIM {self.signature}, {self.site.policy}"
                f"{', strict' if self.site.strict else ''}")


class Maker:
    """Makes the cases, one after the other."""

    def __init__(self, key, now):
        self.key, self.now = key, now
        self.cases = []
        self.draw = random.Random(SEED)

    def make(self, kind, what, base, **more):
        """base: (policy, strict, (spf, whose), signature)"""
        policy, strict, (spf, near), signature = base
        site = Site(policy, strict, spf)
        if site.is_ghost() and near == "same":
            near = "near"  # mail cannot come from there
        number = len(self.cases)
        domain = {"same": site.author, "near": site.near,
                  "other": OTHERS[more.get("list", 0)]}[near]
        letter = self.letter(number, site, more)
        if "list" in more:
            self.pass_through_list(letter, site, signature, more["list"])
        else:
            self.sign(letter, site, signature)
        octets = letter.octets
        if more.get("sealed"):
            octets = sealed(octets, self.key)
        self.cases.append(Case(
            number, kind, what, site, spf, near, signature,
            "" if more.get("null") else f"bounce{number}@{domain}",
            f"c{number}.helo.{domain}", octets))

    def letter(self, number, site, more):
        letter = Letter([("X-Case", b" %d" % number)], b"")
        froms = more.get("from", ("Sue <sue@{a}>",))
        for text in froms:
            letter.add("From", text.format(a=site.author))
        letter.add("To", "Gil <gil@guild.club>")
        letter.add("Subject", "Lunch")
        if not more.get("no_date"):
            letter.add("Date", "Fri, 27 Nov 2026 10:00:00 +0000")
        if not more.get("no_id"):
            letter.add("Message-ID", f"<{number}@{site.author}>")
        kind, coding, body = more.get("text", ("", "", "At one?\r\n"))
        if kind:
            letter.add("MIME-Version", "1.0")
            letter.add("Content-Type", kind)
            letter.add("Content-Transfer-Encoding", coding)
        for name, value in more.get("fields", ()):
            letter.add(name, value)
        letter.body = body.encode()
        if (size := more.get("size")) is not None:
            line = b"We meet at the usual place, as we did last time.\r\n"
            letter.body = line * (size // len(line))
        return letter

    def sign(self, letter, site, how):
        day = SECONDS_A_DAY
        ways = {
            "none": [],
            "same": [(site.author, {})],
            "near": [(site.near, {})],
            "other": [(OTHERS[0], {})],
            "broken": [(site.author, {})],
            "short": [(site.author, {"l": 0})],
            "whole": [(site.author, {"l": None})],
            "expiring": [(site.author, {"t": self.now - day,
                                        "x": self.now + day})],
            "expired": [(site.author, {"t": self.now - 2 * day,
                                       "x": self.now - day})],
            "sha1": [(site.author, {"a": "rsa-sha1"})],
            "broken and same": [(site.author, {})],
        }
        if how in ("broken", "broken and same"):
            body, letter.body = letter.body, b"Other text.\r\n" + letter.body
            field = self.key.signs(letter, site.author)
            letter.body = body
            letter.fields.insert(0, field)
        if how != "broken":
            for domain, tags in ways[how]:
                letter.fields.insert(0, self.key.signs(letter, domain, **tags))

    def pass_through_list(self, letter, site, how, listed):
        """1: changed and signed; what the author has signed is broken."""
        self.sign(letter, site, how)
        letter.add("List-Id", "<lunch.lists.example>")
        letter.change("Subject", lambda value: b" [lunch]" + value)
        letter.body += b"-- \r\nlunch@lists.example\r\n"
        letter.fields.insert(0, self.key.signs(letter, OTHERS[listed]))


def sealed(octets, key):
    text = b"Authentication-Results: mx.lists.example; dmarc=pass\r\n" + octets
    return b"".join(dkim.arc_sign(text, b"s1", b"lists.example", key.pem,
                                  b"mx.lists.example")) + text


def grid(maker):
    """What passes, for whom, and what the author's domain wants of it."""
    for base in itertools.product(PLAIN, (False, True), SENDERS, SIGNATURES):
        maker.make(base[0], "plain", base)
    for base in itertools.product(list(POLICIES)[4:], (False, True),
                                  SENDERS[:4], SIGNATURES[:5]):
        maker.make(base[0], "plain", base)


def bases(maker, policies=PLAIN, senders=tuple(SENDERS[:4]),
          signatures=tuple(SIGNATURES[:5])):
    while True:
        yield (maker.draw.choice(policies), maker.draw.random() < 0.3,
               maker.draw.choice(senders), maker.draw.choice(signatures))


def others(maker, times):
    """What they look like: `times` of each form."""
    draw = bases(maker)

    def each(kind, rows, **fixed):
        for what, more in rows:
            for _ in range(times):
                maker.make(kind, what, next(draw), **more, **fixed)

    each("From", [(name, {"from": form})
                  for name, form in FROM_FORMS.items()])
    each("doubled", [(name, {"fields": twice(name)}) for name in DOUBLED])
    each("incomplete", [("no Message-ID", {"no_id": True}),
                        ("no Date", {"no_date": True})])
    each("text", [(name, {"text": text}) for name, text in TEXTS.items()])
    each("size", [(f"{size // 1000} KB", {"size": size}) for size in SIZES])
    each("null sender", [("a notice", {"null": True})] * 3)
    each("ARC", [("sealed by a list", {"sealed": True})] * 2)
    listed = bases(maker, senders=[("pass", "other")],
                   signatures=["none", "same"])
    for _ in range(6 * times):
        maker.make("list", "changed and signed", next(listed), list=1)


def twice(name):
    """One more, or two of what is not there yet."""
    value = {"Date": "Thu, 26 Nov 2026 10:00:00 +0000",
             "Message-ID": "<other@other.example>",
             "In-Reply-To": "<1@a.example>", "References": "<1@a.example>",
             "Subject": "Dinner"}.get(name, "pat@other.example")
    there = name in ("Date", "To", "Message-ID", "Subject")
    return [(name, value)] * (1 if there else 2)


def all_cases(key, now, number=2000):
    """(cases, lines of a zone file)"""
    maker = Maker(key, now)
    grid(maker)
    others(maker, 16)
    draw = bases(maker, list(POLICIES), SENDERS, SIGNATURES)
    while len(maker.cases) < number:
        maker.make("any", "text", next(draw),
                   size=maker.draw.choice(SIZES[:2]))
    return maker.cases[:number], zone(maker.cases, key)


def some_cases(key, now):
    """Each form once, and each policy with what decides it."""
    maker = Maker(key, now)
    for policy, signature in itertools.product(
            POLICIES, ("none", "same", "near")):
        maker.make(policy, "plain",
                   (policy, False, ("pass", "same"), signature))
    for sender, signature in [(sender, "none") for sender in SENDERS] + [
            (("fail", "same"), signature) for signature in SIGNATURES]:
        maker.make("p=reject", "plain", ("p=reject", False, sender, signature))
    others(maker, 1)
    return maker.cases, zone(maker.cases, key)


def zone(cases, key):
    lines = [line for name in OTHERS
             for line in records_of(name, SPF["pass"], key)]
    for site in dict.fromkeys(case.site for case in cases):
        lines += site.records(key)
    return lines
