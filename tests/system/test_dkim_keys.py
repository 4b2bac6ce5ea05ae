# SPDX-License-Identifier: MIT
"""The keys that mail is signed with: made, shown, removed, and followed by one
another."""

import base64
import json
import os
import re
import stat
import subprocess
import time

import dkim
import dns.query
import dns.message
import pytest

from faultdns import FaultDNS
from harness.nsd import Nsd
from harness.postward import Postward
from harness.stage import until
from harness.world import RECORDS

DONE, NO, USAGE, TRY_LATER = 0, 1, 2, 75

MAIL = (b"From: ann@remotes.club\r\nTo: bob@example.org\r\n"
        b"Subject: keys\r\n\r\nHello\r\n")


@pytest.fixture
def resolver(stage):
    with FaultDNS(ttl=1) as it:
        yield it


@pytest.fixture
def keeper(stage, resolver):
    """Who keeps keys; DNS as the test wants it."""
    it = Postward(stage, stage.folder / "run", resolver.address,
                  {"resolver": {"timeout": "2s"}})
    it.make_store({})
    return it


def run(postward, words, *argv):
    done = postward.run("dkim", *words.split(), "-c", str(postward.file),
                        *argv)
    return done.returncode, done.stdout, done.stderr


def add(postward, *argv, words="key add remotes.club"):
    """What --json says of a new key."""
    status, out, err = run(postward, words, "--json", *argv)
    assert (status, err) == (DONE, "")
    return json.loads(out)


def keys(postward, *argv):
    return {row["selector"]: row for row in
            postward.cli_json("dkim key list", *argv)}


def states(postward):
    return {selector: (row["state"], row["record"])
            for selector, row in keys(postward).items()}


def publish(resolver, record):
    resolver[record["name"]] = [
        ("TXT", " ".join(f'"{part}"' for part in record["strings"]))]


def openssl(*argv):
    return subprocess.run(["openssl", *map(str, argv)], check=True,
                          capture_output=True).stdout


def older(record, seconds=60):
    """As if its file had been made before."""
    then = os.stat(record["file"]).st_mtime - seconds
    os.utime(record["file"], (then, then))
    return record


# ---- making


def test_a_key_is_for_the_programs_and_nobody_else(keeper):
    made = add(keeper)
    file = made["file"]
    assert re.fullmatch(r"pw\d{8}", made["selector"])
    assert file.endswith(f"/dkim/remotes.club/{made['selector']}.pem")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o640
    for folder in os.path.dirname(file), os.path.dirname(
            os.path.dirname(file)):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o750
        assert not [name for name in os.listdir(folder) if name[0] == "."]


def test_its_group_is_that_of_the_user_who_has_the_store(keeper):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    os.chown(keeper.database, 65534, 0)
    made = add(keeper)
    assert os.stat(made["file"]).st_uid == 0
    assert os.stat(made["file"]).st_gid == 65534
    assert os.stat(os.path.dirname(made["file"])).st_gid == 65534


@pytest.mark.parametrize("option, kind, bits", [
    ((), "RSA", 2048), (("--ed25519",), "Ed25519", 256)])
def test_openssl_reads_what_we_wrote(keeper, option, kind, bits):
    made = add(keeper, *option)
    with open(made["file"]) as file:
        assert file.readline() == "-----BEGIN PRIVATE KEY-----\n"
    said = openssl("pkey", "-in", made["file"], "-noout", "-check", "-text")
    assert b"Key is valid" in said or b"ED25519 Private-Key" in said
    public = openssl("pkey", "-in", made["file"], "-pubout", "-outform", "DER")
    p = base64.b64decode(re.search(r"p=(\S+)", made["text"])[1])
    # RFC 8463 4.2: of Ed25519 the bytes alone.
    assert p == (public if kind == "RSA" else public[-32:])
    row = keys(keeper)[made["selector"]]
    assert (row["kind"], row["bits"]) == (kind, bits)


def test_no_key_is_overwritten(keeper):
    made = add(keeper, "--selector", "First.EU")
    assert made["selector"] == "first.eu"
    before = open(made["file"]).read()
    status, out, err = run(keeper, "key add remotes.club", "--selector",
                           "first.eu")
    assert (status, out) == (NO, "") and "already" in err
    assert open(made["file"]).read() == before


def test_of_one_day_they_have_letters(keeper):
    first, second, third = add(keeper), add(keeper), add(
        keeper, words="key rotate remotes.club")
    assert second["selector"] == first["selector"] + "a"
    assert third["selector"] == first["selector"] + "b"


@pytest.mark.parametrize("words, argv", [
    ("key add", ["not a domain"]), ("key add", ["../etc"]),
    ("key add remotes.club", ["--selector", "../x"]),
    ("key add remotes.club", ["--selector", "a b"]),
    ("key add remotes.club", ["--selector", ".".join(["x" * 60] * 4)]),
    ("key rotate", ["remotes.club"]), ("record", ["remotes.club"]),
    ("key list", ["remotes.club"]),
    ("key remove remotes.club", ["pw1"]),
])
def test_what_cannot_be_is_refused(stage, keeper, words, argv):
    status, out, err = run(keeper, words, *argv)
    assert (status, out) == (NO, "")
    assert len(err.splitlines()) == 1
    assert not (stage.folder / "dkim").exists() or not os.listdir(
        stage.folder / "dkim")


def test_a_key_that_cannot_be_made_promises_nothing(stage, keeper):
    (stage.folder / "dkim").mkdir()
    (stage.folder / "dkim/remotes.club").write_text("no folder")
    status, _, err = run(keeper, "key add remotes.club")
    assert status == TRY_LATER and "remotes.club" in err
    assert os.listdir(stage.folder / "dkim") == ["remotes.club"]


def test_names_as_people_write_them(stage, keeper):
    made = add(keeper, words="key add München.Example")
    assert made["domain"] == "xn--mnchen-3ya.example"
    os.rename(stage.folder / "dkim/xn--mnchen-3ya.example",
              stage.folder / "dkim/München.example")
    second = add(keeper, words="key rotate münchen.example")
    assert os.path.dirname(second["file"]) == str(
        stage.folder / "dkim/München.example")


# ---- records


def ask_of(server):
    def ask(name, timeout=5):
        query = dns.message.make_query(name.decode(), "TXT")
        answer = dns.query.udp(query, "127.0.0.1", port=server.port,
                               timeout=timeout)
        if answer.flags & dns.flags.TC:
            answer = dns.query.tcp(query, "127.0.0.1", port=server.port,
                                   timeout=timeout)
        for rrset in answer.answer:
            return b"".join(rrset[0].strings)
        return None
    return ask


@pytest.mark.parametrize("option, algorithm", [
    ((), b"rsa-sha256"), (("--ed25519",), b"ed25519-sha256")])
def test_others_verify_by_the_record_that_we_print(stage, keeper, option,
                                                   algorithm):
    """As a real name server reads that line of its zone, and dkimpy what the
    server says."""
    made = add(keeper, *option)
    lines = keeper.cli("dkim record remotes.club").splitlines()
    assert lines == [made["line"]]
    nsd = Nsd(stage, [*RECORDS, *lines])
    key = open(made["file"], "rb").read()
    if option:
        key = base64.b64encode(openssl(
            "pkey", "-in", made["file"], "-outform", "DER")[-32:])
    signature = dkim.sign(
        MAIL, made["selector"].encode(), b"remotes.club", key,
        signature_algorithm=algorithm, include_headers=[b"from"])
    assert dkim.verify(signature + MAIL, dnsfunc=ask_of(nsd))
    assert not dkim.verify(signature + MAIL + b"x\r\n", dnsfunc=ask_of(nsd))


def test_the_strings_of_a_record(keeper):
    made = add(keeper)
    assert max(map(len, made["strings"])) <= 255
    assert "".join(made["strings"]) == made["text"]
    assert made["text"].startswith("v=DKIM1; k=rsa; p=")
    assert re.fullmatch(
        r'pw\d+\._domainkey\.remotes\.club\. IN TXT "[^"\\]+" "[^"\\]+"',
        made["line"])


def test_records_of_all_keys_or_of_one(keeper):
    old, new = older(add(keeper)), add(keeper, "--ed25519")
    assert keeper.cli("dkim record remotes.club") == (
        f'{new["line"]}\n{old["line"]}\n')
    assert keeper.cli("dkim record remotes.club", old["selector"]) == (
        f'{old["line"]}\n')
    [row] = keeper.cli_json("dkim record remotes.club", old["selector"])
    assert row == {key: value for key, value in old.items() if key != "file"}
    status, _, err = run(keeper, "record remotes.club other")
    assert status == NO and "no key other" in err


# ---- states


def test_a_key_alone_signs_whatever_dns_says(keeper, resolver):
    made = add(keeper)
    name = made["selector"]
    assert states(keeper) == {name: ("signs", "missing")}
    resolver[made["name"]] = [("TXT", '"v=DKIM1; p="')]
    assert states(keeper) == {name: ("signs", "another key")}
    resolver[made["name"]] = "TIMEOUT"
    assert states(keeper) == {name: ("signs", "unknown")}
    publish(resolver, made)
    assert states(keeper) == {name: ("signs", "published")}
    assert keys(keeper)[name]["problem"] is None


def test_a_new_key_waits_for_its_record(keeper, resolver):
    old = older(add(keeper))
    publish(resolver, old)
    new = add(keeper, words="key rotate remotes.club")
    assert states(keeper) == {old["selector"]: ("signs", "published"),
                              new["selector"]: ("waits", "missing")}
    resolver[new["name"]] = [("TXT", f'"{"".join(old["strings"])[:250]}"')]
    assert states(keeper)[new["selector"]] == ("waits", "another key")
    publish(resolver, new)
    assert states(keeper) == {old["selector"]: ("retired", "published"),
                              new["selector"]: ("signs", "published")}


def test_all_resolvers_must_see_it(keeper, resolver):
    old = older(add(keeper))
    new = add(keeper)
    publish(resolver, old)
    publish(resolver, new)
    with FaultDNS() as second:
        keeper.change({"resolver": {"servers": [resolver.address,
                                                second.address]}})
        publish(second, old)
        assert states(keeper)[new["selector"]] == ("waits", "missing")
        second[new["name"]] = "TIMEOUT"
        assert states(keeper)[new["selector"]] == ("waits", "unknown")
        publish(second, new)
        assert states(keeper)[new["selector"]] == ("signs", "published")


def test_ed25519_signs_beside_rsa(keeper, resolver):
    rsa, second = older(add(keeper)), add(keeper, "--ed25519")
    publish(resolver, rsa)
    assert states(keeper)[second["selector"]] == ("waits", "missing")
    publish(resolver, second)
    assert states(keeper) == {rsa["selector"]: ("signs", "published"),
                              second["selector"]: ("signs", "published")}
    # RSA follows RSA.
    third = add(keeper, words="key rotate remotes.club")
    assert "k=rsa" in third["text"]


def make_strange_key(kind, path):
    """By openssl(1), as an administrator might."""
    if kind in (512, 1024, 4096, 8192):
        # Of five primes, which are found much sooner than two.
        openssl("genpkey", "-algorithm", "RSA", "-out", path, "-pkeyopt",
                f"rsa_keygen_bits:{kind}", "-pkeyopt",
                f"rsa_keygen_primes:{5 if kind == 8192 else 2}")
    elif kind == "ec":
        openssl("genpkey", "-algorithm", "EC", "-out", path, "-pkeyopt",
                "ec_paramgen_curve:P-256")
    elif kind == "pkcs1":
        openssl("genrsa", "-traditional", "-out", path, 2048)
    elif kind == "pass phrase":
        openssl("genpkey", "-algorithm", "RSA", "-out", path, "-aes256",
                "-pass", "pass:secret")
    elif kind == "public":
        make_strange_key(1024, path)
        public = openssl("pkey", "-in", path, "-pubout")
        path.write_bytes(public)
    elif kind == "certificate":
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                os.devnull, "-out", path, "-subj", "/CN=x")
    path.chmod(0o640)


@pytest.mark.parametrize("kind, words", [
    (1024, None), (4096, None), ("pkcs1", None),
    (512, "512 bits"), (8192, "8192 bits"), ("ec", "neither RSA nor"),
    ("pass phrase", "pass phrase"), ("public", "not a private key"),
    ("certificate", "not a private key"),
])
def test_keys_that_others_made(stage, keeper, kind, words):
    folder = stage.folder / "dkim/remotes.club"
    folder.mkdir(parents=True)
    make_strange_key(kind, folder / "theirs.pem")
    row = keys(keeper)["theirs"]
    if words is None:
        assert (row["state"], row["record"]) == ("signs", "missing")
    else:
        assert row["state"] == "trouble" and words in row["problem"]
        assert row["kind"] is row["bits"] is row["record"] is None
        status, _, err = run(keeper, "record remotes.club")
        assert status == TRY_LATER and words in err


# ---- removing


def test_the_key_that_signs_stays(stage, keeper, resolver):
    old = older(add(keeper))
    new = add(keeper)
    publish(resolver, old)
    status, _, err = run(keeper, "key remove remotes.club", old["selector"])
    assert status == NO and "signs mail of remotes.club" in err
    publish(resolver, new)
    status, _, err = run(keeper, "key remove remotes.club", new["selector"])
    assert status == NO and "signs mail of remotes.club" in err
    out = keeper.cli("dkim key remove remotes.club", old["selector"])
    assert "a week" in out
    assert not os.path.exists(old["file"]) and os.path.exists(new["file"])
    # The last one goes, if that is meant, and with it the promise.
    status, _, err = run(keeper, "key remove remotes.club", new["selector"])
    assert status == NO and "--stop-signing" in err
    out = keeper.cli("dkim key remove remotes.club --stop-signing",
                     new["selector"])
    assert "Mail of remotes.club is not signed" in out
    assert os.listdir(stage.folder / "dkim") == []
    assert keys(keeper) == {}


def test_the_last_key_goes_alone(keeper):
    made = add(keeper)
    note = os.path.join(os.path.dirname(made["file"]), "README")
    open(note, "w").close()
    words = "key remove remotes.club --stop-signing"
    status, _, err = run(keeper, words, made["selector"])
    assert status == NO and "something else in it" in err
    assert os.path.exists(made["file"])
    os.remove(note)
    assert run(keeper, words, made["selector"])[0] == DONE


# ---- postward check


def look_at_keys(keeper):
    done = keeper.run("check", "-c", str(keeper.file), "--json")
    return {row["what"]: (row["state"], row["words"])
            for row in json.loads(done.stdout)
            if row["what"].startswith(("dkim", "DKIM", "arc.seal"))}


def test_check_without_keys(keeper):
    state, words = look_at_keys(keeper)["dkim"]
    assert state == "warning" and "postward dkim key add" in words
    keeper.change({"dkim": {"sign": False}})
    assert look_at_keys(keeper)["dkim"][1].startswith("off: ")


def test_check_looks_for_a_key_to_seal_with(keeper):
    keeper.change({"dkim": {"sign": False}, "arc": {"seal": True}})
    state, words = look_at_keys(keeper)["arc.seal"]
    assert state == "warning"
    assert words == ("what is forwarded leaves unsealed: no domain of ours "
                     "has a key")
    add(keeper)
    assert "arc.seal" not in look_at_keys(keeper)


def test_check_looks_for_records(keeper, resolver):
    old = older(add(keeper))
    what = f"DKIM of remotes.club, {old['selector']}"
    state, words = look_at_keys(keeper)[what]
    assert state == "broken" and "postward dkim record remotes.club" in words
    resolver[old["name"]] = [("TXT", '"v=DKIM1; p="')]
    state, words = look_at_keys(keeper)[what]
    assert state == "broken" and "revoked" in words
    resolver[old["name"]] = "SERVFAIL"
    assert look_at_keys(keeper)[what][0] == "unknown"
    publish(resolver, old)
    assert look_at_keys(keeper)[what][0] == "ok"
    new = add(keeper)
    state, words = look_at_keys(keeper)[
        f"DKIM of remotes.club, {new['selector']}"]
    assert state == "warning" and "waits for its record" in words
    publish(resolver, new)
    # Nothing is to be said of one that is retired.
    assert list(look_at_keys(keeper)) == [
        f"DKIM of remotes.club, {new['selector']}"]


def test_check_looks_at_files(stage, keeper, resolver):
    made = add(keeper)
    publish(resolver, made)
    what = f"DKIM of remotes.club, {made['selector']}"
    os.chmod(made["file"], 0o644)
    state, words = look_at_keys(keeper)[what]
    assert state == ("broken" if os.geteuid() == 0 else "unknown")
    assert "everybody can read" in words
    os.chmod(made["file"], 0o640)
    os.rename(made["file"], stage.folder / "elsewhere")
    assert "no key in it" in look_at_keys(keeper)["DKIM of remotes.club"][1]
    make_strange_key(1024, stage.folder / "dkim/remotes.club/short.pem")
    short, = keeper.cli_json("dkim record remotes.club")
    publish(resolver, short)
    state, words = look_at_keys(keeper)["DKIM of remotes.club, short"]
    assert state == "warning" and "1024 bits is short" in words


# ---- the milter


def test_the_milter_tells_what_is_in_trouble(stage, keeper):
    made = add(keeper)
    os.chmod(made["file"], 0o644)
    keeper.start_milter()
    Postward.says(keeper.milter, f"{made['file']}: everybody can read")
    os.chmod(made["file"], 0o640)
    before = len(keeper.milter.log())
    keeper.reload(keeper.milter)
    assert "everybody" not in keeper.milter.log()[before:]
    # What cannot be looked at changes nothing.
    os.rename(stage.folder / "dkim", stage.folder / "away")
    (stage.folder / "dkim").write_text("no folder")
    keeper.reload(keeper.milter, "the old configuration stays")
    (stage.folder / "dkim").unlink()
    keeper.reload(keeper.milter)
    Postward.says(keeper.milter, "the keys of remotes.club are gone")


def test_only_the_milter_reads_keys(stage, keeper):
    (stage.folder / "dkim").write_text("no folder")
    keeper.start_policyd()
    keeper.start_forwarder()
    with pytest.raises(OSError, match="dkim: Not a directory"):
        keeper.start_milter()
    keeper.change({"dkim": {"sign": False}})
    keeper.start_milter()


def test_a_new_key_signs_when_all_resolvers_have_its_record(keeper, resolver):
    """The milter asks anew after a reload, and says once who begins."""
    old, new = older(add(keeper)), add(keeper)
    publish(resolver, old)
    publish(resolver, new)
    with FaultDNS() as second:
        publish(second, old)
        second[new["name"]] = [("TXT", '"v=DKIM1; p="')]
        keeper.change({"resolver": {"servers": [resolver.address,
                                                second.address]}})
        keeper.start_milter()
        Postward.says(keeper.milter,
                      f"the record of key {new['selector']} of remotes.club "
                      "is wrong: the key was revoked")
        asked = second.asked(new["name"])
        keeper.reload(keeper.milter)
        until("another question", lambda: second.asked(new["name"]) > asked)
        publish(second, new)
        line = f"key {new['selector']} signs mail of remotes.club from now on"
        until("its turn", lambda: keeper.reload(keeper.milter)
              or line in keeper.milter.log())
        # Nothing of that is said, or asked, again, also if all fall silent.
        for server in resolver, second:
            server[new["name"]] = server[old["name"]] = "TIMEOUT"
        keeper.reload(keeper.milter)
        keeper.reload(keeper.milter)
        assert keeper.milter.stop() == 0
        log = keeper.milter.log()
        assert log.count(line) == 1 and log.count("is wrong") == 1


def test_the_end_does_not_wait_for_resolvers(keeper, resolver):
    older(add(keeper))
    new = add(keeper)
    keeper.change({"resolver": {"timeout": "60s"}})
    resolver[new["name"]] = "TIMEOUT"
    keeper.start_milter()
    until("a question", lambda: resolver.asked(new["name"]))
    began = time.monotonic()
    assert keeper.milter.stop() == 0
    assert time.monotonic() - began < 50
