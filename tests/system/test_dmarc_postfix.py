# SPDX-License-Identifier: MIT
"""The vectors of DMARC on the way that mail takes: Postfix, the milter, DNS.

What a case says of SPF becomes a record of the sender's domain, what it says
of DKIM a signature with a key of ours, made here.  What the milter logs and
writes into the header is compared with what the case expects, and the whole
record of the same message, as `postward explain --message` prints it."""

import json
import re
import subprocess

import pytest

from harness import auth_vectors
from harness.auth_server import Server
from harness.stage import Stage, until

dkim = pytest.importorskip("dkim", reason="python3-dkim is not installed")

CASES = auth_vectors.cases("dmarc/dmarc.json")
SELECTOR = "k1"
SENDER = "sender.example"  # of a case without SPF

# The record with which SPF has that result, for 192.0.2.10.
SPF = {
    "pass": "v=spf1 ip4:192.0.2.10 -all",
    "fail": "v=spf1 -all",
    "softfail": "v=spf1 ~all",
    "neutral": "v=spf1 ?all",
    "temperror": "v=spf1 include:broken.example -all",
    "permerror": "v=spf1 what -all",
}

pytestmark = pytest.mark.skipif(
    not CASES, reason="the vectors are not here (POSTWARD_VECTORS)")


@pytest.fixture(scope="module")
def key():
    """(PEM, what p= says)"""
    pem = subprocess.run(["openssl", "genrsa", "-traditional", "1024"],
                         check=True, capture_output=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout"], input=pem,
                            check=True, capture_output=True).stdout.decode()
    return pem, "".join(public.splitlines()[1:-1])


@pytest.fixture(scope="module")
def server():
    with Stage() as stage:
        yield Server(stage)


def added(case, public):
    """The names that the test needs: {name: records}."""
    names = {}
    if case["spf"]:
        names[case["spf"]["domain"]] = [
            ("TXT", auth_vectors.quoted(SPF[case["spf"]["result"]]))]
    for signature in case["dkim"]:
        names[f"{SELECTOR}._domainkey.{signature['d']}"] = [
            ("TXT", auth_vectors.quoted(f"p={public}"))]
    return {name.encode("idna").decode().lower(): records
            for name, records in names.items()}


def exists(domain, names):
    return any(name == domain or name.endswith(f".{domain}")
               for name in names)


def why_not(case):
    """Why the case cannot be a message; None: it can."""
    if case.get("undecided"):
        return "the text leaves it open"
    if any("\0" in value for value in case["from_field"]):
        return "SMTP has no NUL in a header"
    if case["dkim"] and not case["from_field"]:
        return "nobody signs what has no From"
    author = case["from_domain"]
    if (author and "np=" in str(case["dns"]) and not exists(author, case["dns"])
            and exists(author, added(case, ""))):
        return "with a key or an SPF record the author's domain would exist"
    return None


def zone(case, public):
    names = auth_vectors.behaviours(case)
    for name, records in added(case, public).items():
        there = names.get(name, [])
        assert isinstance(there, list), f"{name} answers nothing"
        names[name] = there + records
    return {SENDER: [("A", "192.0.2.10")], "broken.example": "SERVFAIL",
            **names}


def message(case, pem):
    text = b"".join(b"From: " + value.encode() + b"\r\n"
                    for value in case["from_field"])
    text += b"To: ann@remotes.club\r\nSubject: DMARC\r\n\r\nHello\r\n"
    for signature in reversed(case["dkim"]):
        field = dkim.sign(text, SELECTOR.encode(), signature["d"].encode(),
                          pem, include_headers=[b"From", b"Subject"])
        if signature["result"] != "pass":
            field = field.replace(b" b=", b" b=AAAA", 1)
        text = field + text
    return text


def logged(server, sender):
    """{key: value} of the milter's line about that message."""
    milter = server.postward.milter
    line = until(f"a line about {sender}", lambda: next(
        (line for line in milter.log().splitlines()
         if sender in line and " dmarc=" in line), None))
    return {name: value.strip('"') for name, value in re.findall(
        r'(?:^| )([a-z_]+)=("[^"]*"|\S*)', line)}


def written(server, sender):
    """What our Authentication-Results says of DMARC: (result, policy)."""
    mail = until(f"the mail of {sender}", lambda: next(
        (mail for mail in server.sink.mails
         if f"={sender.rstrip('@')}@" in mail.sender), None))
    field = next(line for line in mail.fields("Authentication-Results")
                 if "mx.remotes.club" in line)
    return re.search(r"dmarc=(\w+)", field)[1], (
        re.findall(r"policy\.dmarc=(\w+)", field) or [None])[0]


def explained(server, sender, text):
    file = server.postward.file.parent / "message.eml"
    file.write_bytes(text)
    done = server.postward.run(
        "explain", "-c", str(server.postward.file), "--json",
        "--client", "192.0.2.10", "--client-name", "mail.example.org",
        "--helo", "mail.example.org", "--from", sender,
        "--to", "ann@remotes.club", "--message", str(file))
    return json.loads(done.stdout)["message"]["verdict"]


def aligned(want):
    words = (["spf"] * want.get("spf_aligned", False)
             + ["dkim"] * any(want.get("dkim_aligned", ())))
    return " ".join(words) or "none"


@pytest.mark.parametrize(
    "case", CASES,
    ids=lambda case: case["id"] if isinstance(case, dict) else "none")
def test_a_message_is_told_what_it_is(server, key, case):
    if reason := why_not(case):
        pytest.skip(reason)
    want, results = case["expect"], [case["expect"]["result"],
                                     *case["expect"].get("also_result", ())]
    server.knows(zone(case, key[1]))
    local = f"m{CASES.index(case)}"
    sender = f"{local}@{case['spf']['domain'] if case['spf'] else SENDER}"
    text = message(case, key[0])
    answer = server.take(sender, text)
    assert answer.startswith("250"), answer
    line = logged(server, f"{local}@")
    assert line["dmarc"] in results
    assert line.get("author") == case["from_domain"]
    assert written(server, f"{local}@") == (
        line["dmarc"], want.get("policy") if want.get("policy_domain")
        else None)
    record = explained(server, sender, text)
    assert record["dmarc"] == line["dmarc"]
    assert record["aligned"] == aligned(want)
    for name, said in ("policy", "dmarc-policy"), ("policy_domain",
                                                   "dmarc-domain"):
        if name in want:
            assert record.get(said) == want[name]
