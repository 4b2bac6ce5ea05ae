# SPDX-License-Identifier: MIT
"""Random mail for DMARC: an author, identifiers, and the zones they live in.

Few names, so that records meet; many levels, so that walks skip some.
"""

import collections

from .dmarc_reference import FAILS, Identifier, domains_of_walk

Case = collections.namedtuple("Case", "author spf dkim zone")

LABELS = ("a", "b", "mail", "x-y", "_s")
SUFFIXES = ("com", "co.test", "bank.test", "test", "k12.us.test")
MOST_LABELS = 11

# Beyond these everything is tried in their place, which takes its time.
MOST_FAILURES = 2


class Maker:
    def __init__(self, random):
        self._random = random
        self.zone = {}

    def _some(self, *choices):
        return self._random.choice(choices)

    def _rarely(self, one_in):
        return self._random.randrange(one_in) == 0

    # ---- names

    def _below(self, domain, most):
        for _ in range(self._random.randint(0, most)):
            domain = self._some(*LABELS) + "." + domain
        return domain

    def author(self):
        domain = self._some("example.", "other.", "") + self._some(*SUFFIXES)
        depth = self._some(0, 0, 1, 1, 2, 3, MOST_LABELS)
        domain = self._below(domain, depth)
        return ".".join(domain.split(".")[-MOST_LABELS:])

    def identifier(self, author):
        parts = author.split(".")
        above = ".".join(parts[self._random.randrange(len(parts)):])
        domain = self._some(author, above, self._below(author, 2),
                            self._below(above, 1), self._below(above, 3),
                            "not" + author, self.author())
        if self._rarely(20):
            domain = domain.upper() + "."
        return Identifier(domain, self._some(
            "pass", "pass", "pass", "pass", "fail", "temperror"))

    # ---- records

    def _tags(self):
        words = ("none", "quarantine", "reject", "Reject ", "deny", "")
        yield f"p={self._some(*words[:4], *words[:3], *words[:3], *words)}"
        for tag, one_in in (("sp", 3), ("np", 3)):
            if self._rarely(one_in):
                yield f"{tag}={self._some(*words[:3], *words[:3], *words)}"
        for tag, one_in, values in (
                ("psd", 3, ("y", "n", "n", "y", "u", "Y", "yes")),
                ("adkim", 4, ("s", "r", "S", "x")),
                ("aspf", 4, ("s", "r", "S", "x")),
                ("t", 5, ("y", "n", "Y", "1")),
                ("pct", 9, ("0", "abc")),
                ("rua", 5, ("mailto:a@x.test", "a@x.test", " , mailto:b@x.test",
                            "https://x.test/%7e", "mailto:%zz", ""))):
            if self._rarely(one_in):
                yield f"{tag}{self._some('=', '=', ' = ')}{self._some(*values)}"
        if self._rarely(12):
            yield self._some("junk", "=x", "n=gr\u00fc\u00dfe", "", "P=none",
                             "p=none")

    def record(self):
        if self._rarely(12):
            return self._some("v=spf1 -all", "v=dmarc1; p=reject", "",
                              "v=DMARC1x; p=reject", "p=reject; v=DMARC1",
                              "v=DMARC1", "v=DMARC1; rua=mailto:a@x.test",
                              "V=DMARC1; p=reject", "v=DMARC1, p=reject")
        tags = list(self._tags())
        if self._rarely(4):
            self._random.shuffle(tags)
        version = self._some("v=DMARC1", "v=DMARC1", " v = DMARC1\t")
        return self._some("; ", ";", " ;\t").join([version, *tags])

    def records(self):
        yield self.record()
        while self._rarely(12):
            yield self.record()

    # ---- zones

    def add_names(self, author, identifiers):
        starts = [author] + [it.domain.lower().rstrip(".")
                             for it in identifiers if it]
        names = sorted({"_dmarc." + domain for start in starts
                        for domain in domains_of_walk(start)})
        density = self._some(2, 3, 6)
        for name in names:
            if self._rarely(density):
                self.zone[name] = list(self.records())
            elif self._rarely(8):
                self.zone[name] = []
        for name in (author, *starts[1:], "www." + author):
            if self._rarely(4):
                self.zone[name] = []
        self._spoil(names + [author])

    def _spoil(self, names):
        if self._rarely(3):
            for name in self._random.sample(
                    names, min(self._random.randint(1, MOST_FAILURES),
                               len(names))):
                self.zone[name] = FAILS
                # Nobody is asked about it, and so it proves nothing.
                self.zone.pop("www." + name, None)


def case_of(random):
    maker = Maker(random)
    author = maker.author()
    spf = maker.identifier(author) if random.randrange(4) else None
    dkim = [maker.identifier(author) for _ in range(random.choice((0, 1, 1, 2,
                                                                   3)))]
    maker.add_names(author, [spf, *dkim])
    return Case(author, spf, dkim, maker.zone)
