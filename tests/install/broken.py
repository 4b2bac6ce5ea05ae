# SPDX-License-Identifier: MIT
"""broken - a booted site that is broken as only a booted one can be: each time
`postward check` finds it by name, its printed cure mends it, and mail flows."""

import dataclasses
import json

from harness.https import Authority
from harness.stage import until
from world import DNS, OURS

FORM = '<form><input type="hidden" name="csrf" value="x"></form>\n'
CERTIFICATE = "/usr/local/share/ca-certificates/test.crt"
# The web server in front of the form: what counts is what systemd does with it.
WEB = """\
[Service]
WorkingDirectory=/srv
ExecStart=openssl s_server -quiet -WWW -accept 443 -cert cert.pem -key key.pem
[Install]
WantedBy=multi-user.target
"""
UNBOUND = """\
server:
    interface: 127.0.0.2
    do-not-query-localhost: no
    module-config: "iterator"
    cache-max-ttl: 0
forward-zone:
    name: "."
    forward-addr: 127.0.0.1
"""
SETTINGS = """\
signup {
	url = "https://remotes.club/join"
	proxies = { "127.0.0.1" }
}
provision {
	command = { "/usr/share/postward/provision/unix-account" }
}
"""
POLICYD = "/usr/sbin/postward-policyd"


@dataclasses.dataclass(frozen=True)
class Broken:
    check: str
    breaks: str     # typed by somebody
    words: str      # of what is said
    mended: str = ""  # where no command is known: what somebody does


# Behind each group a mail comes through.
GROUPS = {
    "units": [
        Broken("units", "systemctl stop postward-policyd", "it is inactive"),
        Broken("policyd", "systemctl stop postward-policyd",
               "is postward-policyd running?"),
        Broken("units", "systemctl mask --now postward-milter", "masked"),
        Broken("milter", "systemctl mask --runtime --now postward-milter",
               "is postward-milter running?"),
        Broken("units", "systemctl disable postward-forwarder",
               "not enabled"),
        Broken("units", "systemctl disable --now postward-provision.timer",
               "it is inactive"),
        Broken("units", "systemctl kill -s KILL postward-mailer && "
               "until systemctl is-active postward-mailer; do :; done",
               "restarted it 1 times"),
        Broken("units", "systemctl disable postfix", "not enabled"),
        Broken("postfix-running", "systemctl mask --now postfix",
               "does not run"),
        Broken("signup", "systemctl stop postward-signup",
               "is postward-signup running?"),
    ],
    "users and files": [
        Broken("forwarder", "chmod 0700 /var/spool/postfix/postward",
               "the user postfix may not ask it"),
        Broken("programs", "chgrp -R root /var/spool/postfix/postward",
               "the user postfix may not ask it"),
        Broken("users", "gpasswd -d postward postward-store",
               "not in the group postward-store"),
        Broken("users", "userdel -f postward-signup",
               "there is no such user"),
        Broken("access", "cd /var/lib/postward && chown root:root "
               "postward.db* && chmod 0600 postward.db*", "cannot write it"),
        Broken("access", "chown root:root /var/lib/postward && "
               "chmod 0700 /var/lib/postward", "cannot write it"),
        Broken("srs", "chmod 0644 /etc/postward/srs.secret",
               "everybody can read"),
        Broken("access", "chown root:root /etc/postward/srs.secret",
               "you can read it, but"),
        Broken("access", "chown root:root /etc/postward/codes.secret && "
               "chmod 0600 /etc/postward/codes.secret",
               "the user postward-signup cannot"),
        Broken("access", "chmod 0600 /etc/postward/conf.d/site.conf",
               "you can read it, but"),
        Broken("access", "chmod 0700 /etc/postward/conf.d",
               "may not go through it"),
        Broken("dkim", "chmod 0600 /etc/postward/dkim/remotes.club/*.pem",
               "the milter cannot"),
    ],
    "what runs is not what is there": [
        Broken("versions", f"cp -p {POLICYD} {POLICYD}.new && "
               f"mv {POLICYD}.new {POLICYD}", "upgraded, but not restarted"),
        Broken("versions", f"mv {POLICYD} {POLICYD}.old && "
               f"cp -p {POLICYD}.old {POLICYD}",
               "upgraded, but not restarted"),
        Broken("configuration-loaded", "echo 'policy { mode = \"shadow\" }' "
               ">/etc/postward/conf.d/shadow.conf", "has not read it since"),
        Broken("configuration-loaded", "rm /etc/postward/conf.d/shadow.conf",
               "has not read it since"),
        Broken("configuration-loaded", "touch /etc/postward/dkim/remotes.club",
               "has not read it since"),
        Broken("postfix-loaded", "postconf -e smtpd_timeout=299s",
               "was changed after Postfix has read it"),
        Broken("units", "mkdir -p /etc/systemd/system/postward-milter.service"
               ".d && printf '[Service]\\nNice=1\\n' >/etc/systemd/system/"
               "postward-milter.service.d/nice.conf", "has not read it"),
    ],
    "what is beside us": [
        Broken("interfaces", "postconf -e inet_interfaces=loopback-only && "
               "systemctl restart postfix", "nobody but this machine"),
        # /etc/hosts has it as 127.0.1.1, as Debian writes it.
        Broken("interfaces", "postconf -e 'inet_interfaces = $myhostname'; "
               "systemctl restart postfix || true", "nobody but this machine"),
        Broken("hostname", "echo localhost >/etc/mailname && "
               "postconf -e myorigin=/etc/mailname && postfix reload",
               "localhost"),
        Broken("mailer.smtp", "postconf -M -X "
               "$(postconf -M | awk '$8 == \"smtpd\" && $1 ~ /:/ "
               "{ print $1 \"/inet\" }') && postfix reload", "does Postfix run"),
        Broken("bounces-seen", "postconf -e non_smtpd_milters= && "
               "postfix reload", "it does not lead to us"),
        Broken("resolver", "systemctl stop unbound",
               "is a resolver running on this machine?"),
        Broken("units", "systemctl disable unbound", "not enabled"),
        Broken("form-page", "systemctl stop nginx", "cannot be read"),
        Broken("disk", "mkdir /mnt/small && mount -t tmpfs -o size=40m small "
               "/mnt/small && cp -a /var/lib/postward/. /mnt/small && "
               "mount --bind /mnt/small /var/lib/postward", "MB are left",
               "umount -l /var/lib/postward"),
        Broken("configuration", "echo 'domian = x' "
               ">/etc/postward/conf.d/typo.conf", "typo.conf",
               "rm /etc/postward/conf.d/typo.conf\n"
               "systemctl reload postward-policyd postward-forwarder "
               "postward-milter postward-mailer postward-signup"),
    ],
}


class Site:
    """Of README.md, with a web server and a resolver beside it."""

    def __init__(self, machine, world, stage):
        self.machine, self.world = machine, world
        self._settle(Authority(stage.folder))
        self.machine.run("systemctl reload-or-restart 'postward-*.service'")
        self._before = self.wrong()

    def _settle(self, authority):
        """Nothing of it is there to be broken by itself."""
        certificate = authority.certificate("remotes.club")
        self.world.dns["remotes.club"] = [*DNS["remotes.club"], ("A", OURS)]
        for path, text in (
                ("/etc/postward/conf.d/site.conf", SETTINGS),
                ("/etc/unbound/unbound.conf.d/test.conf", UNBOUND),
                ("/etc/systemd/system/nginx.service", WEB),
                ("/srv/join", FORM),
                ("/srv/cert.pem", certificate.read_text()),
                ("/srv/key.pem", authority.key.read_text()),
                (CERTIFICATE, authority.file.read_text()),
                ("/etc/resolv.conf", "nameserver 127.0.0.2\n")):
            self.machine.file(path).write_text(text)
        self.machine.run(
            "update-ca-certificates; systemctl unmask unbound; "
            "systemctl daemon-reload; systemctl enable --now nginx unbound "
            "postward-signup postward-provision.timer; "
            "systemctl restart unbound")

    def looks(self, *words):
        return json.loads(self.machine.ask(
            " ".join(["postward check --json", *words])) or "[]")

    def wrong(self, check=None):
        """(check, what, words) of what is to be mended, with the cures."""
        looks = self.looks(*([] if check is None else ["--only", check]))
        return {(look["name"], look["what"], look["words"]): look["cure"]
                for look in looks
                if look["state"] in ("warning", "broken", "unknown")}

    def finds(self, row):
        """The cures of what is wrong and was not before."""
        found = {key: cure for key, cure in self.wrong(row.check).items()
                 if key not in self._before}
        words = [words for _, _, words in found if row.words in words]
        if not words:
            raise AssertionError(f"{row.check}: not found, but {found}")
        print(f"-- {row.check}: {words[0]}", flush=True)
        return list(dict.fromkeys(line for cure in found.values()
                                  for line in cure))

    def is_well(self, check=None):
        return not self.wrong(check).keys() - self._before.keys()

    def suffers(self, row):
        self.machine.run(row.breaks)
        cures = [row.mended] if row.mended else self.finds(row)
        if row.mended:
            self.finds(row)
        self.machine.run("set -e\n" + "\n".join(cures))
        until(f"{row.check} to be well", lambda: self.is_well(row.check), 60)

    def walk(self):
        for group, rows in GROUPS.items():
            print(f"\n== Broken: {group}", flush=True)
            for row in rows:
                self.suffers(row)
            self.world.writes_to("ann@remotes.club", "ann@gmail.example",
                                 f"after {group}")
        assert self.is_well(), self.wrong()
        print(f"-- found and mended: {sum(map(len, GROUPS.values()))}",
              flush=True)
