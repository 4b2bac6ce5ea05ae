# SPDX-License-Identifier: MIT
"""Files as editors of Windows save them: with a byte order mark and CR LF they
say what they say without; in UTF-16 they are refused by name."""

import json

import pytest

from harness.mta import Mta
from harness.postward import Postward

WIDE = "this is UTF-16: save it as UTF-8"

CONFIGURATION = "\n".join([
    "# written at home",
    'domains = { "remotes.club",  # ours', '\t"guild.club" }',
    "/* two", "lines */",
    "srs {", '\tdomain = "remotes.club"',
    '\tsecrets-file = "{folder}/srs.secret"', "}",
    "mailer {", '\ttemplates = "{folder}/templates"', "}",
    "store {", '\turl = "sqlite:{folder}/store.db"', "}",
    'dnsbl "bl.test" {', '\tname = "bl"', '\tkey-file = "{folder}/key"',
    "}", "signup {", '\turl = "https://remotes.club"', "}",
    "provision {", '\tcommand = { "/bin/true" }', "}", ""])


def marked(path, text):
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())


def wide(path, text):
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-16"))


def plain(path, text):
    path.write_text(text)


@pytest.fixture
def files(stage):
    """A club of files only, and what writes each of them."""
    folder = stage.folder
    it = Postward(stage, folder / "run", "127.0.0.1:53")
    (folder / "templates").mkdir()
    texts = {
        "postward.conf": CONFIGURATION.replace("{folder}", str(folder)),
        "srs.secret": "# first signs\nsecret\nolder\n",
        "codes.secret": "of codes\n", "approvals.secret": "of approvals\n",
        "key": "abcdef\n",
        "templates/verify.txt": "Subject: code\n\nIt is {{code}}.\n",
        "templates/confirm.txt": "Subject: ours\n\nIt is {{code}}.\n"}

    def write(name, how=plain):
        how(folder / name, texts[name])
        (folder / name).chmod(0o600)

    for name in texts:
        write(name)
    it.cli("store init")
    return it, write, texts


def seen(postward):
    """{what: [state, words]} of check, but what is not started."""
    done = postward.run("check", "--json", "-c", postward.file)
    return {look["what"]: [look["state"], look["words"]]
            for look in json.loads(done.stdout)}


def test_marks_and_line_ends_are_nothing(files):
    postward, write, texts = files
    before = seen(postward)
    address = postward.cli("srs forward alice@example.com")
    for name in texts:
        write(name, marked)
    assert postward.cli("srs forward alice@example.com") == address
    assert seen(postward) == before
    assert before["srs"] == ["ok", "remotes.club, 2 secrets"]
    assert before["templates"][0] == "ok"


@pytest.mark.parametrize("name", [
    "srs.secret", "codes.secret", "approvals.secret", "key",
    "templates/verify.txt"])
def test_utf_16_is_named(files, name):
    postward, write, _ = files
    write(name, wide)
    text = postward.run("check", "-c", postward.file).stdout
    words = " ".join(text.split())
    assert f"/{name}: {WIDE}" in words, text


def test_a_configuration_in_utf_16_is_named(files):
    postward, write, _ = files
    write("postward.conf", wide)
    done = postward.run("account", "list", "-c", postward.file)
    assert f"{postward.file}: {WIDE}" in done.stderr
    assert done.returncode == 1


def test_blanks_around_a_secret_are_told(files):
    postward, _, _ = files
    for text in " secret\n", "secret \r\n", "new\nolder\t\n":
        (postward.file.parent / "srs.secret").write_text(text)
        state, words = seen(postward)["srs"]
        assert state == "warning" and "blank" in words


def test_a_code_goes_out(files, stage):
    postward, write, _ = files
    mta = Mta(stage, users={"club": "p\u00e4ss word"})
    marked(stage.folder / "password", "p\u00e4ss word\n")
    write("templates/confirm.txt", marked)
    write("postward.conf", lambda path, text: marked(path, text.replace(
        "mailer {", f'mailer {{\n\tsmtp = "smtp://127.0.0.1:{mta.port}"\n'
        f'\tuser = "club"\n\tpassword-file = "{stage.folder}/password"')
        + 'hostname = "mx.remotes.club"\nlog {\n\tto = "stderr"\n}\n'))
    postward.cli("account add ann@remotes.club")
    postward.cli("forward add ann@remotes.club ann@mailbox.example")
    postward.start_mailer()
    message, = mta.wait()
    assert message.user == "club"
    assert message.parsed["Subject"] == "ours"
