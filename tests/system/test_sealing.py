# SPDX-License-Identifier: MIT
"""What is forwarded leaves with a seal of ours (ARC), if that is wanted; and it
leaves all the same where there can be none.  dkimpy is the next host, and the
list before us."""

import shutil
import subprocess

import dkim
import pytest

from harness import smtp
from harness.smtp import Peer
from harness.stage import Stage
from harness.world import HONEST, World, srs

ANN, KIM, SAM = "ann@remotes.club", "kim@remotes.club", "sam@example.org"
TEXT = (b"From: Sam <sam@example.org>\r\nTo: ann@remotes.club\r\n"
        b"Subject: Lunch\r\n  on\r\n\tMonday\r\n\r\nAt one?  \r\n\r\n")

# A member sends from there.
HOME = Peer("192.0.2.99", "home.example")


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """(PEM, its record)"""
    file = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", file, "2048"],
                   check=True, capture_output=True)
    public = subprocess.run(["openssl", "rsa", "-in", file, "-pubout"],
                            check=True, capture_output=True,
                            text=True).stdout
    return (file.read_bytes(),
            "v=DKIM1; p=" + "".join(public.splitlines()[1:-1]))


def sealing_world(stage, key, domain, **settings):
    """Its milter has a key of the domain; the list has the same."""
    folder = stage.folder / "dkim" / domain
    folder.mkdir(parents=True)
    file = folder / "pw1.pem"
    file.write_bytes(key[0])
    shutil.chown(file, group="postfix")
    file.chmod(0o640)
    halves = " ".join(f'"{key[1][at:at + 200]}"'
                      for at in range(0, len(key[1]), 200))
    world = World(stage, {
        **srs(stage), "dkim": {"keys": str(stage.folder / "dkim")},
        "arc": {"seal": True}, "allow": {"clients": [HOME.address]},
        **settings},
        ["relay_domains = example.org", "relay_transport = smtp"],
        [f"pw1._domainkey.{domain}. TXT {halves}",
         f"s1._domainkey.lists.example. TXT {halves}"])
    world.key_file = file
    return world


@pytest.fixture(scope="module")
def sealing(key):
    with Stage() as stage:
        yield sealing_world(stage, key, "remotes.club")


def forwarded(world, text, recipient=ANN, peer=HONEST, sender=SAM):
    before = len(world.sink.mails)
    with smtp.session(world.postfix.port, peer) as session:
        session.from_(sender)
        assert session.to(recipient).startswith("250")
        answer = session.content(text)
    assert answer.startswith("250"), answer
    return world.sink.wait(before + 1)[before]


def judged(mail, key):
    """What the next host finds: "pass", or why not."""
    cv, _, comment = dkim.arc_verify(mail.text,
                                     dnsfunc=lambda *_, **__: key[1].encode())
    return cv.decode() + ("" if cv == b"pass" else f": {comment}")


def by_a_list(key, text=TEXT):
    text = b"Authentication-Results: mx.lists.example; dmarc=none\r\n" + text
    return b"".join(dkim.arc_sign(text, b"s1", b"lists.example", key[0],
                                  b"mx.lists.example")) + text


def arc_fields(mail):
    header = str(mail).partition("\r\n\r\n")[0]
    return [line.partition(":")[0] for line in header.split("\r\n")
            if line.upper().startswith("ARC-")]


def test_a_first_seal(sealing, key):
    mail = forwarded(sealing, TEXT)
    assert judged(mail, key) == "pass"
    assert arc_fields(mail) == ["ARC-Seal", "ARC-Message-Signature",
                                "ARC-Authentication-Results"]
    assert str(mail).startswith("ARC-Seal: a=rsa-sha256;")
    [seal] = mail.fields("ARC-Seal")
    assert "cv=none; d=remotes.club; i=1; s=pw1;" in seal
    [ours] = mail.fields("Authentication-Results")
    [sealed] = mail.fields("ARC-Authentication-Results")
    assert sealed.partition("i=1; ")[2] == ours.partition(": ")[2]
    sealing.postward.says(sealing.postward.milter,
                          "sealed=remotes.club/pw1")


def test_a_link_of_a_chain(sealing, key):
    mail = forwarded(sealing, by_a_list(key))
    assert judged(mail, key) == "pass"
    assert len(arc_fields(mail)) == 6
    assert "cv=pass; d=remotes.club; i=2;" in mail.fields("ARC-Seal")[0]
    assert " arc=pass" in mail.fields("ARC-Authentication-Results")[0]


def test_the_end_of_a_chain(sealing, key):
    """Nothing is added to a chain that fails."""
    mail = forwarded(sealing, by_a_list(key).replace(b"At one", b"At two"))
    assert len(arc_fields(mail)) == 3
    assert mail.fields("ARC-Seal")[0].count("lists.example") == 1


def test_a_member_signs_and_seals(sealing, key):
    """One of ours, to another one, whose mail leaves again."""
    mail = forwarded(sealing, TEXT.replace(SAM.encode(), ANN.encode()), KIM,
                     HOME, ANN)
    assert judged(mail, key) == "pass"
    assert dkim.verify(mail.text, dnsfunc=lambda *_, **__: key[1].encode())
    assert str(mail).startswith("ARC-Seal: ")
    assert "DKIM-Signature: v=1; " in str(mail)


def test_what_is_not_forwarded(sealing):
    assert arc_fields(forwarded(sealing, TEXT, SAM, HOME)) == []


def test_a_header_too_long(sealing):
    """There may be more of a chain than is kept, or another author."""
    more = b"".join(b"X-%d: %s\r\n" % (n, b"x" * 900) for n in range(300))
    said = smtp.send(sealing.postfix.port, HONEST, SAM, [ANN],
                     TEXT.replace(b"\r\nTo:", b"\r\n" + more + b"To:"))[-1]
    assert said == "550 5.6.0 The header is too long"


def test_nothing_is_sealed_by_itself(stage, key):
    world = sealing_world(stage, key, "remotes.club", arc={})
    assert arc_fields(forwarded(world, TEXT)) == []


@pytest.mark.parametrize("domain, trouble", [
    ("remotes.club", "pw1.pem"), ("elsewhere.example", "no domain of ours")])
def test_a_seal_is_a_courtesy(stage, key, domain, trouble):
    """Without a key that can be used, mail leaves unsealed, and a line says
    why."""
    world = sealing_world(stage, key, domain)
    world.key_file.chmod(0o644)
    world.postward.reload(world.postward.milter)
    for _ in range(2):
        assert arc_fields(forwarded(world, TEXT)) == []
    log = world.postward.says(world.postward.milter, trouble)
    assert log.count("arc: not sealed: ") == 1


def test_the_next_domain_that_has_a_key(stage, key):
    """The one of SRS has none, nor has one above it."""
    world = sealing_world(stage, key, "guild.club")
    [seal] = forwarded(world, TEXT).fields("ARC-Seal")
    assert "d=guild.club" in seal


def test_a_seal_needs_what_was_verified(sealing):
    before = sealing.postward.file.read_text()
    sealing.postward.file.write_text(before.replace(
        "arc {", "arc {\n verify = no\n"))
    done = sealing.postward.run("check", "-c", str(sealing.postward.file))
    sealing.postward.file.write_text(before)
    assert "arc.seal: needs arc.verify and dkim.verify" in (done.stdout
                                                            + done.stderr)
