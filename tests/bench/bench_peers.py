# SPDX-License-Identifier: MIT
"""bench_peers - policy servers of other houses, as far as they are installed:
each with what it is for, asked about the world of bench_world."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import types

import bench_stage
import bench_world as world
from bench_stage import connects
from harness.stage import free_port, until

PYTHON_SPF = "/usr/bin/policyd-spf"
WEIGHT = "/usr/sbin/policyd-weight"
POSTFWD = "/usr/sbin/postfwd1"
POSTGREY = "/usr/sbin/postgrey"

# Lists of policyd-weight's own, and ours in their places.
WEIGHT_LISTS = dict(zip(
    ("pbl.spamhaus.org", "sbl-xbl.spamhaus.org", "bl.spamcop.net",
     "ix.dnsbl.manitu.net", "multi.surbl.org"),
    (*world.LISTS, world.NAMES)))

RULES = f"""\
id=CLIENTS ; protocol_state==RCPT ; \
rbl={', '.join(f'{zone}/^127[.]/3600' for zone in world.LISTS)} ; \
rblcount=1 ; action=REJECT listed
id=NAMES ; protocol_state==RCPT ; \
rhsbl_sender={world.NAMES}/^127[.]/3600 ; action=REJECT listed
id=OTHERS ; action=DUNNO
"""


# A /dev of our own, so that /dev/log is nobody else's.
OWN_DEV = """\
mount -t tmpfs dev "$1"
for name in null zero full random urandom tty; do
	: >"$1/$name"
	mount --bind "/dev/$name" "$1/$name"
done
mkdir "$1/shm"
mount --move "$1" /dev
"""


def take_the_log(bench):
    """They do not start without a syslog, and write a line for each request;
    nobody reads it here."""
    if bench.folder.joinpath("dev").exists():
        return
    bench.folder.joinpath("dev").mkdir()
    subprocess.run(["sh", "-ec", OWN_DEV, "sh", bench.folder / "dev"],
                   check=True)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    pathlib.Path("/dev/log").chmod(0o666)

    def drain():
        while log.recv(65536) != b"end":
            pass

    def close():
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", "/dev/log")
        log.close()

    threading.Thread(target=drain, daemon=True).start()
    bench.stage.keep(types.SimpleNamespace(close=close))


def folder_of(bench, user):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=user, dir=bench.folder))
    shutil.chown(folder, user, user)
    bench.folder.chmod(0o755)
    return folder


def listening(name, port):
    until(name, lambda: connects(port), 60)
    return f"127.0.0.1:{port}"


def start_python_spf(bench):
    place = bench.folder / "python-spf"
    bench_stage.spawn_server(bench.stage, place, PYTHON_SPF)
    return place


def start_weight(bench):
    folder, port = folder_of(bench, "polw"), free_port()
    settings = subprocess.run([WEIGHT, "defaults"], check=False, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout
    for theirs, ours in WEIGHT_LISTS.items():
        settings = settings.replace(theirs, ours)
    for name, value in (("LOCKPATH", f"'{folder}/'"),
                        ("PIDFILE", f"'{folder}/pid'"),
                        ("TCP_PORT", port), ("MAX_PROC", 80)):
        settings = re.sub(rf"(\$\s*{name}\s*=\s*)[^;]*;",
                          rf"\g<1>{value};", settings)
    (folder / "conf").write_text(settings)
    bench.stage.start("policyd-weight", WEIGHT, "-D", "-f", folder / "conf",
                      "start")
    # Its cache is a process of its own.
    bench.stage.keep(types.SimpleNamespace(close=lambda: subprocess.run(
        [WEIGHT, "-f", folder / "conf", "-k", "stop"], check=False,
        capture_output=True)))
    return listening("policyd-weight", port)


def start_postfwd(bench):
    folder, port = folder_of(bench, "postfw"), free_port()
    (folder / "rules").write_text(RULES)
    bench.stage.start("postfwd", POSTFWD, "-f", folder / "rules", "-i",
                      "127.0.0.1", "-p", port, "-u", "postfw", "-g", "postfw",
                      "--pidfile", folder / "pid", "--cache=600",
                      "--cache-no-size", "--daemon")
    place = listening("postfwd", port)
    daemon = int((folder / "pid").read_text())
    bench.stage.keep(types.SimpleNamespace(
        close=lambda: os.kill(daemon, signal.SIGTERM)))
    return place


def start_postgrey(bench, *more):
    folder, port = folder_of(bench, "postgrey"), free_port()
    bench.stage.start("postgrey", POSTGREY, f"--inet=127.0.0.1:{port}",
                      f"--dbdir={folder}", "--user=postgrey",
                      "--group=postgrey", f"--pidfile={folder}/pid",
                      *more)
    return listening("postgrey", port)


PEERS = (
    ("policyd-spf-python", "SPF alone", PYTHON_SPF, start_python_spf),
    ("policyd-weight", "lists, points", WEIGHT, start_weight),
    ("postfwd", "lists", POSTFWD, start_postfwd),
    ("postgrey", "greylisting alone", POSTGREY, start_postgrey),
)
