# SPDX-License-Identifier: MIT
"""~/.forward, read by us and by Postfix's own local(8), line by line."""

import re
import subprocess

import pytest

from harness.postfix import Postfix, folder_of
from harness.postward import build
from harness.smtpsink import SmtpSink
from harness.stage import PATIENCE, Stage, until

DOMAIN = "remotes.club"  # of bare names: Postfix's $myorigin here
END = "end@mailbox.example"

# Both read them alike.  The last line of each file is END, so that we know
# when local(8) has read all of it.
ALIKE = [
    "ann@mailbox.example",
    "Ann@MAILBOX.example",
    "  ann@mailbox.example  ",
    "\tann@mailbox.example\t",
    "ann@mailbox.example\r",
    "Ann Smith <ann@mailbox.example>",
    '"Smith, Ann" <ann@mailbox.example>',
    '"Ann (home)" <ann@mailbox.example>',
    "Ann <ann@mailbox.example> (work)",
    "ann@mailbox.example (work)",
    "(work) ann@mailbox.example",
    "(a (nested) one) ann@mailbox.example",
    "(a \\) one) ann@mailbox.example",
    "ann(x)@(y)mailbox.example",
    "\\ann@mailbox.example",
    "a\\nn@mailbox.example",
    "ann@mailbox.example bob@mailbox.example",
    "ann@mailbox.example, bob@mailbox.example",
    "ann@mailbox.example,bob@mailbox.example,",
    ",ann@mailbox.example",
    ",, ann@mailbox.example ,,",
    "ann@mailbox.example; bob@mailbox.example",
    "ann@mailbox.example;",
    "friends: ann@mailbox.example, bob@mailbox.example;",
    "friends: ann@mailbox.example bob@mailbox.example;",
    "friends:;",
    "friends: Ann <ann@mailbox.example>;",
    "cy@mailbox.example, friends: ann@mailbox.example;, bob@mailbox.example",
    "<ann@mailbox.example>",
    "< ann@mailbox.example >",
    "<ann@mailbox.example> <bob@mailbox.example>",
    "<ann@mailbox.example>, <bob@mailbox.example>",
    "<ann@mailbox.example> bob@mailbox.example",
    "bob@mailbox.example <ann@mailbox.example>",
    "<ann@mailbox.example",
    "ann@mailbox.example>",
    "ann @ mailbox.example",
    "ann@ mailbox . example",
    "ann . smith @ mailbox.example",
    "ann.smith@mailbox.example",
    "ann+list@mailbox.example",
    "ann_b=c#d@mailbox.example",
    "o'neill@mailbox.example",
    '"ann"@mailbox.example',
    '"ann.smith"@mailbox.example',
    '"ann smith"@mailbox.example',
    '"ann, b #c"@mailbox.example',
    '"a\\"b"@mailbox.example',
    'ann\\ smith@mailbox.example',
    "a\\,b@mailbox.example",
    "<@one.example,@two.example:ann@mailbox.example>",
    "<@one.example:ann@mailbox.example>",
    "ann%mailbox.example",
    "mailbox.example!ann",
    "bob",
    "bob+list",
    "Bob Smith",
    "Bob bob@mailbox.example",
    "bob, ann@mailbox.example",
    "<bob>",
    "# ann@mailbox.example",
    "#ann@mailbox.example, bob@mailbox.example",
    "",
    "   ",
    "()",
    "a..b@mailbox.example",
    "ann@mailbox.example.",
    "ann@sub.mailbox.example",
    "a|b@mailbox.example",
]

# What we do not do, and local(8) does: (line, ours).
UNLIKE = [
    # local(8) does so too where $myorigin is its own (resolve_dequoted_address).
    ('"ann@mailbox.example"', ["ann@mailbox.example"]),
    ("|/usr/bin/vacation ann@mailbox.example", []),
    ('"|/usr/bin/vacation ann"', []),
    ("/home/ann/mbox", []),
    ("~/mbox", []),
    (":include:/etc/passwd", []),
    ("\\ann", []),
    ("-ann@mailbox.example", []),
    ("ann@mailbox.example # bob@mailbox.example", ["ann@mailbox.example"]),
    (" # ann@mailbox.example", []),
    ("\ufeffann@mailbox.example", ["ann@mailbox.example"]),
    ("\u200bann@mailbox.example\u00a0", ["ann@mailbox.example"]),
    ("a\u200bnn@mailbox.example", []),
]

def ours(text):
    done = subprocess.run([build() / "tests/system/forward_driver", DOMAIN],
                          input=text.encode(), capture_output=True,
                          check=True, timeout=PATIENCE)
    return sorted(done.stdout.decode().split("\n")[:-1])


class LocalPostfix(Postfix):
    """Delivers to nobody's ~/.forward of which there is one per extension."""
    services = "local unix - n n - - local\n"

    def __init__(self, stage, sink, forwards):
        super().__init__(stage, sink, [
            "myorigin = " + DOMAIN, "mydestination = local.example",
            "local_transport = local", "recipient_delimiter = +",
            f"forward_path = {forwards}/$extension",
            "mailbox_transport = error:5.1.1 the mailbox itself",
            "allow_mail_to_commands =", "allow_mail_to_files =",
            "append_dot_mydomain = no", "virtual_alias_maps =",
            "virtual_alias_domains =", "non_smtpd_milters =",
            "smtpd_milters =", "line_length_limit = 2048"])


@pytest.fixture(scope="module")
def local():
    """What local(8) makes of each line of ALIKE."""
    with Stage() as stage:
        sink = SmtpSink(stage)
        forwards = stage.folder / "forwards"
        folder_of(forwards, "root", None, 0o755)
        for n, line in enumerate(ALIKE):
            (forwards / str(n)).write_text(f"{line}\n{END}\n")
        postfix = LocalPostfix(stage, sink, forwards)
        for n in range(len(ALIKE)):
            postfix.sendmail("", f"nobody+{n}@local.example")
        until("the end of each file", lambda: not postfix.queued() and all(
            END in found for found in delivered(sink).values()) and
            len(delivered(sink)) == len(ALIKE), 300)
        yield delivered(sink)


def delivered(sink):
    found = {}
    for mail in sink.mails:
        [n] = re.findall(r"^Delivered-To: nobody\+(\d+)@", str(mail), re.M)
        found.setdefault(int(n), []).extend(mail.recipients)
    return found


def without_case(target):
    """Of its domain, as we keep it."""
    local_part, at, domain = target.rpartition("@")
    return local_part + at + domain.lower()


@pytest.mark.parametrize("n", range(len(ALIKE)), ids=ALIKE)
def test_reads_as_local_does(local, n):
    assert sorted({*ours(f"{ALIKE[n]}\n{END}\n")}) == sorted(
        {without_case(target) for target in local[n]})


@pytest.mark.parametrize("line, targets", UNLIKE)
def test_differs_where_it_says_so(line, targets):
    assert ours(f"{line}\n{END}") == sorted([*targets, END])
