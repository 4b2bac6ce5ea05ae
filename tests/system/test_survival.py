# SPDX-License-Identifier: MIT
"""What we have signed, and what others have, holds at the next host: another
Postfix, that offers 8BITMIME or does not, and dkimpy behind it.  Where our own
Postfix changes the mail, as it does if it is not told otherwise, `postward
check` names the setting."""

import json
import re
import shutil
import subprocess

import pytest

from harness import smtp
from harness.postfix import Postfix
from harness.smtp import Peer
from harness.smtpsink import SmtpSink
from harness.stage import Stage
from harness.world import HONEST, World, srs

dkim = pytest.importorskip("dkim", reason="python3-dkim is not installed")

SAM = "sam@example.org"
HOME = Peer("192.0.2.99", "home.example")  # members send from there

# What others' signatures are like.
FORMS = {"relaxed": (b"relaxed", b"relaxed"), "simple": (b"simple", b"simple")}

HEADER = ("From: {author}\r\nTo: Sue <sue@mailbox.example>\r\n"
          "Subject: Lunch\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000\r\n"
          "Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n")
EIGHT = ("Content-Type: text/plain; charset=utf-8\r\n"
         "Content-Transfer-Encoding: 8bit\r\n")

TEXTS = {
    "plain": HEADER + "\r\nAt one?\r\n",
    "8 bits": HEADER + EIGHT + "\r\nGr\u00fc\u00dfe aus K\u00f6ln\r\n",
    "8 bits that it does not tell of": HEADER + "\r\nGr\u00fc\u00dfe\r\n",
    "8 bits in a part": HEADER + (
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' + EIGHT
        + "\r\n\u00fc\r\n--b\r\n\r\nx\r\n--b--\r\n"),
    "a line of 3,000 bytes": HEADER + "\r\n" + "x" * 3000 + "\r\n",
    "a field of 3,000 bytes": HEADER.replace(
        "MIME-Version", "References: " + "<abc@example.org> " * 180
        + "<end@example.org>\r\nMIME-Version") + "\r\nAt one?\r\n",
    "a name in UTF-8": HEADER.replace("Sue", "S\u00fce") + "\r\nAt one?\r\n",
    "white space and empty lines": HEADER.replace(
        "Subject: Lunch", "Subject:  Lunch \t\r\n  on\r\n\tMonday ")
    + "\r\n\r\n At  one? \t\r\n.\r\n..\r\nFrom here\r\n  \r\n\r\n\r\n",
    "no body": HEADER + "\r\n",
}

# Of Postfix, where nobody has told it what conf/postfix does.
THEIR_OWN = ["disable_mime_output_conversion = no",
             "smtp_line_length_limit = 998"]

# (text, does the next host offer 8BITMIME?): what Postfix changes then.
CHANGED = {
    ("8 bits", False): "disable_mime_output_conversion",
    ("8 bits in a part", False): "disable_mime_output_conversion",
    ("a line of 3,000 bytes", True): "smtp_line_length_limit",
    ("a line of 3,000 bytes", False): "smtp_line_length_limit",
    ("a field of 3,000 bytes", True): "smtp_line_length_limit",
    ("a field of 3,000 bytes", False): "smtp_line_length_limit",
}


def next_host(stage, takes_8bit):
    """A Postfix that has nothing to do with us, and what it hands on."""
    sink = SmtpSink(stage)
    host = Postfix(stage, sink, [
        "myhostname = mx.mailbox.example", "mynetworks = 127.0.0.0/8",
        "virtual_alias_domains =", "virtual_alias_maps =", "smtpd_milters =",
        "non_smtpd_milters =", "smtpd_recipient_restrictions =",
        "smtpd_discard_ehlo_keywords = chunking"
        + ("" if takes_8bit else ", 8bitmime, smtputf8")])
    return host, sink


class Way:
    """From a client through us to the next host."""

    def __init__(self, stage, far, takes_8bit, settings):
        self.host, self.sink = next_host(far, takes_8bit)
        self.public = {}
        folder = stage.folder / "dkim/remotes.club"
        folder.mkdir(parents=True)
        self.pem = self.key("s1._domainkey.example.org", far.folder / "key")
        self.key("pw1._domainkey.remotes.club", folder / "pw1.pem")
        self.world = World(
            stage, {"allow": {"clients": [HOME.address]},
                    "dkim": {"keys": str(folder.parent)}, **srs(stage)},
            ["relay_domains = example.org", "relay_transport = smtp",
             f"relayhost = [127.0.0.1]:{self.host.port}", *settings],
            [f"{name}. TXT " + " ".join(
                f'"{record[at:at + 200]}"'
                for at in range(0, len(record), 200))
             for name, record in self.public.items()])

    def key(self, name, file):
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", file,
                        "2048"], check=True, capture_output=True)
        public = subprocess.run(["openssl", "rsa", "-in", file, "-pubout"],
                                check=True, capture_output=True, text=True)
        self.public[name] = "v=DKIM1; p=" + "".join(
            public.stdout.splitlines()[1:-1])
        shutil.chown(file, group="postfix")
        file.chmod(0o640)
        return file.read_bytes()

    def record(self, name, **_):
        return self.public[name.decode().rstrip(".")].encode()

    def arrives(self, peer, sender, recipient, octets):
        """The mail, as the next host has it."""
        before = len(self.sink.mails)
        with smtp.session(self.world.postfix.port, peer) as session:
            session.from_(sender)
            assert session.to(recipient).startswith("250")
            answer = session.content(octets)
        assert answer.startswith("250"), answer
        return self.sink.wait(before + 1)[before]

    def holds(self, mail):
        try:
            return dkim.DKIM(mail.text).verify(dnsfunc=self.record)
        except dkim.ValidationError:  # another body
            return False


@pytest.fixture(scope="module", params=[True, False],
                ids=["8BITMIME", "7 bits"])
def way(request):
    with Stage() as stage, Stage() as far:
        it = Way(stage, far, request.param, [])
        it.takes_8bit = request.param
        yield it


@pytest.fixture(scope="module", params=[True, False],
                ids=["8BITMIME", "7 bits"])
def untold(request):
    """Of a Postfix with settings of its own."""
    with Stage() as stage, Stage() as far:
        it = Way(stage, far, request.param, THEIR_OWN)
        it.takes_8bit = request.param
        yield it


def of_others(way, text, form):
    octets = TEXTS[text].format(author="Sam <sam@example.org>").encode()
    return dkim.sign(octets, b"s1", b"example.org", way.pem,
                     canonicalize=FORMS[form]) + octets


@pytest.mark.parametrize("text", TEXTS)
def test_what_we_have_signed(way, text):
    octets = TEXTS[text].format(author="Ann <ann@remotes.club>").encode()
    mail = way.arrives(HOME, "ann@remotes.club", SAM, octets)
    assert mail.sender == "ann@remotes.club"
    [field] = mail.fields("DKIM-Signature")
    assert "d=remotes.club" in field
    assert way.holds(mail)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", TEXTS)
def test_what_others_have_signed(way, text, form):
    """With another envelope sender, and fields of ours above it."""
    local = f"sam+{form}{list(TEXTS).index(text)}"
    mail = way.arrives(HONEST, f"{local}@example.org", "ann@remotes.club",
                       of_others(way, text, form))
    assert mail.sender.startswith("SRS0=")
    assert mail.sender.endswith("@remotes.club")
    assert mail.fields("Authentication-Results")
    assert way.holds(mail)


@pytest.mark.parametrize("text", TEXTS)
def test_what_postfix_changes_if_nobody_tells_it(untold, text):
    octets = of_others(untold, text, "relaxed")
    milter = untold.world.postward.milter
    before = len(milter.log())
    mail = untold.arrives(HONEST, SAM, "ann@remotes.club", octets)
    holds = (text, untold.takes_8bit) not in CHANGED
    assert untold.holds(mail) == holds
    # What was said of it before it left.
    [said] = re.findall(r" survives=(\w+)", milter.log()[before:])
    assert said != ("no" if holds else "yes")


def test_check_names_what_changes_it(untold):
    done = untold.world.postward.run(
        "check", "--json", "-c", untold.world.postward.file,
        "--postfix-config", untold.world.postfix.configuration)
    told = {row["what"]: row for row in json.loads(done.stdout)}
    for setting in set(CHANGED.values()):
        assert told[setting]["state"] == "broken", told
        assert "DKIM" in told[setting]["words"]
