# SPDX-License-Identifier: MIT
"""What we say of a copy is what becomes of it at a strict receiver, where
OpenDKIM, OpenDMARC and rspamd judge; tests/bench/bench_fate.py sends more."""

import time

import pytest

from harness import fate_messages, strict_receiver
from harness.fate_proof import PLAYS, proof_of
from harness.stage import Stage

pytestmark = pytest.mark.skipif(bool(strict_receiver.missing()),
                                reason=strict_receiver.missing())


@pytest.fixture(scope="module")
def proof():
    with Stage() as stage:
        key = fate_messages.Key(stage.folder)
        return proof_of(*fate_messages.some_cases(key, int(time.time())))


def shown(rows):
    return "\n".join(map(str, rows))


def test_all_are_judged(proof):
    for one in (proof.past, *proof.enforced.values()):
        assert one.receiver.troubles == []
    assert sorted(proof.past.judged) == [case.number
                                         for case in proof.past.cases]
    for sent in proof.past.sent.values():
        assert sent.reply.startswith("250") and "fate" in sent.said, sent


@pytest.mark.parametrize("judge", PLAYS)
def test_what_is_said_to_be_accepted_is(proof, judge):
    rows = proof.false_accepts(judge)
    assert not rows, shown(rows)


@pytest.mark.parametrize("judge", PLAYS)
def test_what_is_said_to_be_refused_is(proof, judge):
    rows, _ = proof.false_refusals(judge)
    assert not rows, shown(rows)


@pytest.mark.parametrize("judge", PLAYS)
def test_nobody_gets_a_bounce(proof, judge):
    assert not [str(proof.past.cases[number]) for number, why in
                proof.bounces(judge).items() if why is None]


@pytest.mark.parametrize("judge", PLAYS)
def test_the_figures_are_told(proof, judge, capsys):
    """DMARC passes for more of what arrives than it would."""
    before, after = proof.past.dmarc(judge), proof.enforced[judge].dmarc(judge)
    with capsys.disabled():
        print("", *proof.table(judge), *proof.differing(judge),
              f"DMARC passes: {before[0]} of {before[1]}, with our verdict "
              f"{after[0]} of {after[1]}", sep="\n")
    assert after[0] * before[1] >= before[0] * after[1]
