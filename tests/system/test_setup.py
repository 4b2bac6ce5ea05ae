# SPDX-License-Identifier: MIT
"""`postward setup`: four answers, and a site that could forward mail."""

import os
import pty
import re
import subprocess

import pytest

from harness.kills import can_trace
from harness.postward import build, render
from harness.stage import PATIENCE

ANSWERS = {"domain": "remotes.club", "hostname": "mx.remotes.club",
           "srs-domain": "srs.remotes.club",
           "mailbox": "ann@mailbox.example"}
CONFIGURED = """\
hostname = "mx.remotes.club"
domains = { "remotes.club" }

srs {
\tdomain = { "srs.remotes.club" }
}
"""


class Site:
    """A folder with the short configuration and nothing else."""

    def __init__(self, folder, settings=None):
        self.folder = folder
        self.file = folder / "postward.conf"
        self.ours = folder / "conf.d/10-setup.conf"
        self.file.write_text('include = { "conf.d/*.conf" }\n' + render({
            "store": {"url": f"sqlite:{folder}/store/postward.db"},
            "dkim": {"keys": f"{folder}/dkim"},
            "srs": {"secrets-file": f"{folder}/srs.secret"},
            **(settings or {})}))
        self.env = {**os.environ, "MAIL_CONFIG": f"{folder}/no-postfix"}

    def command(self, words, *argv):
        return [build() / "bin/postward", *words.split(), "-c", self.file,
                *argv]

    def run(self, words, *argv, prefix=()):
        return subprocess.run(
            [*prefix, *self.command(words, *argv)], text=True, check=False,
            timeout=PATIENCE, capture_output=True, env=self.env,
            stdin=subprocess.DEVNULL)

    def setup(self, *argv, prefix=(), **answers):
        options = [word for name, value in {**ANSWERS, **answers}.items()
                   if value is not None for word in (f"--{name}", value)]
        return self.run("setup", *options, *argv, prefix=prefix)

    def says(self, words):
        done = self.run(words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_set_up(self):
        assert self.ours.read_text().endswith(CONFIGURED)
        forwards = [line.split()[:3] for line in
                    self.says("forward list").splitlines()[1:]]
        assert [line for line in forwards if "active" in line] == [
            ["abuse@remotes.club", "postmaster@remotes.club", "active"],
            ["postmaster@remotes.club", "ann@mailbox.example", "active"]]
        keys = self.says("dkim record remotes.club")
        assert "_domainkey.remotes.club" in keys
        assert "_domainkey.srs." in self.says("dkim record srs.remotes.club")
        for name in ("srs", "codes", "approvals"):
            assert len((self.folder / f"{name}.secret").read_text()) > 30

    def tree(self):
        """What is there; the store's side files come and go."""
        return {path.relative_to(self.folder): path.read_bytes()
                for path in sorted(self.folder.rglob("*"))
                if path.is_file() and "store" not in path.parts}


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_options_are_enough(site):
    done = site.setup()
    assert done.returncode == 0, done.stderr
    assert "Next: postward postfix enable" in done.stdout
    assert "srs.remotes.club." in done.stdout  # the records
    site.is_set_up()
    there = site.tree()
    again = site.setup()
    assert again.returncode == 0, again.stderr
    assert site.tree() == there
    assert "written" not in again.stdout
    # Nor does who says nothing change anything.
    nothing = site.run("setup")
    assert nothing.returncode == 0, nothing.stderr
    assert site.tree() == there
    site.is_set_up()


def test_whatever_the_umask_is(site):
    done = site.setup(prefix=["sh", "-c", 'umask 0777; exec "$@"', "sh"])
    assert done.returncode == 0, done.stderr
    site.is_set_up()
    modes = {name: (site.folder / name).stat().st_mode & 0o777
             for name in ("conf.d", "conf.d/10-setup.conf", "srs.secret",
                          "dkim", "approvals.secret")}
    assert modes == {"conf.d": 0o755, "conf.d/10-setup.conf": 0o644,
                     "srs.secret": 0o600, "dkim": 0o750,
                     "approvals.secret": 0o600}


def test_a_file_of_answers(site):
    file = site.folder / "answers"
    file.write_text("# for an image\n" + "".join(
        f"{name} = {value}\n" for name, value in ANSWERS.items()))
    done = site.run("setup", "--answers", file)
    assert done.returncode == 0, done.stderr
    site.is_set_up()
    file.write_text("mialbox = ann@mailbox.example\n")
    done = site.run("setup", "--answers", file)
    assert done.returncode == 2
    assert 'no key "mialbox"; did you mean "mailbox"?' in done.stderr


@pytest.mark.parametrize("answers, status, words", [
    ({"mailbox": None}, 2, "--mailbox is missing"),
    ({"mailbox": "ann@remotes.club"}, 2, "it must be outside"),
    ({"hostname": "localhost.localdomain"}, 2, "that is no name"),
    ({"hostname": "remotes.club"}, 2, "a name of its own"),
])
def test_what_will_not_do_changes_nothing(site, answers, status, words):
    before = site.tree()
    done = site.setup(**answers)
    assert done.returncode == status
    assert words in done.stderr
    assert site.tree() == before


def test_a_dry_run_changes_nothing(site):
    before = site.tree()
    done = site.setup("--dry-run")
    assert done.returncode == 0, done.stderr
    assert 'domains = { "remotes.club" }' in done.stdout
    assert "postward forward add --confirmed postmaster@remotes.club " \
        "ann@mailbox.example" in done.stdout
    assert site.tree() == before


def test_what_is_set_elsewhere_wins_and_is_told(site):
    (site.folder / "conf.d").mkdir()
    other = site.folder / "conf.d/50-local.conf"
    other.write_text('domains = { "guild.club" }\n')
    done = site.setup()
    assert done.returncode == 1
    assert "domains is set to something else" in done.stderr
    assert not site.ours.exists()
    other.unlink()
    assert site.setup().returncode == 0
    # A wrong answer later leaves the right ones as they are.
    other.write_text('hostname = "mx.remotes.club"\n')
    there = site.tree()
    assert site.setup(hostname="mail.remotes.club").returncode == 1
    assert site.tree() == there


def test_a_configuration_that_is_wrong_is_left_alone(site):
    site.file.write_text("domian = x\n")
    before = site.tree()
    done = site.setup()
    assert done.returncode == 1
    assert "domian" in done.stderr
    assert site.tree() == before


def typed(site, words, *argv):
    """(status, what was shown) of somebody at a terminal who types that."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(build() / "bin/postward",
                  [str(word) for word in site.command("setup", *argv)],
                  site.env)
    os.write(terminal, words.encode())
    shown = b""
    while True:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_questions_at_a_terminal(site):
    status, shown = typed(
        site, "remotes\nremotes.club\n\n\nann@remotes.club\n"
        "ann@mailbox.example\n\nno\n")
    assert status == 0, shown
    assert "expected a whole name in DNS" in shown
    assert "[srs.remotes.club]:" in shown
    assert "it must be outside of remotes.club" in shown
    assert "Go on? [yes]:" in shown
    assert "Shall Postfix be told" in shown
    assert re.search(r"mail server \[.+\]:", shown)
    status, shown = typed(site, "\n\n\n\nno\n")
    assert status == 1
    assert "[ann@mailbox.example]" in shown


def test_asks_about_a_domain_that_postfix_has(site, tmp_path):
    """Somebody may have mail there; with no, all stays as it is."""
    folder = tmp_path / "postfix"
    folder.mkdir()
    main = ("compatibility_level = 3.6\nmyhostname = mx.remotes.club\n"
            "mydestination = localhost, remotes.club\n")
    (folder / "main.cf").write_text(main)
    (folder / "master.cf").write_text("smtp inet n - y - - smtpd\n")
    site.env = {**site.env, "MAIL_CONFIG": str(folder)}
    status, shown = typed(
        site, "remotes.club\nmx.remotes.club\n\nann@mailbox.example\n\n"
        "yes\nno\n")
    assert status == 1, shown
    assert "mydestination has remotes.club" in shown
    assert "Shall it be taken out now? [yes]:" in shown
    assert (folder / "main.cf").read_text() == main


def test_at_a_terminal_nothing_is_asked_that_is_given(site):
    options = [word for name, value in ANSWERS.items()
               for word in (f"--{name}", value)]
    status, shown = typed(site, "", "--dry-run", *options)
    assert status == 0, shown
    assert shown.startswith("\r\nThis is what will be done"), shown


def test_no_at_the_last_question_changes_nothing(site):
    before = site.tree()
    status, _ = typed(site, "remotes.club\nmx.remotes.club\n\n"
                      "ann@mailbox.example\nno\n")
    assert status == 1
    assert site.tree() == before


@pytest.mark.skipif(not can_trace(), reason="strace may not trace here")
@pytest.mark.parametrize("call", ["rename", "link", "mkdir", "fsync",
                                  "pwrite64"])
def test_killed_anywhere_it_can_be_run_again(tmp_path, call):
    number = step = 1
    while True:
        folder = tmp_path / str(number)
        folder.mkdir()
        site = Site(folder)
        done = site.setup(prefix=[
            "env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-D", "-qq", "-o",
            "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:signal=SIGKILL:when={number}"])
        if done.returncode == 0:
            break
        done = site.setup()
        assert done.returncode == 0, done.stderr
        site.is_set_up()
        number += step
        step += 2 if call == "pwrite64" else 0
    assert number > 1


def test_another_root(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root may change the root")
    site = Site(tmp_path, {"store": {"url": "sqlite:/store/postward.db"},
                           "dkim": {"keys": "/dkim"},
                           "srs": {"secrets-file": "/srs.secret"}})
    options = [word for name, value in ANSWERS.items()
               for word in (f"--{name}", value)]
    done = subprocess.run(
        [build() / "bin/postward", "setup", "-c", "/postward.conf", "--root",
         tmp_path, *options], text=True, capture_output=True, check=False,
        timeout=PATIENCE, stdin=subprocess.DEVNULL,
        env={**site.env, "ASAN_OPTIONS": "detect_leaks=0"})  # has no /proc
    assert done.returncode == 0, done.stderr
    assert site.ours.read_text().endswith(CONFIGURED)
    assert (tmp_path / "store/postward.db").exists()
    assert (tmp_path / "srs.secret").exists()
