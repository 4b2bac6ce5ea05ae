# SPDX-License-Identifier: MIT
"""SPF beside pyspf, on thousands of random zones.

Where the two differ, one of them is wrong, or the RFC leaves it open.  KINDS
names each way in which pyspf differs, the section that decides, and a
correction of it: a difference is explained if pyspf, so corrected, agrees.
One that no correction explains fails the test.
"""

import collections
import os
import random
import re
import sys

import pytest

from harness.spf import Driver, zone_file
from harness.spf_random import case_of

spf = pytest.importorskip("spf", reason="pyspf is not installed")

CASES = 5000
SEED = int(os.environ.get("POSTWARD_SEED", 7208))
RECEIVER = "mx.test"
VOIDS_MOST = 2


class Reference(spf.query):
    """pyspf, which looks into a zone in place of DNS."""

    zone = {}

    def result(self):
        try:
            verdict, _, text = self.check()
        except AssertionError as crash:
            verdict, text = f"crash: {crash}", None
        if verdict != "fail" or text == spf.EXPLANATIONS["fail"]:
            text = None
        return verdict, text or None


def look_up(name, kind, *_):
    records = Reference.zone.get(name.lower(), [])
    found = [((name, kind), value) for it, value in records if it == kind]
    if found:
        return found
    if ("TIMEOUT", None) in records:
        raise spf.TempError("timeout")
    return [((name, it), value) for it, value in records if it == "CNAME"]


def is_name(name):
    return all(0 < len(label) < 64 for label in name.rstrip(".").split("."))


class PassesOverNoNames(spf.query):
    """A ptr of what is no domain name matches nothing, and asks nothing."""

    def validated_ptrs(self):
        there = sys._getframe(1).f_locals
        if there.get("m") == "ptr" and not is_name(there["arg"]):
            return []
        return super().validated_ptrs()


class KeepsSentences(spf.query):
    """Explanations are not names: they are not cut on their left."""

    def expand(self, text, stripdot=True):
        if stripdot:
            return super().expand(text)
        return " ".join(super(KeepsSentences, self).expand(
            word, stripdot=False) for word in text.split(" "))


class CountsTerms(spf.query):
    """Not each question that finds nothing, but each term."""

    quiet = False
    no_answer = False  # to the question for PTR: not the same as nothing

    def dns(self, name, kind, cnames=None, ignore_void=False):
        return super().dns(name, kind, cnames, ignore_void=True)

    def _count(self, found, name):
        if found or self.quiet or not is_name(name):
            return
        self.void_lookups += 1
        if self.void_lookups > VOIDS_MOST:
            raise spf.PermError("void terms")

    def _quietly(self, function, *args):
        before, self.quiet = self.quiet, True
        try:
            return function(*args)
        finally:
            self.quiet = before

    def dns_a(self, name, *kind):
        found = super().dns_a(name, *kind)
        self._count(found, name)
        return found

    def dns_mx(self, name):
        self._count(self.dns(name, "MX"), name)
        return self._quietly(super().dns_mx, name)

    def validated_ptrs(self):
        self._count(self.dns_ptr(self.i) or self.no_answer, "ptr")
        return self._quietly(super().validated_ptrs)

    def getp(self):
        return self._quietly(super().getp)


class TakesHostsInTurn(spf.query):
    """The hosts of an mx, up to the one that matches."""

    quiet = False

    def _addresses(self, hosts):
        for _, host in sorted(hosts):
            before, self.quiet = self.quiet, True
            found = self.dns_a(host, self.A)
            self.quiet = before
            yield from found

    def dns_mx(self, name):
        hosts = self.dns(name, "MX")
        if len(hosts) > spf.MAX_MX:
            raise spf.PermError("MX records")
        return self._addresses(hosts)

    def cidrmatch(self, addresses, bits):
        return any(super(TakesHostsInTurn, self).cidrmatch([it], bits)
                   for it in addresses)


class ForgivesPtr(spf.query):
    """Trouble with the names of the client makes no temperror."""

    forgiving = False

    def dns(self, *args, **more):
        try:
            return super().dns(*args, **more)
        except spf.TempError:
            if not self.forgiving:
                raise
            self.no_answer = True
            return []

    def dns_ptr(self, address):
        self.forgiving = True
        return super().dns_ptr(address)

    def validated_ptrs(self):
        try:
            return super().validated_ptrs()
        finally:
            self.forgiving = False


class IncludesItself(spf.query):
    """That is an error where it is reached, and not before."""

    def validate_mechanism(self, mech):
        try:
            return super().validate_mechanism(mech)
        except spf.PermError as error:
            if "recursion" not in error.msg:
                raise
            verdict = spf.RESULTS.get(mech[0], "pass")
            return mech, "include", self.d, self.cidrmax, verdict


class IgnoresCase(spf.query):
    """Of the names of modifiers, and of the "r" in a macro."""

    def dns_spf(self, domain):
        text = super().dns_spf(domain)
        return text and re.sub(r"(?i)(?<= )(exp|redirect)=",
                               lambda found: found[0].lower(), text)

    def expand(self, text, **more):
        return super().expand(
            re.sub(r"%\{[a-zA-Z]\d*R", lambda found: found[0][:-1] + "r",
                   text), **more)


class ReadsGrammar(spf.query):
    """No control characters; macros as they must be written."""

    RIGHT = re.compile(r"([ -$&-~]|%[%_-]"
                       r"|%\{[slodiphcrtv]0*([1-9]\d*)?(?<!\w0)r?[-.+,/_=]*\}"
                       r")*", re.IGNORECASE)

    def dns_spf(self, domain):
        text = super().dns_spf(domain)
        if text and not re.fullmatch("[ -~]*", text):
            raise spf.PermError("control character")
        return text

    def expand(self, text, **more):
        if not self.RIGHT.fullmatch(text) or re.search(r"%\{.0+\D", text):
            raise spf.PermError("macro")
        wrong, spf.RE_INVALID_MACRO = spf.RE_INVALID_MACRO, re.compile("(?!)")
        try:
            return super().expand(text, **more)
        finally:
            spf.RE_INVALID_MACRO = wrong


class JoinsWithDots(spf.query):
    """Whatever the parts of a macro are split at."""

    def expand(self, text, **more):
        joiners, spf.JOINERS = spf.JOINERS, dict.fromkeys("slodiphcrtv", ".")
        try:
            return super().expand(text, **more)
        finally:
            spf.JOINERS = joiners


class RepeatsModifiers(spf.query):
    """Unknown ones are ignored, however often they are there."""

    def dns_spf(self, domain):
        numbers = iter(range(1000))
        text = super().dns_spf(domain)
        return text and re.sub(
            r"(?i)(?<= )(?!exp=|redirect=)([a-z][-_.a-z0-9]*)=",
            lambda found: f"{found[1]}.{next(numbers)}=", text)


class CountsRedirect(spf.query):
    """When it is followed, not when it is read."""

    def check_lookups(self):
        there = sys._getframe(1).f_locals
        if there.get("mod") != "redirect" or "cidrlength" in there:
            super().check_lookups()

    def dns_spf(self, domain):
        there = sys._getframe(1).f_locals
        if there.get("redirect") == domain and (
                there.get("m") != "include" or there.get("arg") != domain):
            super().check_lookups()
        return super().dns_spf(domain)


class SendsAsPostmaster(spf.query):
    """%{s} without a local part."""

    def __init__(self, i, s, h, **more):
        super().__init__(i, "postmaster" + s if s.startswith("@") else s, h,
                         **more)


Kind = collections.namedtuple("Kind", "correction section what")

KINDS = [
    Kind(PassesOverNoNames, "7208 4.8",
         "what a malformed target does is left open: here it asks DNS "
         "nothing; pyspf asks for PTR records all the same"),
    Kind(KeepsSentences, "7208 7.3",
         "names are cut to 253 bytes; pyspf cuts explanations too"),
    Kind(CountsTerms, "7208 4.6.4",
         'void lookups are "terms", of which each counts once; pyspf counts '
         "every question, also for hosts of mx and ptr, %{p} and aliases"),
    Kind(TakesHostsInTurn, "7208 5.4",
         "an mx looks up its hosts in order, until one matches; to pyspf "
         "trouble with a later one is a temperror all the same"),
    Kind(ForgivesPtr, "7208 5.5, 7.3",
         "DNS errors make ptr not match and %{p} unknown; to pyspf they are "
         "a temperror, also of terms that are not reached"),
    Kind(IncludesItself, "7208 4.6, 5.2",
         "syntax alone is checked ahead; pyspf refuses an include of the "
         "domain itself even where it is not reached"),
    Kind(IgnoresCase, "7208 12, 5234 2.3",
         "literals in ABNF are of any case; pyspf knows exp=, redirect= and "
         "the r of macros in lower case only"),
    Kind(ReadsGrammar, "7208 7.1, 7.3",
         "macro text is printable, its macros are closed and keep at least "
         "one part; pyspf takes NUL, %{d and %{d0}, but no %% at the end"),
    Kind(JoinsWithDots, "7208 7.3",
         "parts of a macro are joined with dots; pyspf does so for %{l} and "
         "%{s} only"),
    Kind(RepeatsModifiers, "7208 6",
         "only exp and redirect must not be there twice; pyspf refuses any "
         "modifier that is"),
    Kind(CountsRedirect, "7208 4.6.4, 6.1",
         "redirect counts when it is followed; pyspf counts it when it is "
         "read"),
    Kind(SendsAsPostmaster, "7208 4.3",
         "a sender without a local part is postmaster, also in %{s}"),
]


def pyspf(case, kinds=()):
    kind = type("Corrected", (*(it.correction for it in kinds), Reference),
                {})
    return kind(case.ip, case.sender, case.helo, receiver=RECEIVER).result()


def explanation(case, wanted):
    """The kinds that explain a difference, as few as will do; None if all of
    them do not."""
    for kind in KINDS:
        if pyspf(case, [kind]) == wanted:
            return [kind]
    if pyspf(case, KINDS) != wanted:
        return None
    needed = list(KINDS)
    for kind in KINDS:
        fewer = [it for it in needed if it is not kind]
        if pyspf(case, fewer) == wanted:
            needed = fewer
    return needed


def ours(cases, path):
    path.write_text(zone_file(Reference.zone))
    # Each twice: what is kept is the same.
    with Driver("kept-zone", str(path)) as driver:
        for case in cases:
            got = driver.check(case.ip, case.sender, case.helo,
                               receiver=RECEIVER)
            yield got["result"], got["explanation"]


def test_every_difference_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(spf, "DNSLookup", look_up)
    chance = random.Random(SEED)
    cases = [case_of(chance, number) for number in range(1, CASES + 1)]
    Reference.zone = {name: records for case in cases
                      for name, records in case.zone.items()}
    counts, unexplained = collections.Counter(), []
    for case, wanted in zip(cases, ours(cases, tmp_path / "zone")):
        if pyspf(case) == wanted:
            continue
        kinds = explanation(case, wanted)
        if kinds is None:
            unexplained.append((case, wanted, pyspf(case)))
        for kind in kinds or ():
            counts[kind] += 1
    print(f"POSTWARD_SEED={SEED}: {CASES} zones")
    for kind, count in counts.most_common():
        print(f"{count:5} RFC {kind.section}: {kind.what}")
    assert not unexplained
