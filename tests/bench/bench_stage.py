# SPDX-License-Identifier: MIT
"""bench_stage - what bench.py and soak.py stand on: a build, a network and
mounts of their own, a world's name server, and the tools that measure."""

import contextlib
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import threading
import types

ROOT = pathlib.Path(__file__).resolve().parents[2]
DELAY_MS = 50  # of a DNS answer, where they take their time
PROGRAMS = ("postward", "postward-policyd", "postward-forwarder",
            "postward-milter", "postward-mailer", "postward-signup")
sys.path.insert(0, str(ROOT / "tests/system"))

import bench_world as world  # noqa: E402
from harness.postward import Postward, build  # noqa: E402
from harness.stage import Stage  # noqa: E402

# Postfix's processes log through postlogd(8)'s socket, for which a new network
# has room for ten lines; only the machine's root may say otherwise.  And
# nobody writes to the machine's own log.
ALONE = """\
ip link set lo up
echo 1000 2>/dev/null >/proc/sys/net/unix/max_dgram_qlen || :
[ ! -e /dev/log ] || mount --bind /dev/null /dev/log
exec "$@"
"""
INSIDE = "--inside"


def make_build():
    """A build as it is installed, in build/bench; only what is missing."""
    folder = ROOT / "build/bench"
    for command in (
            ["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja",
             "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DBUILD_TESTING=ON",
             "-DPOSTWARD_LTO=ON"],
            ["cmake", "--build", folder, "--target", "bench", *PROGRAMS]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def alone(program, argv):
    """Runs program again, in a network and with mounts of its own; 77 where
    that is not possible."""
    rootly = str(ROOT / "tools/rootly")
    tried = subprocess.run([rootly, "unshare", "--mount", "--net", "true"],
                           capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        print(f"{pathlib.Path(program).name}: no namespaces here: "
              f"{tried.stderr.strip()}", file=sys.stderr)
        sys.exit(77)
    os.execv(rootly, [rootly, "unshare", "--mount", "--net", "sh", "-c", ALONE,
                      "sh", sys.executable, program, INSIDE, *argv])


def tool(name):
    return build() / "tests/bench" / name


def figures(*argv):
    """What a tool prints: name=figure...  Wrong answers are an error."""
    done = subprocess.run([str(arg) for arg in argv], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False)
    result = {name: float(value) for name, value in
              re.findall(r"([a-z0-9]+)=([0-9.]+)", done.stdout)}
    if done.returncode != 0 or result.get("bad", 1) != 0:
        raise OSError(f"{' '.join(map(str, argv))}: {done.stdout}"
                      f"{done.stderr}")
    return result


def make_postward(stage, resolver, sockets=None, programs=None, **settings):
    """One with every check on and a store; it has a stage of its own.
    programs: the folder of another build."""
    own = stage.keep(Stage())
    if sockets is None:
        sockets = own.folder / "sockets"
        sockets.mkdir()
    secret = own.folder / "srs.secret"
    secret.write_text("for the bench\n")
    secret.chmod(0o600)
    postward = Postward(own, sockets, resolver, {
        **world.settings(),
        "srs": {"domain": world.CLUB, "secrets-file": str(secret)},
        **settings}, programs)
    leave_out_unknown(postward)
    postward.cli("store init")
    postward.cli("account add", f"@{world.CLUB}")
    postward.cli("forward add --confirmed", f"@{world.CLUB}",
                 "somebody@sink.test")
    return postward


def leave_out_unknown(postward):
    """An older build does not know every section."""
    while unknown := re.search(
            r'unknown key or section "([^"]+)"',
            postward.run("store", "init", "-c", postward.file).stderr):
        postward.leave_out(unknown.group(1))


def status_of(program, name):
    """VmHWM or VmRSS in MB, or Threads."""
    text = pathlib.Path(f"/proc/{program.pid}/status").read_text()
    number, unit = re.search(name + r":\s+(\d+)( kB)?", text).groups()
    return int(number) / 1024 if unit else int(number)


def shared_out(pids):
    """Their memory in MB, each page that several have told of once."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
    return total / 1024


def processor_seconds(programs):
    """Of these, their descendants, and those of them that have ended."""
    parents, spent = {}, {}
    for file in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = file.read_text().rpartition(")")[2].split()
            pid = int(file.parent.name)
            parents[pid] = int(words[1])
            spent[pid] = sum(map(int, words[11:15]))
    ours = {program.pid for program in programs}
    while more := {pid for pid, parent in parents.items()
                   if parent in ours} - ours:
        ours |= more
    return sum(spent.get(pid, 0) for pid in ours) / os.sysconf("SC_CLK_TCK")


def spawn_server(stage, path, program):
    """As Postfix's spawn(8) does, a process for each connection of a program
    that reads standard input."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(100)
    children = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                client = server.accept()[0]
                children.append(subprocess.Popen(
                    [program], stdin=client, stdout=client,
                    stderr=subprocess.DEVNULL))
                client.close()

    def close():
        server.shutdown(socket.SHUT_RDWR)
        for child in children:
            child.kill()
            child.wait()
        server.close()

    threading.Thread(target=serve, daemon=True).start()
    stage.keep(types.SimpleNamespace(close=close))


def connects(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def machine():
    names = re.findall(r"^model name\s*: (.*)",
                       pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return f"{os.cpu_count()} × {names[0] if names else 'CPU'}"


def median(results):
    return {key: statistics.median(figures[key] for figures in results)
            for key in results[0]}


def ms(microseconds):
    return f"{microseconds / 1000:.{1 if microseconds >= 1000 else 3}f} ms"
