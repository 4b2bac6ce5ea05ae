# SPDX-License-Identifier: MIT
"""The openspf suite for RFC 7208, over the network to a real DNS server."""

import contextlib

import pytest

from faultdns import FaultDNS
from harness.spf import Driver, behaviours
from harness.spf_suite import SUITE, problem_of, scenarios

# For one question.  Only those that time out take so long.
TIMEOUT_MS = 400

CASES = [(scenario, name) for scenario in scenarios()
         for name in scenario.tests]


@pytest.fixture(scope="module")
def drivers():
    """A driver for a scenario, which asks a server of its own."""
    started = {}
    with contextlib.ExitStack() as stack:
        def driver_of(scenario, transport):
            key = scenario.name, transport
            if key not in started:
                server = stack.enter_context(
                    FaultDNS(behaviours(
                        scenario.zone, "tcp" if transport == "tcp" else "udp")))
                started[key] = stack.enter_context(
                    Driver("kept-server" if transport == "kept" else "server",
                           server.address, str(TIMEOUT_MS)))
            return started[key]
        yield driver_of


@pytest.mark.skipif(not CASES, reason=f"there is no {SUITE}: see "
                    "POSTWARD_VECTORS")
def test_suite_is_whole():
    assert len(CASES) == 203


# kept: each check twice, over UDP; the second finds the first one's result.
@pytest.mark.parametrize("transport", ["udp", "tcp", "kept"])
@pytest.mark.parametrize(
    "scenario, name", CASES, ids=[name for _, name in CASES])
def test_suite(drivers, scenario, name, transport):
    test = scenario.tests[name]
    got = drivers(scenario, transport).check(
        test["host"], test["mailfrom"], test["helo"])
    assert problem_of(test, got) is None
