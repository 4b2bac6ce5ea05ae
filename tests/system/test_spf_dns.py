# SPDX-License-Identifier: MIT
"""SPF where DNS is large, slow, wrong or asked for the impossible."""

import re

import pytest

from faultdns import FAULTS, FaultDNS
from harness.stage import quick
from harness.spf import Driver, check_at_once, text_of

CLIENT = "192.0.2.1"
SENDER = "ann@example.org"


def txt(text):
    return [("TXT", f'"{text}"')]


def check(names, sender=SENDER, timeout_ms=1000, **more):
    """The result, and the names that the server was asked for."""
    with FaultDNS(names) as server:
        with Driver("server", server.address, str(timeout_ms)) as driver:
            result = driver.check(CLIENT, sender, "mail.example.org", **more)
        return result, [question.name for question in server.questions]


def test_record_of_49_strings():
    """12 kilobytes, through TCP; the last term counts."""
    record = b"v=spf1 " + b"ip4:198.51.100.1 " * 720 + b"ip4:192.0.2.1 -all"
    strings = [record[i:i + 255] for i in range(0, len(record), 255)]
    assert len(strings) == 49
    result, _ = check({"example.org": [("TXT", text_of(strings))]})
    assert (result["result"], result["term"]) == ("pass", "ip4:192.0.2.1")


def test_nul_in_record():
    result, _ = check({"example.org": [
        ("TXT", text_of([b"v=spf1 +all\0", b" -all"]))]})
    assert result["result"] == "permerror"
    assert "all\\x00" in result["problem"]


@pytest.mark.parametrize("length, verdict", [(1, "pass"), (5, "pass"),
                                             (40, "temperror")])
def test_chain_of_aliases(length, verdict):
    names = {f"a{i}.org": [("CNAME", f"a{i + 1}.org.")]
             for i in range(length)}
    names |= {"example.org": txt("v=spf1 a:a0.org -all"),
              f"a{length}.org": [("A", CLIENT)]}
    # faultdns follows ten, as resolvers do; then nothing more is known.
    assert check(names)[0]["result"] == (
        verdict if length < 10 else "fail")


def test_record_behind_an_alias():
    result, _ = check({"example.org": [("CNAME", "other.org.")],
                       "other.org": txt("v=spf1 a:%{d} -all"),
                       "example.org.example.org": [("A", CLIENT)]})
    assert result["result"] == "fail"


@pytest.mark.parametrize("fault", [
    fault for fault in FAULTS
    if fault not in ("NXDOMAIN", "TRUNCATE", "DELAY")])
@pytest.mark.parametrize("name", ["example.org", "a.org"])
def test_trouble_is_a_temperror(fault, name):
    names = {"example.org": txt("v=spf1 a:a.org -all"),
             "a.org": [("A", CLIENT)]}
    names[name] = (fault, names[name])
    result, _ = check(names, timeout_ms=300)
    assert result["result"] == "temperror"
    assert name in result["problem"]


@pytest.mark.parametrize("local", [
    "a" * 250, "x" * 64, "a..b", ".", "a b", "a\\b", "\\000", "a\tb",
    "a@b", '"a', "(", "é", "a" * 3000,
], ids=lambda local: f"{local[:8]!r}")
def test_impossible_names_are_not_asked_for(local):
    anything = [("A", "198.51.100.1"), ("MX", "1 x.org.")]
    names = {"example.org": anything + txt(
                 "v=spf1 a:%{l}.example.org mx:%{l} ptr:%{l}.org "
                 "exists:%{l}.%{l}.%{l}.%{l}.%{i}.x.org -all"),
             "*": anything, "*.org": anything, "*.example.org": anything,
             f"{CLIENT}.x.org": ("NXDOMAIN", [])}
    result, asked = check(names, sender=f"{local}@example.org")
    assert result["result"] in ("pass", "fail")
    for name in asked:
        plain = re.sub(r"\\\d\d\d|\\.", "?", name)
        assert len(plain) <= 253 and name.isascii() and "\\\\" not in name
        assert all(0 < len(label) <= 63 for label in plain.split("."))


def test_hosts_with_impossible_names():
    result, asked = check({"example.org": txt("v=spf1 mx ptr ?all") +
                           [("MX", "1 a\\\\b.org."), ("MX", "2 a\\.b.org."),
                            ("MX", "3 ."), ("MX", "4 a\\001.org.")],
                           "1.2.0.192.in-addr.arpa":
                           [("PTR", "a\\000b.example.org.")]})
    assert result["result"] == "neutral"
    assert set(asked) == {"example.org", "1.2.0.192.in-addr.arpa"}


def test_targets_are_asked_for_at_once():
    """Nine answers, each half a second late, in much less than their sum."""
    names = {f"e{i}.org": ("DELAY", 0.5, []) for i in range(2)}
    names |= {f"i{i}.org": ("DELAY", 0.5, txt("v=spf1 ~all"))
              for i in range(7)}
    names["example.org"] = txt(
        "v=spf1 exists:e0.org exists:e1.org "
        + " ".join(f"include:i{i}.org" for i in range(7)) + " -all")

    def one_check():
        result, asked = check(names, timeout_ms=30000)
        assert result["result"] == "fail"
        assert (result["lookups"], result["voids"]) == (9, 2)
        assert len(asked) == result["queries"] == 10
        return result["ms"]

    quick(2000, one_check)


def test_slow_target_that_is_not_needed():
    """The first term matches; the second has no answer to give."""
    names = {"example.org": txt("v=spf1 a:a.org a:b.org a:slow.org -all"),
             "b.org": [("A", CLIENT)], "slow.org": "TIMEOUT"}
    names["a.org"] = [("A", "192.0.2.9")]
    result, _ = check(names, timeout_ms=60000, deadline_ms=20000)
    assert (result["result"], result["term"]) == ("pass", "a:b.org")
    assert result["ms"] < 20000


def test_slow_target_that_is_needed():
    names = {"example.org": txt("v=spf1 a:slow.org a:b.org -all"),
             "slow.org": ("DELAY", 1.5, [("A", CLIENT)]),
             "b.org": [("A", "192.0.2.9")]}
    result, _ = check(names, timeout_ms=10000)
    assert (result["result"], result["term"]) == ("pass", "a:slow.org")


def test_fifty_clients_of_a_slow_server():
    """It answers after three seconds: nobody waits longer than it may."""
    names = {"example.org": ("DELAY", 3, txt("v=spf1 -all"))}
    deadlines = [200 + 20 * i for i in range(50)]
    with FaultDNS(names) as server:
        results = check_at_once(server.address, 10000, [
            dict(ip=CLIENT, sender=SENDER, helo="x", deadline_ms=deadline)
            for deadline in deadlines])
    assert len(results) == 50
    for result, deadline in zip(results, deadlines):
        assert result["result"] == "temperror"
        assert result["ms"] >= deadline


def test_slow_server_within_the_deadline():
    names = {"example.org": ("DELAY", 0.5, txt("v=spf1 -all"))}
    result, _ = check(names, timeout_ms=5000)
    assert result["result"] == "fail"
