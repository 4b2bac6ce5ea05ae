# SPDX-License-Identifier: MIT
"""Random SPF zones: mostly right, sometimes nasty, each in names of its own.

A case is a domain, a client, a HELO and a sender, and the records that all of
these need.  The names of a case are below "c<number>.test", and its client
has an address of its own, so that any number of cases make one zone.
"""

import collections
import ipaddress

Case = collections.namedtuple("Case", "ip sender helo zone")

# In a case these names exist, as far as chance wants it.
LABELS = ("a", "b", "c", "d", "e")


class Maker:
    def __init__(self, random, number):
        self._random = random
        self._base = f"c{number}.test"
        self._v6 = random.random() < 0.25
        self._ip = ipaddress.ip_address(
            0x20010db8 << 96 | number if self._v6 else 0x0a000000 | number)
        self.zone = {}

    def _some(self, *choices):
        return self._random.choice(choices)

    def _rarely(self, one_in):
        return self._random.randrange(one_in) == 0

    def _name(self):
        return f"{self._some(*LABELS)}.{self._base}"

    def _address(self, v6):
        """The client's, one near it, or any."""
        ip = self._ip
        if v6 != self._v6:
            ip = ipaddress.ip_address("2001:db8:ffff::1" if v6
                                      else "192.0.2.1")
        return str(ip + self._some(0, 0, 1, 7, 300, 70000))

    def _macro(self):
        letter = self._some(*"slodiphvSLODIHpps")
        if self._rarely(60):
            letter = self._some(*"crtxz")
        digits = self._some("", "", "", "1", "2", "3", "9", "128")
        if self._rarely(80):
            digits = "0"
        reverse = self._some("", "", "r", "R")
        delimiters = self._some("", "", "", "-", "+-", "._", ",/=")
        return "%{" + letter + digits + reverse + delimiters + "}"

    def _spec(self):
        roll = self._random.randrange(12)
        if roll < 6:
            return self._name() + self._some("", "", "", ".")
        if roll == 6:
            return self._macro() + "." + self._base
        if roll == 7:
            return self._some(*LABELS) + "." + self._some("%{d}", "%{o}")
        if roll == 8:
            return self._some("%{d}", "%{h}", "%{p}", "%{o}", "%{d9}")
        if roll == 9:
            return self._some("%%", "%_", "%-", "x") + "." + self._name()
        if self._rarely(10):
            return self._some("", "test", "a..test", "1.2.3.4", "x.-y", "%",
                              "%(d).test", "%{d", ".test", "a.test:80",
                              "x" * 64 + ".test", "nul\0.test", "é.test")
        return f"missing{self._random.randrange(4)}.{self._base}"

    def _masks(self):
        v4 = self._some("", "", "", "/32", "/24", "/0", "/16")
        v6 = self._some("", "", "", "//128", "//64", "//0")
        if self._rarely(30):
            return self._some("/33", "//129", "/024", "/", "//", "/8/8")
        return v4 + v6

    def _mechanism(self):
        kind = self._some("a", "a", "mx", "mx", "include", "include",
                          "exists", "exists", "ptr", "ip4", "ip6")
        if kind in ("a", "mx"):
            spec = self._some("", ":" + self._spec())
            return kind + spec + self._masks()
        if kind == "ptr":
            return kind + self._some("", ":" + self._spec())
        if kind == "ip4":
            mask = self._some("", "/32", "/24", "/16", "/30", "/0")
            if self._rarely(20):
                mask = self._some("/33", "/08", "//32", "/")
            return "ip4:" + self._address(False) + mask
        if kind == "ip6":
            mask = self._some("", "/128", "/64", "/112", "/0")
            if self._rarely(20):
                mask = self._some("/129", "//64", "/064")
            return "ip6:" + self._address(True) + mask
        return kind + ":" + self._spec()

    def _term(self):
        if self._rarely(12):
            return self._some("exp", "redirect", "Exp", "REDIRECT") + "=" + \
                self._spec()
        if self._rarely(50):
            return self._some("x= x=", "x=y X=y", "y=%{d}", "z=%{c}", "x=%",
                              "all.", "moo", "!a", "ALL", "A", "+mx",
                              "include", "exists", "ip4", "a,")
        return self._some("", "", "", "-", "~", "?", "+") + self._mechanism()

    def _record(self):
        terms = [self._term() for _ in range(self._random.randrange(7))]
        if self._rarely(15):
            terms = ["-a:" + self._name()] * self._random.randrange(6, 12)
        if self._rarely(3):
            terms.append("redirect=" + self._spec())
        if self._rarely(4):
            terms.append("exp=" + self._spec())
        if not self._rarely(3):
            terms.append(self._some("-all", "~all", "?all", "all"))
        if self._rarely(4):
            self._random.shuffle(terms)
        text = " ".join(["v=spf1"] + terms) + self._some("", "", " ")
        return self._some("v=spf1", "V=SPF1") + text[6:]

    def _text(self):
        return " ".join(self._some("See", "http://x/?s=%{S}", "%{c}", "%{p}",
                                   "%%", "%_", "%-", self._macro(), "no.",
                                   "%{t", "é") if self._rarely(6) else
                        self._some("Not", "%{i}", "%{d}", "%{h}", "%{r}",
                                   "%{l}", "allowed.")
                        for _ in range(self._random.randrange(1, 5)))

    def _txt(self, text):
        octets = text.encode("latin-1")
        cut = self._random.randrange(len(octets) + 1)
        return "TXT", [part[i:i + 255] for part in (octets[:cut],
                                                    octets[cut:])
                       for i in range(0, len(part), 255)] or [b""]

    def _add_host(self, name):
        records = self.zone.setdefault(name, [])
        for _ in range(self._random.randrange(3)):
            records.append(("A", self._address(False)))
        if self._rarely(2):
            records.append(("AAAA", self._address(True)))
        hosts = self._random.randrange(12 if self._rarely(8) else 3)
        for preference in range(hosts):
            records.append(("MX", (preference, self._name())))
        if not self._rarely(6):
            records.append(self._txt(self._record()))
        if self._rarely(3):
            records.append(self._txt(self._text()))
        if self._rarely(30):
            records.append(self._txt(self._record()))
        if self._rarely(20):
            self.zone[name] = [("TIMEOUT", None)]
        later = [label for label in LABELS if label > name[0]]
        if self._rarely(20) and later:  # so that there are no loops
            self.zone[name] = [
                ("CNAME", f"{self._some(*later)}.{self._base}")]

    def _add_pointers(self):
        records = [("PTR", self._name())
                   for _ in range(self._random.randrange(4))]
        if self._rarely(20):
            records = [("PTR", f"n{i}.{self._base}") for i in range(10)] + \
                [("PTR", self._name())]
        if self._rarely(20):
            records = [("TIMEOUT", None)]
        if records:
            self.zone[self._ip.reverse_pointer] = records

    def case(self):
        for label in LABELS:
            if not self._rarely(6):
                self._add_host(f"{label}.{self._base}")
        first = f"a.{self._base}"
        if not self._rarely(6):
            self.zone[first] = [it for it in self.zone.get(first, ())
                                if it[0] in ("A", "AAAA", "MX")]
            self.zone[first].append(self._txt(self._record()))
        self._add_pointers()
        local = self._some("ann", "ann", "ann-b.c+d", "", "a b", "x_y=z")
        helo = self._some(self._name(), self._name(), "localhost",
                          "[10.0.0.1]", "he lo")
        sender = f"{local}@{first}"
        if self._rarely(15):
            sender = ""
        return Case(str(self._ip), sender, helo, self.zone)


def case_of(random, number):
    """number: from 1 on, below 2**24."""
    return Maker(random, number).case()
