# SPDX-License-Identifier: MIT
"""slapd - an LDAP server of the test's own: OpenLDAP's, with a configuration and
a database in a folder of its own, on loopback."""

import socket
import subprocess

from .stage import free_port, until

BASE = "dc=remotes,dc=club"
ADMIN, PASSWORD = f"cn=postward,{BASE}", "directory secret"

# What Debian's misc.schema lacks.
SCHEMA = """
attributetype ( 1.3.6.1.4.1.32473.17.1 NAME 'mailForwardingAddress'
  EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} )
attributetype ( 1.3.6.1.4.1.32473.17.2 NAME 'accountStatus'
  EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.32473.17.3 NAME 'anyOctets'
  EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
objectclass ( 1.3.6.1.4.1.32473.17.4 NAME 'postwardMember' AUXILIARY
  MAY ( mailForwardingAddress $ accountStatus $ anyOctets ) )
"""

CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/misc.schema
include {folder}/postward.schema
pidfile {folder}/pid
argsfile {folder}/args
modulepath /usr/lib/ldap
moduleload back_mdb
{tls}
{more}
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw "{password}"
directory {folder}/data
index objectClass,mailLocalAddress,uid eq
access to * by dn.exact="{admin}" read by anonymous auth
"""


def entry(name, addresses=(), **attributes):
    """An entry of LDIF."""
    lines = [f"dn: uid={name},ou=people,{BASE}", "objectClass: inetOrgPerson",
             "objectClass: inetLocalMailRecipient",
             "objectClass: postwardMember", f"uid: {name}", f"cn: {name}",
             f"sn: {name}"]
    lines += [f"mailLocalAddress: {address}" for address in addresses]
    for key, values in attributes.items():
        lines += [f"{key}: {value}" if ":" != value[:1] else f"{key}{value}"
                  for value in ([values] if isinstance(values, str)
                                else values)]
    return "\n".join(lines) + "\n\n"


def member(name, *targets, **more):
    """One whose mail goes on."""
    return entry(name, [f"{name}@remotes.club"],
                 mailForwardingAddress=list(targets), **more)


class Slapd:
    """start() may be called again after kill().  pair: certificate and key;
    None: it has no TLS."""

    def __init__(self, stage, entries, pair=None, name="slapd", more=""):
        self._stage = stage
        self.name = name
        self._folder = stage.folder / name
        (self._folder / "data").mkdir(parents=True)
        self.port, self.tls_port = free_port(), free_port()
        self._has_tls = pair is not None
        self._more = more
        self.program = None
        (self._folder / "postward.schema").write_text(SCHEMA)
        self._configure(pair)
        self._add(entries)

    def _configure(self, pair):
        tls = "" if pair is None else (f"TLSCertificateFile {pair[0]}\n"
                                       f"TLSCertificateKeyFile {pair[1]}")
        (self._folder / "slapd.conf").write_text(CONFIGURATION.format(
            folder=self._folder, tls=tls, base=BASE, admin=ADMIN,
            password=PASSWORD, more=self._more))

    def change_certificate(self, pair):
        """Counts from its next start on."""
        self._configure(pair)

    def _add(self, entries):
        ldif = (f"dn: {BASE}\nobjectClass: domain\ndc: remotes\n\n"
                f"dn: ou=people,{BASE}\nobjectClass: organizationalUnit\n"
                "ou: people\n\n" + "".join(entries))
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f",
                        self._folder / "slapd.conf"], input=ldif, text=True,
                       check=True, capture_output=True)

    @property
    def url(self):
        return f"ldap://localhost:{self.port}"

    @property
    def tls_url(self):
        return f"ldaps://localhost:{self.tls_port}"

    def start(self):
        places = f"ldap://127.0.0.1:{self.port}/"
        if self._has_tls:
            places += f" ldaps://127.0.0.1:{self.tls_port}/"
        self.program = self._stage.start(
            self.name, "/usr/sbin/slapd", "-h", places, "-f",
            self._folder / "slapd.conf", "-d", "none")
        until("slapd's start", lambda: self.program.status is not None
              or self._answers())
        if self.program.status is not None:
            raise OSError(f"slapd has not started: {self.program.log()}")
        return self

    def _answers(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        """With SIGKILL, as for want of memory."""
        self.program.kill()

    def change(self, ldif):
        """What ldapmodify(1) reads."""
        subprocess.run(["ldapmodify", "-x", "-H",
                        f"ldap://127.0.0.1:{self.port}", "-D", ADMIN, "-w",
                        PASSWORD], input=ldif, text=True, check=True,
                       capture_output=True)
