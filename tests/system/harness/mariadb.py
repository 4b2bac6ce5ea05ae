# SPDX-License-Identifier: MIT
"""mariadb - a MariaDB server of the test's own, alone or as a node of a Galera
cluster.  It listens to 127.0.0.1 and to a unix socket, and is killed at the
end: nobody needs its data."""

import os
import shutil
import subprocess

from .stage import PATIENCE, free_port, until

GALERA = "/usr/lib/galera/libgalera_smm.so"

# Small and quick; what is committed outlives the process, not the machine.
QUICK = ["--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M",
         "--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync",
         "--performance-schema=OFF", "--skip-name-resolve"]


def user():
    """Who runs it: the server refuses to be root."""
    return "mysql" if os.geteuid() == 0 else None


class Mariadb:
    """One server; start() may be called again after kill()."""

    def __init__(self, stage, name="db", arguments=(), copy_of=None):
        self._stage = stage
        self.name = name
        self.folder = stage.folder / name
        self.socket = self.folder / "socket"
        self.port = free_port()
        self.program = None
        self._arguments = list(arguments)
        self.folder.mkdir()
        if user():
            shutil.chown(self.folder, user())
        if copy_of is None:
            self._install()
        else:
            subprocess.run(["cp", "-a", copy_of.data, self.data], check=True)

    @property
    def data(self):
        return self.folder / "data"

    def _install(self):
        argv = ["mariadb-install-db", "--no-defaults", "--skip-test-db",
                f"--datadir={self.data}", f"--tmpdir={self.folder}",
                "--auth-root-authentication-method=normal"]
        argv += [f"--user={user()}"] if user() else []
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise OSError(f"mariadb-install-db: {done.stdout}{done.stderr}")

    def launch(self, *more):
        """Starts it, and does not wait."""
        argv = ["/usr/sbin/mariadbd", "--no-defaults",
                f"--datadir={self.data}", f"--socket={self.socket}",
                f"--pid-file={self.folder}/pid", f"--tmpdir={self.folder}", "--bind-address=127.0.0.1",
                f"--port={self.port}", *QUICK, *self._arguments, *more]
        argv += [f"--user={user()}"] if user() else []
        self.program = self._stage.start(self.name, *argv)
        self._stage.keep(self)

    def start(self, *more):
        self.launch(*more)
        until(f"{self.name}'s start", lambda: self.program.status is not None
              or self.ask("SELECT 1") == "1")
        if self.program.status is not None:
            raise OSError(f"{self.name} has not started: {self.program.log()}")
        return self

    def kill(self):
        """With SIGKILL, as for want of memory."""
        self.program.kill()

    def close(self):
        if self.program.status is None:
            self.kill()

    def ask(self, sql):
        """What mariadb(1) prints; None if the server does not answer."""
        return self._ask("root", sql)

    def ask_as(self, user, sql):
        """By another user, in our database; None: it is forbidden, too."""
        return self._ask(user, sql, "postward")

    def _ask(self, user, sql, *database):
        done = subprocess.run(
            ["mariadb", "--no-defaults", "-u", user, "-S", self.socket,
             "--connect-timeout=2", "-N", "-B", "-e", sql, *database],
            stdin=subprocess.DEVNULL, text=True, capture_output=True,
            timeout=PATIENCE, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def url(self, database="postward"):
        return f"mariadb://root@localhost/{database}?socket={self.socket}"


class Galera:
    """Three nodes, the data of each made from the first one's."""

    def __init__(self, stage, nodes=3):
        ports = [free_port() for _ in range(nodes)]
        self.peers = ",".join(f"127.0.0.1:{port}" for port in ports)
        self.nodes = []
        for number, port in enumerate(ports):
            self.nodes.append(Mariadb(
                stage, f"node{number + 1}", self._arguments(port),
                copy_of=self.nodes[0] if number else None))

    @staticmethod
    def _arguments(port):
        options = (f"gmcast.listen_addr=tcp://127.0.0.1:{port};"
                   f"ist.recv_addr=127.0.0.1:{free_port()};"
                   # How long a node may be silent is left as it comes: with
                   # less, nodes of a busy machine leave each other.
                   "gcache.size=16M;pc.wait_prim_timeout=PT5M")
        return ["--binlog-format=ROW", "--default-storage-engine=InnoDB",
                "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON",
                f"--wsrep-provider={GALERA}", "--wsrep-cluster-name=test",
                f"--wsrep-node-address=127.0.0.1:{port}",
                f"--wsrep-provider-options={options}",
                "--wsrep-sst-method=rsync",
                f"--wsrep-sst-receive-address=127.0.0.1:{free_port()}"]

    def start(self):
        first, *others = self.nodes
        first.start("--wsrep-new-cluster", "--wsrep-cluster-address=gcomm://")
        for node in others:
            self.join(node)

    def join(self, node):
        node.launch(f"--wsrep-cluster-address=gcomm://{self.peers}")
        until(f"{node.name} in the cluster", lambda: self.synced(node)
              or node.program.status is not None, 2 * PATIENCE)
        if node.program.status is not None:
            raise OSError(f"{node.name} has not joined: {node.program.log()}")

    def lose(self, node):
        """Kills one, and waits until the others know.  One that comes back
        before is a stranger beside a member that does not answer, and a slow
        machine may then find no majority any more."""
        node.kill()
        rest = [one for one in self.nodes if one.program.status is None]
        until(f"the others without {node.name}", lambda: all(
            self.status(one, "cluster_size") == str(len(rest))
            and self.synced(one) for one in rest), 2 * PATIENCE)

    @staticmethod
    def status(node, name):
        said = node.ask(f"SHOW STATUS LIKE 'wsrep_{name}'")
        return said.split("\t")[-1] if said else None

    @staticmethod
    def synced(node):
        return Galera.status(node, "local_state_comment") == "Synced"

    def hosts(self):
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
