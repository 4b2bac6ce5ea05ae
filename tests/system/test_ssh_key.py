# SPDX-License-Identifier: MIT
"""SSH keys as people paste them, beside ssh-keygen(1): what it takes we take,
with the same bits and fingerprint, or say why not."""

import base64
import shutil
import struct
import subprocess

import pytest

from harness.postward import build
from harness.stage import PATIENCE

if shutil.which("ssh-keygen") is None:
    pytest.skip("no ssh-keygen here", allow_module_level=True)

# (type of ssh-keygen -t, bits)
MADE = [("rsa", 2048), ("rsa", 2049), ("rsa", 3072), ("rsa", 4096),
        ("ed25519", 256), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521)]

# How the line of a key is pasted; {type}, {key}, {comment}.
BOTH = {
    "as it is": "{type} {key} {comment}\n",
    "no end": "{type} {key} {comment}",
    "no comment": "{type} {key}\n",
    "CRLF": "{type} {key} {comment}\r\n",
    "tabs": "{type}\t{key}\t{comment}\n",
    "tabs and blanks": "\t {type} \t {key} \t{comment} \t\n",
    "a comment of words": "{type} {key} ann\tat  home # not away\n",
    "a comment of hyphens": "{type} {key} ssh-rsa key of ann\n",
    "a line before": "# my key\n{type} {key} {comment}\n",
    "lines around": "\n \t\n  # mine\n\n{type} {key} {comment}\n\n# end\n",
    "lines around, CRLF":
        "# mine\r\n\r\n{type} {key} {comment}\r\n# end\r\n",
    "another key in a comment":
        "# ssh-rsa AAAAB3NzaC1yc2E old\n{type} {key} {comment}\n",
}

# What ssh-keygen -l takes and we do not: (text, why).
OURS_REFUSED = {
    "options": ("restrict,command=\"echo \\\"a b\\\"\" {type} {key} x\n",
                "no options"),
    "options, tab": ("no-pty\t{type}\t{key}\n", "no options"),
    "two keys": ("{type} {key}\n{type} {key}\n", "several keys"),
    "two keys, CRLF": ("{type} {key} a\r\n\r\n{type} {key} b\r\n",
                       "several keys"),
}

# What ssh-keygen does not take either.
NEITHER = {
    "a letter less": "{type} {shorter} {comment}\n",
    "another type": "ssh-ed448 {key} {comment}\n",
    "the key alone": "{key}\n",
    "the type alone": "{type}\n",
    "a comment only": "# {type} {key}\n",
    "nothing": "",
}

# What we take and ssh-keygen does not: browsers and editors did that.
OURS_TAKEN = {
    "byte order mark": "\ufeff{type} {key} {comment}\n",
    "no-break blank": "\u00a0{type} {key} {comment}\u00a0\n",
    "broken": "{type} {half}\n{rest} {comment}\n",
    "broken, CRLF": "{type}\r\n {half}\r\n{rest}\r\n",
}


def string(value):
    return struct.pack(">I", len(value)) + value


def with_application(line, application=b"ssh:"):
    """The key as a security token would have made it (PROTOCOL.u2f)."""
    kind, text, comment = line.split()
    blob = base64.b64decode(text)
    new = f"sk-{kind}@openssh.com"
    blob = (string(new.encode()) + blob[4 + len(kind):]
            + string(application))
    return f"{new} {base64.b64encode(blob).decode()} {comment}"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Lines of each type."""
    folder = tmp_path_factory.mktemp("keys")
    lines = []
    for number, (kind, bits) in enumerate(MADE):
        file = folder / str(number)
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-b", str(bits),
                        "-N", "", "-C", "ann@laptop", "-f", file], check=True,
                       timeout=PATIENCE)
        lines.append((folder / f"{number}.pub").read_text())
    return lines + [
        with_application(line) for line in lines
        if line.startswith(("ssh-ed25519 ", "ecdsa-sha2-nistp256 "))]


def theirs(tmp_path, text):
    """[bits and fingerprint] of each key, none if it is refused."""
    file = tmp_path / "pasted"
    file.write_bytes(text.encode())
    done = subprocess.run(["ssh-keygen", "-l", "-f", file], timeout=PATIENCE,
                          capture_output=True, check=False)
    return [" ".join(line.split()[:2])
            for line in done.stdout.decode(errors="replace").split("\n")[:-1]]


def ours(text):
    """(taken, lines)"""
    done = subprocess.run([build() / "tests/system/ssh_key_driver"],
                          input=text.encode(), capture_output=True,
                          check=False, timeout=PATIENCE)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0, done.stdout.decode().splitlines()


def pasted(form, line):
    kind, key, comment = line.split()
    middle = len(key) // 2
    return form.format(type=kind, key=key, comment=comment, shorter=key[:-5],
                       half=key[:middle], rest=key[middle:])


def test_there_is_a_key_of_each_type(keys):
    assert {line.split()[0] for line in keys} == {
        "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"}


@pytest.mark.parametrize("name", BOTH)
def test_what_both_take(keys, tmp_path, name):
    for line in keys:
        text = pasted(BOTH[name], line)
        taken, lines = ours(text)
        assert taken, (text, lines)
        assert [lines[0]] == theirs(tmp_path, text), text
        assert lines[1].split()[:2] == line.split()[:2]
        # And what goes into authorized_keys is the same key.
        assert theirs(tmp_path, lines[1] + "\n") == [lines[0]]


@pytest.mark.parametrize("name", OURS_REFUSED)
def test_what_we_refuse(keys, tmp_path, name):
    form, why = OURS_REFUSED[name]
    for line in keys:
        text = pasted(form, line)
        taken, lines = ours(text)
        assert not taken and why in lines[0], (text, lines)
        assert theirs(tmp_path, text) != [], text


@pytest.mark.parametrize("name", NEITHER)
def test_what_neither_takes(keys, tmp_path, name):
    for line in keys:
        text = pasted(NEITHER[name], line)
        assert not ours(text)[0], text
        assert theirs(tmp_path, text) == [], text


@pytest.mark.parametrize("name", OURS_TAKEN)
def test_what_only_we_take(keys, tmp_path, name):
    for line in keys:
        taken, lines = ours(pasted(OURS_TAKEN[name], line))
        assert taken, lines
        assert [lines[0]] == theirs(tmp_path, line)


def test_weak_keys_are_refused(tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "",
                    "-f", tmp_path / "weak"], check=True, timeout=PATIENCE)
    text = (tmp_path / "weak.pub").read_text()
    assert theirs(tmp_path, text)[0].startswith("1024 ")
    taken, lines = ours(text)
    assert not taken and "has 1024 bits" in lines[0]
