# SPDX-License-Identifier: MIT
"""Servers that are not what store.url means: the password goes to none of
them, and none of them holds a request beyond its time."""

import threading
import time

import pytest

from harness.fakedb import (CAN, CAN_TLS, OK, FakeDb, Sorting, Tiring, drip,
                            greeting, packet, switch_to)
from harness.mariadb import Mariadb
from harness.postward import Postward
from harness.protocols import MapClient, PolicyClient
from harness.stage import PATIENCE

PASSWORD = "open-sesame"


def store_at(stage, port, options=""):
    secret = stage.folder / "secret"
    secret.write_text(PASSWORD + "\n")
    return {"url": f"mariadb://post@127.0.0.1:{port}/postward{options}",
            "password-file": str(secret)}


@pytest.fixture
def postward(stage, nsd):
    return Postward(stage, stage.folder / "run", nsd.address)


@pytest.mark.parametrize("options", ["", "?tls=off", "?tls=require"])
@pytest.mark.parametrize("plugin", [
    "mysql_clear_password", "dialog", "mysql_old_password", "sha256_password",
    "caching_sha2_password", "auth_gssapi_client", "no_such_plugin"])
@pytest.mark.parametrize("at_once", [True, False])
def test_no_server_talks_us_into_telling_the_password(
        stage, postward, plugin, options, at_once):
    def talk(connection):
        connection.sendall(greeting(plugin=plugin.encode())
                           if at_once else greeting())
        number, _ = fake.read(connection)
        connection.sendall(packet(number + 1, switch_to(plugin)))
        number, _ = fake.read(connection)
        if plugin == "caching_sha2_password":
            connection.sendall(packet(number + 1, b"\x01\x04"))
            number, _ = fake.read(connection)
        connection.sendall(packet(number + 1, OK))

    with FakeDb(lambda connection: talk(connection)) as fake:
        postward.change({"store": store_at(stage, fake.port, options)})
        done = postward.run("account", "list", "-c", postward.file)
        assert done.returncode == 75
        assert PASSWORD.encode() not in fake.heard
        assert PASSWORD not in done.stderr
        if options == "?tls=require":
            assert "the server has no TLS" in done.stderr
            assert b"post" not in fake.heard
        if plugin in ("sha256_password", "caching_sha2_password"):
            # What would be asked next is the key to hide the password with.
            assert b"\x01\x00\x00\x03\x01" not in fake.heard
            assert b"\x01\x00\x00\x05\x02" not in fake.heard


def drips_greeting(fake, connection, gap):
    drip(connection, greeting() * 100, gap)


def drips_login(fake, connection, gap):
    connection.sendall(greeting())
    fake.read(connection)
    drip(connection, packet(2, b"\x00" * 200), gap)


def drips_answer(fake, connection, gap):
    connection.sendall(greeting())
    number, _ = fake.read(connection)
    connection.sendall(packet(number + 1, OK))
    number, _ = fake.read(connection)
    drip(connection, packet(1, b"\x00" * 200), gap)


def drips_tls(fake, connection, gap):
    connection.sendall(greeting(CAN | CAN_TLS))
    fake.read(connection)
    drip(connection, b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"
         + bytes(1000), gap)


@pytest.mark.parametrize("talk, options", [
    (drips_greeting, ""), (drips_greeting, "?tls=require"),
    (drips_login, ""), (drips_answer, ""),
    (drips_tls, "?tls=require"), (drips_tls, "?tls=verify"),
])
def test_a_server_that_drips_holds_nobody(stage, postward, talk, options):
    """The server goes on for minutes, and the answer comes before it ends."""
    gap = threading.Event()
    with FakeDb(lambda connection: talk(fake, connection, gap)) as fake:
        postward.change({
            "store": store_at(stage, fake.port, options),
            "policy": {"deadline": "2s"}, "policyd": {"deadline": "4s"},
            "forwarder": {"deadline": "3s"}})
        postward.start_policyd()
        postward.start_forwarder()
        began = time.monotonic()
        with PolicyClient(postward.policyd_socket) as client:
            assert client.ask().startswith("451 ")
        with MapClient(postward.forwarder_socket) as client:
            assert client.ask("forward", "ann@remotes.club").startswith(
                "TEMP ")
        took = time.monotonic() - began
        gap.set()
        assert fake.clients > 0
        assert took < PATIENCE


@pytest.mark.parametrize("page", [1, 3])
def test_a_list_ends_when_its_server_drips(stage, postward, page):
    """Between the pages of a long answer, too."""
    server = Mariadb(stage).start()
    postward.change({"store": {"url": server.url()}})
    postward.cli("store init")
    assert server.ask(
        "CREATE USER post@'127.0.0.1'; "
        "GRANT ALL ON postward.* TO post@'127.0.0.1'; "
        "INSERT INTO postward.account (address, state, created) "
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 70) SELECT CONCAT(a.i, '-', b.i, '@remotes.club'), "
        "'active', 1 FROM n a, n b") == ""
    with Tiring(server.port, page) as proxy:
        postward.change({"store": {
            "url": f"mariadb://post@127.0.0.1:{proxy.port}/postward"}})
        done = postward.run("account", "list", "-c", postward.file)
    assert proxy.dripped
    assert done.returncode == 75, done.stderr


def test_a_list_waits_for_a_server_that_sorts(stage, postward):
    """A million rows are copied before the first is given."""
    server = Mariadb(stage).start()
    postward.change({"store": {"url": server.url()}})
    postward.cli("store init")
    postward.cli("account add ann@remotes.club")
    assert server.ask("CREATE USER post@'127.0.0.1'; "
                      "GRANT ALL ON postward.* TO post@'127.0.0.1'") == ""
    with Sorting(server.port, 8) as proxy:
        postward.change({"store": {
            "url": f"mariadb://post@127.0.0.1:{proxy.port}/postward"}})
        assert "ann@remotes.club" in postward.cli("export")
        assert proxy.sorted == 1
