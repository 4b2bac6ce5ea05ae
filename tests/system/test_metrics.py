# SPDX-License-Identifier: MIT
"""The page that Prometheus reads, of each program."""

import http.client
import json
import re
import shutil
import socket
import subprocess

import pytest
import yaml

from harness.members import signed_in
from harness.postward import ROOT
from harness.protocols import PolicyClient, ask_policyd
from harness.stage import PATIENCE, free_port, until
from harness.web import Visitor

LINE = re.compile(r'(# (HELP|TYPE) [a-z_]+ [^\n]+'
                  r'|[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? '
                  r'-?[0-9.e+-]+)')


def get(port, path="/metrics", method="GET"):
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    web.request(method, path)
    answer = web.getresponse()
    text = answer.read().decode()
    web.close()
    return answer.status, text


def figures(port):
    status, page = get(port)
    assert status == 200
    wrong = [line for line in page.splitlines() if not LINE.fullmatch(line)]
    assert not wrong
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in page.splitlines()
             if not line.startswith("#"))}


@pytest.fixture
def port(postward):
    """policyd's; each other program has one of the next."""
    port = free_port()
    postward.change({"metrics": {"listen": f"127.0.0.1:{port}"}})
    return port


def test_milter_counts_keys(postward, port, stage):
    folder = stage.folder / "dkim"
    folder.mkdir()
    postward.change({"dkim": {"keys": str(folder)}})
    postward.cli("dkim key add", "guild.club")
    (folder / "remotes.club").mkdir()
    (folder / "remotes.club/old.pem").write_text("no key\n")
    postward.start_milter()
    seen = figures(port + 1)
    assert {state: seen[f'postward_signing_keys{{state="{state}"}}']
            for state in ("signs", "waits", "retired", "trouble")} == {
                "signs": 1, "waits": 0, "retired": 0, "trouble": 1}


def test_signup_counts_who_signs_in(postward, port):
    postward.start_signup()
    signed_in(postward)
    stranger = Visitor(postward.signup_place)
    page = stranger.send(stranger.get("/member"), address="x@remotes.club")
    stranger.send(page, code="AAAAA-AAAAA")
    seen = figures(port + 4)
    assert seen["postward_member_sessions"] == 1
    assert {result: seen[f'postward_signup_posts_total{{result="{result}"}}']
            for result in ("code", "signed-in", "wrong")} == {
                "code": 2, "signed-in": 1, "wrong": 1}


def test_policyd_counts_what_it_decides(postward, port):
    # To keep them is work for the store, at times of its own.
    postward.change({"decisions": {"keep": "0s"},
                     "": {"forward-cache": "1h"}})
    postward.start_policyd()
    before = figures(port)
    assert ask_policyd(postward, recipient="ann@remotes.club") == "DUNNO"
    assert ask_policyd(postward, recipient="ann@remotes.club") == "DUNNO"
    assert ask_policyd(postward,
                       recipient="zoe@remotes.club").startswith("550 5.1.1")
    after = figures(port)

    def more(name):
        return after[name] - before[name]

    assert more('postward_decisions_total{check="none",action="accept"}') == 2
    assert more(
        'postward_decisions_total{check="recipient",action="reject"}') == 1
    assert more("postward_request_seconds_count") == 3
    assert more('postward_request_seconds_bucket{le="+Inf"}') == 3
    assert more("postward_request_seconds_sum") > 0
    assert more('postward_dns_answers_total{from="cache"}') > 0
    assert more('postward_dns_answers_total{from="server"}') > 0
    assert more('postward_dns_questions_total{result="answer"}') > 0
    assert more('postward_dns_questions_total{result="none"}') > 0
    assert more('postward_spf_results_total{from="evaluated"}') > 0
    # That no domain is in the store, ann once, and zoe.
    assert more('postward_store_work_total{result="done"}') == 3
    assert not more('postward_store_work_total{result="failed"}')
    until("the end of our connections",
          lambda: figures(port)["postward_connections"] == 0)


def test_open_connections_and_a_store_that_fails(postward, port):
    postward.start_policyd()
    postward.database.rename(postward.database.with_suffix(".gone"))
    with PolicyClient(postward.policyd_socket) as client:
        assert client.ask(recipient="ann@remotes.club").startswith("451 ")
        seen = figures(port)
    assert seen["postward_connections"] == 1
    assert seen['postward_store_work_total{result="failed"}'] > 0


def test_each_program_has_its_own_port(postward, port):
    postward.start()
    for number, own in enumerate((
            'postward_decisions_total{check="spf",action="reject"}',
            'postward_messages_total{result="rewritten"}',
            "postward_request_seconds_count")):
        assert own in figures(port + number)


def labelled(name):
    """(name, {label: value}) of a figure."""
    bare, _, labels = name.partition("{")
    return bare, dict(re.findall(r'(\w+)="([^"]*)"', labels))


def test_alerts_are_of_figures_that_there_are(postward, port, stage):
    """Names, and the values of labels."""
    (stage.folder / "dkim").mkdir()
    postward.change({"dkim": {"keys": str(stage.folder / "dkim")},
                     'dnsbl "bl.test"': {"action": "score"}})
    postward.cli("dkim key add", "guild.club")
    postward.start()
    postward.start_mailer()
    postward.start_signup()
    there = [labelled(name) for number in range(5)
             for name in figures(port + number)]
    text = (ROOT / "conf/prometheus/postward.rules.yml").read_text()
    rules = yaml.safe_load(text)["groups"][0]["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 5
    for rule in rules:
        asked = re.findall(r"(postward_\w+)(?:\{(\w+)=~?\"([^\"]*)\"\})?",
                           rule["expr"])
        assert asked or rule["expr"].startswith("up{")
        for name, label, values in asked:
            for value in values.split("|"):
                assert any(name == it and labels.get(label, "") == value
                           for it, labels in there), (name, label, value)


@pytest.mark.skipif(shutil.which("promtool") is None,
                    reason="promtool is not installed")
def test_prometheus_takes_the_alerts():
    subprocess.run(["promtool", "check", "rules",
                    ROOT / "conf/prometheus/postward.rules.yml"], check=True)


def test_the_dashboard_asks_for_what_there_is(postward, port):
    postward.start()
    postward.start_mailer()
    postward.start_signup()
    names = {re.sub(r"\{.*|_(bucket|sum|count)$", "", name)
             for number in range(5) for name in figures(port + number)}
    names = {re.sub(r"_bucket$", "", name) for name in names}
    text = (ROOT / "conf/grafana/postward.json").read_text()
    asked = {re.sub(r"_bucket$", "", name)
             for name in re.findall(r"postward_\w+", text)}
    assert len(asked) > 10
    assert not asked - names
    for panel in json.loads(text)["panels"]:
        assert panel["title"] and panel["targets"]


def test_anything_else_is_no_page(postward, port):
    postward.start_policyd()
    assert get(port, "/")[0] == 404
    assert get(port, "/metrics", "POST")[0] == 405
    with socket.create_connection(("127.0.0.1", port), 10) as raw:
        raw.sendall(b"\0" * 100 + b"\r\n\r\n")
        raw.recv(1000)
    assert get(port)[0] == 200


def test_a_port_that_is_taken_keeps_no_mail_waiting(postward, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        postward.start_policyd()
        assert "no metrics: " in postward.policyd.log()
        assert ask_policyd(postward) == "DUNNO"


def test_reload_moves_the_page_and_ends_it(postward, port):
    postward.start_policyd()
    other = free_port()
    postward.change({"metrics": {"listen": f"127.0.0.1:{other}"}})
    postward.reload(postward.policyd)
    assert get(other)[0] == 200
    with pytest.raises(ConnectionRefusedError):
        get(port)
    postward.change({"metrics": {"listen": ""}})
    postward.reload(postward.policyd)
    with pytest.raises(ConnectionRefusedError):
        get(other)


@pytest.mark.parametrize("listen", [
    "0.0.0.0:9797", "192.0.2.1:9797", "127.0.0.1", "localhost:9797"])
def test_only_this_machine_reads_it(postward, listen):
    postward.change({"metrics": {"listen": listen}})
    done = postward.run("check", "-c", str(postward.file))
    assert done.returncode == 2
    assert "metrics.listen" in done.stderr + done.stdout \
        or "of this machine alone" in done.stderr + done.stdout
