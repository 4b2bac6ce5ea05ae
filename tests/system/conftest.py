# SPDX-License-Identifier: MIT
"""What every system test may ask for, and the logs when one fails."""

import pytest

from faultdns import FaultDNS
from harness.nsd import Nsd
from harness.postward import Postward
from harness.stage import Stage
from harness.world import DNS, FORWARDS, LISTS, RECORDS, World

LOG_SHOWN = 5000  # characters of each log, the last ones


@pytest.fixture
def stage():
    with Stage() as it:
        yield it


@pytest.fixture
def nsd(stage):
    return Nsd(stage, RECORDS)


@pytest.fixture
def postward(stage, nsd):
    """With accounts and lists, and none of its programs started."""
    it = Postward(stage, stage.folder / "run", nsd.address, LISTS)
    it.make_store(FORWARDS)
    return it


@pytest.fixture(scope="module")
def shared():
    """One for all tests of a file that only ask, with its programs started."""
    with Stage() as stage:
        nsd = Nsd(stage, RECORDS)
        it = Postward(stage, stage.folder / "run", nsd.address, LISTS)
        it.make_store(FORWARDS)
        it.start()
        yield it


@pytest.fixture
def faults(postward):
    with FaultDNS(DNS) as dns:
        postward.change({"resolver": {"servers": [dns.address],
                                      "timeout": "2s"}})
        postward.start_policyd()
        yield dns


@pytest.fixture
def world(stage):
    """Postfix and all: needs root, or tools/rootly."""
    return World(stage)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for stage in Stage.present:
        for name, text in stage.logs().items():
            report.sections.append((f"log of {name}", text[-LOG_SHOWN:]))
