# SPDX-License-Identifier: MIT
"""postward auth, dkim verify and explain --message: who wrote a message, as an
administrator asks it, with keys made here and a real name server."""

import json
import subprocess

import dkim
import pytest

from harness.nsd import Nsd
from harness.postward import Postward
from harness.stage import Stage
from harness.world import FORWARDS

TEXT = (b"From: Sue <sue@strict.example>\r\nTo: ann@remotes.club\r\n"
        b"Subject: Lunch\r\n\r\nAt one?\r\n\r\nSue\r\n")


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """(PEM, what p= says)"""
    folder = tmp_path_factory.mktemp("key")
    subprocess.run(["openssl", "genrsa", "-traditional", "-out",
                    folder / "key", "2048"], check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "rsa", "-in", folder / "key", "-pubout"], check=True,
        capture_output=True, text=True).stdout
    return (folder / "key").read_bytes(), "".join(public.splitlines()[1:-1])


@pytest.fixture(scope="module")
def postward(key):
    record = f"v=DKIM1; p={key[1]}"
    halves = " ".join(f'"{record[at:at + 200]}"'
                      for at in range(0, len(record), 200))
    with Stage() as stage:
        nsd = Nsd(stage, [
            "strict.example. MX 10 mx.strict.example.",
            "mx.strict.example. A 192.0.2.10",
            'strict.example. TXT "v=spf1 ip4:192.0.2.10 -all"',
            '_dmarc.strict.example. TXT "v=DMARC1; p=reject"',
            f"s1._domainkey.strict.example. TXT {halves}",
            f"s1._domainkey.lists.example. TXT {halves}"])
        server = Postward(stage, stage.folder / "sockets", nsd.address)
        server.change({"arc": {"trusted": ["lists.example"]}})
        server.make_store(FORWARDS)
        server.folder = stage.folder
        yield server


def signed(key, text=TEXT, **options):
    return dkim.sign(text, b"s1", b"strict.example", key[0], **options) + text


def asked(postward, words, text):
    """(exit status, what is printed)"""
    file = postward.folder / "message.eml"
    file.write_bytes(text)
    done = postward.run(*words.split(), str(file), "-c", str(postward.file),
                        "--json")
    return done.returncode, json.loads(done.stdout)


def verified(postward, text, words=""):
    status, found = asked(postward, f"dkim verify {words}", text)
    return status, found["signatures"]


def test_a_signature_that_holds(postward, key):
    status, [one] = verified(postward, signed(key))
    assert status == 0
    assert (one["result"], one["domain"], one["selector"]) == (
        "pass", "strict.example", "s1")
    assert one["problem"] is None and one["body_unsigned"] == 0


def test_lines_of_a_file_may_end_in_lf(postward, key):
    status, [one] = verified(postward, signed(key).replace(b"\r\n", b"\n"))
    assert (status, one["result"]) == (0, "pass")


def test_no_signature(postward):
    assert verified(postward, TEXT) == (0, [])


LIST = b"--\r\nTo leave this list, write to us.\r\n"


@pytest.mark.parametrize("change, says", [
    (lambda text: text + LIST, "passes without its last 2 lines"),
    (lambda text: text.replace(b"\r\n\r\n", b"\r\n\r\nHello all,\r\n", 1),
     "passes without its first 1 lines"),
    (lambda text: text.replace(b"Subject: ", b"Subject: [club] "),
     "passes with the Subject as it was"),
    (lambda text: text.replace(b"At one", b"At two"),
     "body: no form of it passes"),
    (lambda text: text.replace(b"c=simple/simple", b"c=relaxed/relaxed"),
     "header: no form of it passes"),
], ids=["a footer", "a greeting", "a list's subject", "another hour",
        "its own field"])
def test_a_trace_tells_what_was_changed(postward, key, change, says):
    text = change(signed(key, include_headers=[b"From", b"Subject"],
                         canonicalize=(b"simple", b"simple")))
    status, [one] = verified(postward, text, "--trace")
    assert (status, one["result"]) == (1, "fail")
    assert any(says in line for line in one["trace"]), one["trace"]


@pytest.mark.parametrize("ip, sender, sign, status, dmarc", [
    ("192.0.2.10", "sue@strict.example", False, 0, "pass"),
    ("192.0.2.66", "sam@example.org", True, 0, "pass"),
    ("192.0.2.66", "sam@example.org", False, 1, "fail"),
])
def test_who_wrote_it(postward, key, ip, sender, sign, status, dmarc):
    got, found = asked(postward, f"auth --ip {ip} --helo mx.strict.example "
                       f"--from {sender}", signed(key) if sign else TEXT)
    assert (got, found["dmarc"]["result"]) == (status, dmarc)
    assert found["dmarc"]["from_domain"] == "strict.example"
    assert found["dmarc"]["policy"] == "reject"


def sealed(key, domain):
    """By a list, with a subject of its own, that saw DMARC pass."""
    text = (b"Authentication-Results: mx.lists.example; dmarc=pass "
            b"header.from=strict.example\r\n"
            + TEXT.replace(b"Subject: ", b"Subject: [club] "))
    return b"".join(dkim.arc_sign(text, b"s1", domain.encode(), key[0],
                                  b"mx.lists.example")) + text


@pytest.mark.parametrize("sealer, trusted", [
    ("lists.example", "lists.example"), ("strict.example", None)])
def test_whose_seal_counts(postward, key, sealer, trusted):
    text = sealed(key, sealer)
    status, found = asked(postward, "auth --ip 192.0.2.66 --helo "
                          "lists.example --from a@lists.example", text)
    assert (status, found["dmarc"]["result"]) == (1, "fail")
    assert (found["arc"]["cv"], found["arc"]["trusted"]) == ("pass", trusted)
    status, found = asked(
        postward, "explain --client 192.0.2.66 --helo lists.example "
        "--client-name lists.example --from a@lists.example "
        "--to ann@remotes.club --message", text)
    end = found["message"]
    assert end["verdict"]["arc-trusted"] == trusted
    [why] = [one["why"] for one in end["findings"]
             if one["check"] == "dmarc"]
    assert ("lists.example, whose seal is trusted" in why) == bool(trusted)


def test_no_chain_is_looked_at_if_nobody_wants_it(postward, key):
    postward.change({"arc": {"verify": False}})
    try:
        _, found = asked(postward, "auth --ip 192.0.2.66 --helo "
                         "lists.example --from a@lists.example",
                         sealed(key, "lists.example"))
    finally:
        postward.change({"arc": {"verify": True}})
    assert (found["arc"]["cv"], found["arc"]["trusted"]) == ("none", None)


@pytest.mark.parametrize("ip, sender, sign, case, action, gmail", [
    ("192.0.2.10", "sue@strict.example", True, "aligned", "forward",
     ("accepted", None)),
    ("192.0.2.10", "sue@strict.example", False, "spf-only", "reject",
     ("refused", "5.7.26")),
    ("192.0.2.66", "sam@example.org", False, "forged", "reject",
     ("refused", "5.7.26")),
])
def test_what_becomes_of_a_copy(postward, key, ip, sender, sign, case, action,
                                gmail):
    text = b"Message-ID: <1@strict.example>\r\n" + TEXT
    _, found = asked(postward, f"auth --ip {ip} --helo mx.strict.example "
                     f"--from {sender}", signed(key, text) if sign else text)
    fate = found["fate"]
    assert (fate["case"], fate["action"]) == (case, action)
    assert fate["mode"] == "shadow"
    at = fate["at"]["gmail"]
    assert (at["outcome"], at["code"]) == gmail
    assert (fate["reply"] is None) == (action == "forward")


def test_a_fate_is_told_in_words(postward, key):
    file = postward.folder / "message.eml"
    file.write_bytes(TEXT)
    said = postward.cli(f"auth --ip 192.0.2.10 --helo mx.strict.example "
                        f"--from sue@strict.example {file}")
    assert "Fate of a forwarded copy: reject (only said" in said
    assert "550 5.7.26 DMARC of strict.example cannot pass" in said


def test_explains_a_message(postward, key):
    status, found = asked(
        postward, "explain --client 192.0.2.10 --helo mx.strict.example "
        "--client-name mx.strict.example --from sue@strict.example "
        "--to ann@remotes.club --message", signed(key))
    assert status == 0
    assert found["verdict"]["action"] == "accept"
    end = found["message"]["verdict"]
    assert (end["action"], end["dkim"], end["dmarc"], end["aligned"]) == (
        "accept", "pass", "pass", "spf dkim")
    assert (end["fate"], end["fate-case"], end["survives"]) == (
        "forward", "aligned", "yes")
    assert found["message"]["fate"]["action"] == "forward"


def test_explains_a_message_without_an_author(postward):
    status, found = asked(
        postward, "explain --client 192.0.2.10 --helo mx.strict.example "
        "--client-name mx.strict.example --from sue@strict.example "
        "--to ann@remotes.club --message", b"Subject: x\r\n\r\nx\r\n")
    assert status == 1
    assert found["verdict"]["action"] == "accept"
    assert found["message"]["verdict"]["check"] == "from_header"


def test_a_file_that_is_not_there(postward):
    done = postward.run("dkim", "verify", "-c", str(postward.file),
                        "/nowhere/message.eml")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "/nowhere/message.eml: No such file or directory" in done.stderr


# ---- what people read


def told(postward, words, text):
    """(exit status, {heading: {row: value}}, all that is printed)"""
    file = postward.folder / "message.eml"
    file.write_bytes(text)
    done = postward.run(*words.split(), str(file), "-c", str(postward.file))
    assert done.stderr == ""
    parts = {}
    for line in done.stdout.splitlines():
        if line and not line.startswith((" ", "\t")):
            rows = parts.setdefault(" ".join(line.split()), {})
        elif line.startswith("  "):
            name, _, value = line.strip().partition(" ")
            rows[name] = value.strip()
    return done.returncode, parts, done.stdout


WAY = "auth --ip 192.0.2.10 --helo mx.strict.example --from sue@strict.example"


def test_tells_who_wrote_it(postward, key):
    status, parts, text = told(postward, WAY, signed(key))
    assert status == 0
    assert parts["DKIM pass"]["domain"] == "strict.example"
    assert parts["DKIM pass"]["algorithm"] == "rsa-sha256"
    assert parts["SPF pass"] == {"domain": "strict.example"}
    assert parts["DMARC pass"]["author"] == "strict.example"
    assert "  policy       reject\n" in text
    assert parts["DMARC pass"]["aligned"] == (
        "SPF, DKIM of strict.example")
    assert ("Authentication-Results: mx.remotes.club;\n"
            "\tspf=pass smtp.mailfrom=sue@strict.example") in text
    assert "\tdkim=pass header.d=strict.example header.s=s1" in text
    assert "\tdmarc=pass policy.dmarc=reject header.from=strict.example" in text


def test_tells_that_nobody_can_be_sure(postward):
    status, parts, text = told(
        postward, WAY.replace("192.0.2.10", "192.0.2.66"),
        b"ARC-Seal: i=1; a=\r\n" + TEXT)
    assert status == 1
    assert "DKIM none: the message has no signature" in parts
    assert parts["ARC fail"]["problem"]
    assert parts["DMARC fail"]["aligned"] == "nothing"
    assert "arc=fail" in text and "dkim=none" in text


@pytest.mark.parametrize("header", [
    b"", b"From: a@strict.example\r\nFrom: b@strict.example\r\n",
    b"From: a@strict.example, b@example.org\r\n"])
def test_tells_that_there_is_no_author(postward, header):
    status, parts, _ = told(postward, WAY, header + b"To: b\r\n\r\nx\r\n")
    assert status == 1
    assert parts["DMARC none"]["no"].startswith("author")


def test_tells_what_a_signature_leaves_open(postward, key):
    text = signed(key, length=True)
    status, parts, _ = told(postward, "dkim verify", text + b"More\r\n")
    assert status == 0
    assert parts["DKIM pass"]["uncovered"] == "6 bytes of the body (l=)"


def test_tells_the_trace_of_a_broken_message(postward, key):
    text = signed(key, include_headers=[b"From", b"Subject"],
                  canonicalize=(b"simple", b"simple"))
    status, parts, said = told(postward, "dkim verify --trace",
                               text + LIST + b"\x1b[31m\r\n")
    assert status == 1
    rows = parts["DKIM fail"]
    assert rows["problem"] and rows["trace"]
    assert "passes without its last 3 lines" in said
    assert "\x1b" not in said
    # Without it, no story.
    assert "trace" not in told(postward, "dkim verify", text + LIST)[1][
        "DKIM fail"]


def test_tells_each_of_several_signatures(postward, key):
    text = signed(key).replace(b"At one", b"At two")
    both = dkim.sign(text, b"s1", b"strict.example", key[0]) + text
    status, _, said = told(postward, "dkim verify", both)
    assert status == 0
    assert said.index("DKIM  pass") < said.index("DKIM  fail")
    none = dkim.sign(TEXT, b"s9", b"strict.example", key[0]) + TEXT
    status, parts, _ = told(postward, "dkim verify", none)
    assert (status, list(parts)) == (1, ["DKIM permerror"])


@pytest.mark.parametrize("words, complaint", [
    ("auth", "--ip"), ("auth --ip 192.0.2.1", "--helo"),
    ("auth --ip 192.0.2 --helo a.example", "192.0.2: expected an address"),
    ("dkim verify --at noon", "noon"),
    ("auth --ip 192.0.2.1 --helo a.example --at noon", "noon"),
])
def test_wrong_usage(postward, words, complaint):
    done = postward.run(*words.split(), "-c", str(postward.file))
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
