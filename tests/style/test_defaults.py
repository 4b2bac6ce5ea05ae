# SPDX-License-Identifier: MIT
"""Each rule of defaults.py can fail: defaults that agree, spoilt in one place
at a time."""

import pytest

import defaults

CHECK_FILE = "lib/policy/check_all.c"

SOUND = {
    defaults.SETTINGS: """
static const struct config_key keys[] = {
    {"", "hostname", CONFIG_TEXT, .def = ""},
    {"log", "to", CONFIG_CHOICE, .def = "syslog", .choices = targets},
    {"policyd", "listen", CONFIG_LIST,
	.def = "unix:/policyd", .wrong = wrong_listen},
    {"forwarder", "listen", CONFIG_LIST, .def = "unix:/forwarder"},
    {"policyd", "group", CONFIG_TEXT, .def = "postfix"},
    {"forwarder", "group", CONFIG_TEXT, .def = "postfix", TO(group)},
    {"mailer", "retry-min", CONFIG_DURATION, .def = "30s"},
    {"mailer", "retry-max", CONFIG_DURATION, .def = "30m"},
    {"mailer", "templates", CONFIG_TEXT, .def = POSTWARD_TEMPLATES},
    {"check", "on-temp-error", CONFIG_CHOICE, .titled = true},
    {"rhsbl", "of", CONFIG_LIST, .def = "helo,sender", .titled = true},
    {"rhsbl", "codes", CONFIG_LIST, .def = "127.0.0.2", .titled = true},
    {"rhsbl", "points", CONFIG_NUMBER, .low = -9},
};
""",
    defaults.PLACES: """
	POSTWARD_TEMPLATES="${CMAKE_INSTALL_FULL_SYSCONFDIR}/postward/texts")
""",
    CHECK_FILE: """
const struct check check_spf = {
    .def = CHECK_REJECTS_OR_DEFERS,
};

const struct check check_helo_self = {
    .def = CHECK_REJECTS,
};
""",
    defaults.POINTS: "#define CHECK_POINTS 5\n",
    defaults.EXAMPLE: """\
# Default: the machine's name.
#hostname = "mx.example.org"
log {
	#to = "syslog"    # or "stderr"
}
policyd {
	#listen = { "unix:/policyd" }
	#group = "postfix"
}
mailer {
	#retry-min = "30s"
	#templates = "/etc/postward/texts"
}
#rhsbl "zen.example" {
#	codes = { "127.0.1.2" }    # default: 127.0.0.2
#	of = { "helo", "sender" }
#	points = 5
#}
""",
    defaults.PAGE: """\
.Ss Top of the file
.It Cm hostname
Default: the machine's name.
.Ss log
.It Cm to
.Li syslog ,
the default, or
.Li stderr .
.Ss policyd and forwarder
.It Cm listen
Where.
Default:
.Pa unix:/policyd
and
.Pa unix:/forwarder .
.It Cm group
Default: postfix.
.Ss mailer
.It Cm retry-min , retry-max
Default: 30s and 30m; more is not needed.
.It Cm templates
Default:
.Pa /etc/postward/texts .
.Ss check NAME
.It Cm on-temp-error
Default: accept; for spf: defer.
.Ss rhsbl ZONE
.It Cm codes
Default: 127.0.0.2.
.It Cm of
Default: helo and sender.
.It Cm points
Default: 5.
""",
}

# File, what is replaced by what, what is said about it.
SPOILT = [
    ("another default in the code", defaults.SETTINGS, '"syslog"', '"stderr"',
     ["conf/postward.conf:4: log to defaults to stderr, not syslog",
      "conf/postward.conf.5:5: log to defaults to stderr, not syslog"]),
    ("another in the sample", defaults.EXAMPLE, '"30s"', '"31s"',
     ["conf/postward.conf:11: mailer retry-min defaults to 30s, not 31s"]),
    ("an example without its default", defaults.EXAMPLE, "# default: ", "# ",
     ["conf/postward.conf:15: rhsbl codes defaults to 127.0.0.2, "
      "not 127.0.1.2"]),
    ("an item less in a list", defaults.EXAMPLE, '"helo", ', "",
     ["conf/postward.conf:16: rhsbl of defaults to helo,sender, "
      "not sender"]),
    ("another place", defaults.PLACES, "texts", "templates",
     ["conf/postward.conf:12: mailer templates defaults to "
      "/etc/postward/templates, not /etc/postward/texts",
      "conf/postward.conf.5:21: mailer templates defaults to "
      "/etc/postward/templates, not /etc/postward/texts"]),
    ("another in the page", defaults.PAGE, "30m;", "1h;",
     ["conf/postward.conf.5:19: mailer retry-min , retry-max defaults to "
      "30s, 30m, not 30s, 1h"]),
    ("one section of two", defaults.PAGE, ".Pa unix:/forwarder .",
     ".Pa unix:/other .",
     ["conf/postward.conf.5:10: policyd listen defaults to unix:/policyd, "
      "unix:/forwarder, not unix:/policyd, unix:/other"]),
    ("not told", defaults.PAGE, "Default: postfix.", "Who may connect.",
     ["conf/postward.conf.5:16: does not tell the default of policyd group: "
      "postfix"]),
    ("points of checks", defaults.POINTS, "5", "6",
     ["conf/postward.conf:17: rhsbl points defaults to 6, not 5",
      "conf/postward.conf.5:32: rhsbl points defaults to 6, not 5"]),
    ("a check that defers", CHECK_FILE, "= CHECK_REJECTS,",
     "= CHECK_REJECTS_OR_DEFERS,",
     ["conf/postward.conf.5:1: on-temp-error of helo_self, spf is defer, "
      "not that of spf"]),
]


def made(root, changes=()):
    files = {**SOUND, **dict(changes)}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_what_agrees_is_sound(tmp_path):
    assert list(defaults.problems(made(tmp_path))) == []


@pytest.mark.parametrize("file, old, new, said",
                         [row[1:] for row in SPOILT],
                         ids=[row[0] for row in SPOILT])
def test_finds(tmp_path, file, old, new, said):
    assert old in SOUND[file]
    root = made(tmp_path, {file: SOUND[file].replace(old, new, 1)}.items())
    assert list(defaults.problems(root)) == said


def test_says_that_there_is_no_table(tmp_path):
    root = made(tmp_path, {defaults.SETTINGS: ""}.items())
    assert "lib/program/settings.c:1: no table of keys" in \
        list(defaults.problems(root))
