# SPDX-License-Identifier: MIT
"""DMARC (RFC 9989) as its text has it, slowly, to compare with.

A zone is a dict: a name in lower case to a list of TXT records (texts), to []
for a name with other records only, or to FAILS.  A name that is not there does
not exist, unless a name below it is there.

What DNS fails to tell, and an identifier that ended in a temporary error, could
have been anything.  So everything is tried in its place: if that changes the
outcome, the result is temperror, and else the error does not matter.  Of mail
that passes, what the policy would have been does not matter either.
"""

import collections
import itertools
import re

FAILS = "fails"

# What may stand where DNS fails: each of these leads somewhere else.
POSSIBLE = ([], ["v=DMARC1; p=none"], ["v=DMARC1; p=reject"],
            ["v=DMARC1; p=reject; psd=n"], ["v=DMARC1; p=reject; psd=y"],
            ["v=DMARC1; p=nothing"])

LOWER = {"reject": "quarantine", "quarantine": "none", "none": "none"}

Identifier = collections.namedtuple("Identifier", "domain result")
Record = collections.namedtuple("Record", "domain policies usable psd strict "
                                "testing")
Outcome = collections.namedtuple(
    "Outcome", "result org policy_domain published from_tag policy "
    "spf_aligned dkim_aligned")


# ---- 4.7, 4.8: records


def is_uri(text):
    return re.fullmatch(
        r"[A-Za-z][A-Za-z0-9+.-]*:"
        r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+;=-]|%[0-9A-Fa-f]{2})+",
        text) is not None


def record_of(domain, text):
    """None if it is no DMARC record."""
    found = re.match(r"\s*v\s*=\s*DMARC1\s*(?:;|\Z)", text)
    if not found:
        return None
    tags = {}
    for part in text[found.end():].split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip(), value.strip())
    policies = {tag: tags[tag].lower() for tag in ("p", "sp", "np")
                if tag in tags}
    usable = "p" in policies and set(policies.values()) <= set(LOWER)
    if not usable:
        usable = any(is_uri(uri.strip())
                     for uri in tags.get("rua", "").split(","))
        policies = {"p": "none"}

    def flag(tag, otherwise):
        return tags.get(tag, otherwise).lower()
    return Record(domain, policies, usable, flag("psd", "u"),
                  {"spf": flag("aspf", "r") == "s",
                   "dkim": flag("adkim", "r") == "s"}, flag("t", "n") == "y")


# ---- 4.10: walks


def domains_of_walk(start):
    """The domains in their order, the longest first."""
    parts = start.split(".")
    above = parts[1:] if len(parts) < 8 else parts[-7:]
    return [start] + [".".join(above[i:]) for i in range(len(above))]


def record_at(zone, domain):
    texts = zone.get("_dmarc." + domain, [])
    records = [record for record in (record_of(domain, text)
                                     for text in texts) if record]
    return records[0] if len(records) == 1 else None


def walk(zone, start):
    """The records of a walk."""
    for domain in domains_of_walk(start):
        record = record_at(zone, domain)
        if record:
            yield record
            if record.psd in ("y", "n"):
                return


def questions_of_walk(zone, start):
    """What is asked one after the other, until a record or an error ends it."""
    for domain in domains_of_walk(start):
        yield "_dmarc." + domain
        if zone.get("_dmarc." + domain) == FAILS:
            return
        record = record_at(zone, domain)
        if record and record.psd in ("y", "n"):
            return


def one_below(start, domain):
    parts = start.split(".")
    return ".".join(parts[-domain.count(".") - 2:])


def organization(zone, start):
    """4.10.2"""
    records = list(walk(zone, start))
    for record in records:
        if record.psd == "n":
            return record.domain
        if record.psd == "y" and record.domain != start:
            return one_below(start, record.domain)
    fewest = [record.domain for record in records]
    return min(fewest, key=lambda it: it.count(".")) if fewest else start


def policy_record(zone, author):
    """4.10.1"""
    org = organization(zone, author)
    records = list(walk(zone, author))
    for wanted in (lambda it: it.domain == author,
                   lambda it: it.domain == org,
                   lambda it: it.psd == "y"):
        for record in records:
            if wanted(record):
                return record
    return None


# ---- 3.2.13, 4.10.1, 5.3


def exists(zone, domain):
    return any(name == domain or name.endswith("." + domain)
               for name in zone)


def published_policy(zone, author, record):
    if record.domain == author:
        tags = ["p"]
    elif exists(zone, author):
        tags = ["sp", "p"]
    else:
        tags = ["np", "sp", "p"]
    tag = next(tag for tag in tags if tag in record.policies)
    return tag, record.policies[tag]


def is_aligned(zone, author, record, kind, identifier):
    if not identifier or identifier.result != "pass":
        return False
    if record.strict[kind]:
        return identifier.domain == author
    return (organization(zone, identifier.domain) ==
            organization(zone, author))


def outcome(zone, author, spf, dkim):
    """With every answer known."""
    org = organization(zone, author)
    record = policy_record(zone, author)
    nothing = tuple(False for _ in dkim)
    if record is None:
        return Outcome("none", org, None, None, None, None, False, nothing)
    if not record.usable:
        return Outcome("none", org, record.domain, None, None, None, False,
                       nothing)
    tag, published = published_policy(zone, author, record)
    by_spf = is_aligned(zone, author, record, "spf", spf)
    by_dkim = tuple(is_aligned(zone, author, record, "dkim", it)
                    for it in dkim)
    return Outcome("pass" if by_spf or any(by_dkim) else "fail",
                   org, record.domain, published, tag,
                   LOWER[published] if record.testing else published,
                   by_spf, by_dkim)


# ---- 5.3.6: what is not known


def asked(author, spf, dkim):
    for start in {author, *(it.domain for it in (spf, *dkim) if it)}:
        for domain in domains_of_walk(start):
            yield "_dmarc." + domain


def possible_zones(zone, author, spf, dkim):
    failing = sorted({name for name in (author, *asked(author, spf, dkim))
                      if zone.get(name) == FAILS})
    known = {name: texts for name, texts in zone.items()
             if texts != FAILS}
    for choice in itertools.product(
            *([None, []] if name == author else [None, *POSSIBLE]
              for name in failing)):
        whole = dict(known)
        whole.update((name, texts) for name, texts in zip(failing, choice)
                     if texts is not None)
        yield whole


def possible_results(identifiers):
    return itertools.product(
        *([it._replace(result=result) for result in ("pass", "fail")]
          if it and it.result == "temperror" else [it]
          for it in identifiers))


def outcomes(zone, author, spf, dkim):
    for whole in possible_zones(zone, author, spf, dkim):
        for first, *rest in possible_results((spf, *dkim)):
            yield outcome(whole, author, first, rest)


def evaluate(zone, author, spf, dkim):
    """(result, all outcomes that there can be)"""
    found = list(outcomes(zone, author, spf, dkim))
    results = {it.result for it in found}
    decided = {(it.result, it.policy_domain, it.published, it.policy)
               for it in found}
    if len(decided) > 1 and results != {"pass"}:
        return "temperror", found
    return found[0].result, found
