# SPDX-License-Identifier: MIT
"""Each rule of docs.py can fail: sound documentation, spoilt in one place at
a time."""

import subprocess
import sys
from pathlib import Path

import pytest

import docs

PAGE_HEAD = (".Dd November 22, 2026\n.Dt POSTWARD {}\n.Os\n"
             ".Sh NAME\n.Nm postward\n.Nd test\n.Sh DESCRIPTION\n")
PAGE_TAIL = ".El\n"

SOUND = {
    docs.SETTINGS: """
static const struct config_key keys[] = {
    {"", "hostname", CONFIG_TEXT, .def = ""},
    {"", "domains", CONFIG_LIST, .def = "", .wrong = wrong_domain},
    {"policyd", "listen", CONFIG_LIST,
	.def = "unix:/policyd"},
    {"policyd", "max-connections", CONFIG_NUMBER, .def = "1000"},
    {"forwarder", "max-connections", CONFIG_NUMBER, .def = "1000"},
    {"check", "mode", CONFIG_CHOICE, .titled = true},
    {"dnsbl", "mode", CONFIG_CHOICE, .titled = true},
};
""",
    docs.EXAMPLE: """\
# Prose with hidden = "key" and braces }.
#hostname = "mx.example.org"
domains = { "a.example",
    "b#{.example" }   # one = two
policyd { listen = { "unix:/policyd" }  max-connections = 1000 }
forwarder {
	#max-connections = 1000
}
#check "helo" {
#	mode = "shadow"
#}
dnsbl "zen.example" {
	# the usual
	mode = "enforce"
}
""",
    docs.PAGE: PAGE_HEAD.format(5) + """\
.Ss Top of the file
.Bl -tag -width Ds
.It Cm hostname
.It Cm domains
Values are
.Li reject
and
.Cm other .
.El
.Ss policyd and forwarder
.Bl -tag -width Ds
.It Cm max-connections Ar number
Many.
.El
.Ss policyd
.Bl -tag -width Ds
.It Cm listen
Where.
.El
.Ss check NAME
.Bl -tag -width Ds
.It Cm mode
How.
.El
.Ss dnsbl ZONE
.Cm mode , other
as above.
.Sh FILES
.Bl -tag -width Ds
.It Pa /etc/x
A file.
""" + PAGE_TAIL,
    "cli/main.c": """
static const struct command commands[] = {
    {"check", NULL, "", 0, 0, JSON | WITH_DNS,
	"look", "", check_run},
    {"account", "add", "ADDRESS", 1, 1, 0, "give", "", account_add_run},
};
static const char *const columns[] = {"Address", "State", "Created"};
""",
    "cli/option_table.c": '    [OPTION_JSON] = {"json", NULL, "print JSON"},\n',
    "cli/CMakeLists.txt":
        "postward_program(postward SOURCES main.c MANUAL postward.1)\n",
    docs.MANUAL: PAGE_HEAD.format(1) + """\
.Bl -tag -width Ds
.It Fl -json
JSON.
.It Cm check
Look.
.It Cm account add Ar address
Give.
""" + PAGE_TAIL,
}

# File, what is replaced by what, what is said about it.
SPOILT = [
    ("key missing in the example", docs.EXAMPLE, "#hostname", "# hostname",
     "conf/postward.conf:1: does not tell of hostname"),
    ("key in the wrong section", docs.EXAMPLE, "forwarder {", "policyd {",
     "conf/postward.conf:1: does not tell of forwarder max-connections"),
    ("unknown key in the example", docs.EXAMPLE, "#hostname", "#hostnme",
     "conf/postward.conf:2: there is no hostnme"),
    ("unknown key in a section", docs.EXAMPLE, "\tmode =", "\tmood =",
     "conf/postward.conf:14: there is no dnsbl mood"),
    ("key missing in the page", docs.PAGE, ".It Cm hostname\n", "",
     "conf/postward.conf.5:1: does not tell of hostname"),
    ("not mentioned", docs.PAGE, ".Cm mode , other\n", "",
     "conf/postward.conf.5:1: does not tell of dnsbl mode"),
    ("one section of two", docs.PAGE, "policyd and forwarder", "policyd",
     "conf/postward.conf.5:1: does not tell of forwarder max-connections"),
    ("unknown key in the page", docs.PAGE, ".It Cm listen", ".It Cm lisen",
     "there is no policyd lisen"),
    ("new key in the code", docs.SETTINGS, '{"", "hostname"',
     '{"", "new", CONFIG_TEXT},\n    {"", "hostname"',
     "conf/postward.conf:1: does not tell of new"),
    ("path in the example", docs.EXAMPLE, "#hostname =",
     '#hostname = "/etc/hostname"\n#hostname =',
     "lib/program/settings.c:1: hostname is the path of a file"),
    ("path by default", docs.SETTINGS, 'CONFIG_TEXT, .def = ""',
     'CONFIG_TEXT,\n\t.def = POSTWARD_NAME',
     "lib/program/settings.c:1: hostname is the path of a file"),
    ("table that is not found", docs.SETTINGS, "CONFIG_", "KEY_",
     "lib/program/settings.c:1: no table of keys"),
    ("command missing", docs.MANUAL, ".It Cm account add", ".It Cm check",
     "cli/postward.1:1: does not tell of account add"),
    ("command without group missing", docs.MANUAL, ".It Cm check\nLook.\n", "",
     "cli/postward.1:1: does not tell of check"),
    ("unknown command", docs.MANUAL, "account add", "account ad",
     "cli/postward.1:13: there is no account ad"),
    ("option missing", docs.MANUAL, "-json", "-json-lines",
     "cli/postward.1:1: does not tell of --json"),
    ("commands that are not found", "cli/main.c", '    {"', '    {.group = "',
     "cli: no table of commands"),
    ("program without a page", "cli/CMakeLists.txt", " MANUAL postward.1", "",
     "cli/CMakeLists.txt:1: postward has no manual page"),
    ("page that is missing", "cli/CMakeLists.txt", "postward.1", "other.8",
     "postward has no manual page: cli/other.8 is missing"),
    ("page that mandoc dislikes", docs.MANUAL, ".El", ".Xx",
     "cli/postward.1:15:2: ERROR: skipping unknown macro"),
]


def build(root, layout):
    for name, text in layout.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_sound_documentation_has_no_problems(tmp_path):
    build(tmp_path, SOUND)
    assert list(docs.problems(tmp_path)) == []


@pytest.mark.parametrize("name, old, new, problem",
                         [row[1:] for row in SPOILT],
                         ids=[row[0] for row in SPOILT])
def test_spoilt_documentation_is_refused(tmp_path, name, old, new, problem):
    assert old in SOUND[name]
    build(tmp_path, SOUND | {name: SOUND[name].replace(old, new)})
    found = list(docs.problems(tmp_path))
    assert [line for line in found if problem in line], found


@pytest.mark.parametrize("name", [docs.EXAMPLE, docs.PAGE, docs.MANUAL])
def test_a_missing_file_is_told(tmp_path, name):
    build(tmp_path, {key: text for key, text in SOUND.items() if key != name})
    assert f"{name}:1: no such file" in list(docs.problems(tmp_path))


@pytest.mark.parametrize("left_out, status", [([], 0), ([docs.MANUAL], 1)])
def test_the_exit_status_tells(tmp_path, left_out, status):
    build(tmp_path, {key: text for key, text in SOUND.items()
                     if key not in left_out})
    script = Path(docs.__file__).resolve()
    run = subprocess.run([sys.executable, script, tmp_path],
                         cwd="/", capture_output=True, text=True)
    assert run.returncode == status, run.stderr
    assert bool(run.stdout) == bool(status)
