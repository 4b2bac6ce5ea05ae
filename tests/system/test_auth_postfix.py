# SPDX-License-Identifier: MIT
"""Signed mail on the way that mail takes: Postfix, the milter, DNS.  What the
milter writes into the header is what the vectors expect, for each message.

The milter's clock is set to the time at which the messages came."""

import re
import types

import pytest

from harness import auth_vectors
from harness.auth_server import Server
from harness.stage import Stage

CASES = (auth_vectors.cases("dkim/dkim-verify.json")
         + auth_vectors.cases("arc/arc-verify.json"))
TIMES = sorted({case["now"] for case in CASES})

# What Postfix changes before a milter sees it, and passes on so: a CR alone
# becomes a space, white space before a colon goes, and a field is cut after
# some 59 KB.
CHANGED_BY_POSTFIX = ("bare-cr", "space-before-colon-simple", "60000")

pytestmark = pytest.mark.skipif(
    not CASES, reason="the vectors are not here (POSTWARD_VECTORS)")


def results(mail, method):
    """The words behind "dkim=" or "arc=" in our field, from the left."""
    ours = next(line for line in mail.fields("Authentication-Results")
                if "mx.remotes.club" in line)
    return re.findall(rf"[; ]{method}=(\w+)", ours)


def said_of(case, mail):
    return results(mail, "dkim" if isinstance(case["expect"], list) else "arc")


def is_as_expected(case, got):
    wanted = case["expect"]
    if isinstance(wanted, dict):
        return (got or ["none"])[0] in [wanted["cv"], *wanted.get("also", [])]
    if not wanted:
        return got in ([], ["none"])
    if case.get("limit"):
        wanted = wanted[:len(got)]
        got = [one["result"] if word == "policy" else word
               for word, one in zip(got, wanted)]
    return len(got) == len(wanted) and all(
        word in [one["result"], *one.get("also", [])]
        for word, one in zip(got, wanted))


@pytest.fixture(scope="module", params=TIMES)
def done(request):
    """{number: (answer, mail or None)} of all messages of that time."""
    with Stage() as stage:
        server = Server(stage, request.param)
        answers = {}
        for number, case in enumerate(CASES):
            if case["now"] != request.param:
                continue
            server.knows(auth_vectors.behaviours(case))
            answers[number] = server.take(
                f"sam+{number}@example.org", auth_vectors.message(case))
        taken = [n for n, answer in answers.items()
                 if answer.startswith("250")]
        mails = {int(re.search(r"=sam\+(\d+)@", mail.sender)[1]): mail
                 for mail in server.sink.wait(len(taken))}
        yield types.SimpleNamespace(answers=answers, mails=mails)


def test_each_message_is_told_what_it_is(done):
    wrong = []
    for number, answer in done.answers.items():
        case = CASES[number]
        if number not in done.mails:
            wrong.append((case["id"], answer))
        elif not is_as_expected(case, said_of(case, done.mails[number])):
            wrong.append((case["id"], said_of(case, done.mails[number]),
                          case["expect"]))
    print(f"{len(done.answers)} messages, otherwise: {wrong}")
    assert [one for one in wrong
            if not any(word in one[0] for word in CHANGED_BY_POSTFIX)] == []
