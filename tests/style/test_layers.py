# SPDX-License-Identifier: MIT
"""Each rule of layers.py can fail: a sound little house, spoilt in one place
at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

import layers

SOUND = {
    "lib/base/CMakeLists.txt": "postward_library(base SOURCES err.c)\n",
    "lib/base/err.h": "#pragma once\n\nint err(void);\n",
    "lib/base/err.c": '#include "base/err.h"\n\nint\nerr(void)\n{\n'
                      "\treturn 0;\n}\n",
    "lib/net/CMakeLists.txt": "postward_library(net\n\tSOURCES dns.c\n"
                              "\tDEPENDS base\n\tPACKAGES libcares)\n"
                              "target_link_libraries(net PRIVATE resolv)\n",
    "lib/net/dns.h": '#pragma once\n\n#include "base/err.h"\n\nint dns(void);\n',
    "lib/net/dns.c": '#include "net/dns.h"\n\n#include <net/if.h>\n\n'
                     '#include "net/private/key.h"\n',
    "lib/net/private/key.h": '#pragma once\n\n#include "net/dns.h"\n',
    "lib/policy/CMakeLists.txt":
        "postward_library(policy SOURCES check.c DEPENDS net)\n",
    "lib/policy/check.h": '#pragma once\n\n#include "base/err.h"\n',
    "lib/policy/check.c": '#include "policy/check.h"\n',
    "policyd/CMakeLists.txt":
        "# Parts (for tests).\nadd_library(parts STATIC answer.c)\n"
        "target_link_libraries(parts PUBLIC policy)\n"
        "postward_program(policyd SOURCES main.c DEPENDS parts)\n",
    "policyd/answer.h": '#pragma once\n\n#include "policy/check.h"\n',
    "policyd/answer.c": '#include "answer.h"\n\n#include "net/dns.h"\n',
    "policyd/main.c": '#include "answer.h"\n',
    "cli/CMakeLists.txt":
        "postward_program(postward SOURCES main.c part/look.c\n"
        "\tDEPENDS policy)\n",
    "cli/main.c": '#include "command.h"\n\n#include "policy/check.h"\n',
    "cli/command.h": "#pragma once\n",
    "cli/part/look.h": '#pragma once\n\n#include "command.h"\n',
    "cli/part/look.c": '#include "look.h"\n\n#include "policy/check.h"\n',
    "tests/unit/check.h": "#pragma once\n",
}

LONG_FUNCTION = "void\nlong_one(void)\n{\n" + "\t;\n" * 58 + "}\n"

SPOILT = [
    ("upward include", {"lib/base/err.c": '#include "base/err.h"\n'
                                          '#include "net/dns.h"\n'},
     "lib/base/err.c:2: lib/base may not include net/dns.h, only itself"),
    ("another room's private header",
     {"lib/policy/check.c": '#include "policy/check.h"\n'
                            '#include "net/private/key.h"\n'},
     "lib/policy/check.c:2: net/private/key.h is private to the sources of "
     "lib/net"),
    ("a private header in a public one",
     {"lib/net/dns.h": '#pragma once\n#include "net/private/key.h"\n'},
     "lib/net/dns.h:2: net/private/key.h is private to the sources of lib/net"),
    ("a public header that says it is private",
     {"lib/net/dns.h": "/*\n * dns - names.  Seen by\n * lib/net only.\n */\n"
                       "#pragma once\n"},
     "lib/net/dns.h:1: is for lib/net only: move it to lib/net/private"),
    ("in pointed brackets", {"lib/base/err.c": '#include "base/err.h"\n'
                                               "#include <net/dns.h>\n"},
     "lib/base/err.c:2: lib/base may not include net/dns.h"),
    ("undeclared neighbour", {"lib/net/dns.c": '#include "net/dns.h"\n\n'
                                               '#include "policy/check.h"\n'},
     "lib/net/dns.c:3: lib/net may not include policy/check.h, only base"),
    ("a library uses a program",
     {"lib/net/dns.c": '#include "net/dns.h"\n#include "policyd/answer.h"\n'},
     "lib/net/dns.c:2: lib/net may not include policyd/answer.h"),
    ("a program uses a program", {"cli/main.c": '#include "policyd/answer.h"\n'},
     "cli/main.c:1: cli may not include policyd/answer.h"),
    ("a part uses another program",
     {"cli/part/look.c": '#include "look.h"\n#include "policyd/answer.h"\n'},
     "cli/part/look.c:2: cli/part may not include policyd/answer.h"),
    ("a program uses its part", {"cli/main.c": '#include "part/look.h"\n'},
     "cli/main.c:1: cli may not include part/look.h"),
    ("not listed in a part", {"cli/part/stray.c": "\n"},
     "cli/part/stray.c:1: is not listed in cli/CMakeLists.txt"),
    ("a program links a program",
     {"cli/CMakeLists.txt":
      "\npostward_program(postward SOURCES main.c DEPENDS parts)\n"},
     "cli/CMakeLists.txt:2: cli may not depend on parts: policyd is a program"),
    ("a library links a program",
     {"lib/net/CMakeLists.txt":
      "postward_library(net SOURCES dns.c DEPENDS base parts)\n"},
     "lib/net/CMakeLists.txt:1: lib/net may not depend on parts"),
    ("cycle of targets",
     {"lib/base/CMakeLists.txt":
      "postward_library(base SOURCES err.c DEPENDS policy)\n"},
     "dependency cycle: base -> policy -> net -> base"),
    ("cycle of files", {"lib/base/err.h": '#pragma once\n'
                                          '#include "base/two.h"\n',
                        "lib/base/two.h": '#pragma once\n'
                                          '#include "base/err.h"\n'},
     "include cycle between files: "
     "lib/base/err.h -> lib/base/two.h -> lib/base/err.h"),
    ("cycle of folders", {"lib/base/err.c": '#include "base/err.h"\n'
                                            '#include "net/dns.h"\n'},
     "include cycle between folders: lib/base -> lib/net -> lib/base"),
    ("included source", {"policyd/main.c": '#include "answer.c"\n'},
     "policyd/main.c:1: answer.c is no header"),
    ("without the folder", {"lib/net/dns.c": '#include "dns.h"\n'},
     'lib/net/dns.c:1: write "net/dns.h"'),
    ("relative", {"policyd/main.c": '#include "../lib/base/err.h"\n'},
     'policyd/main.c:1: relative include "../lib/base/err.h"'),
    ("relative in a test", {"tests/unit/net/test_dns.c": '#include "./x.h"\n'},
     'tests/unit/net/test_dns.c:1: relative include "./x.h"'),
    ("own header not first", {"lib/net/dns.c": '#include "base/err.h"\n'
                                               '#include "net/dns.h"\n'},
     'lib/net/dns.c:1: the first include must be "net/dns.h"'),
    ("own header missing", {"policyd/answer.c": "\n"},
     'policyd/answer.c:1: the first include must be "answer.h"'),
    ("no pragma", {"lib/base/err.h": "int err(void);\n"},
     "lib/base/err.h:1: no #pragma once"),
    ("no pragma in a test", {"tests/unit/check.h": "\n"},
     "tests/unit/check.h:1: no #pragma once"),
    ("not alone", {"lib/base/two.h": "#pragma once\n\nsize_t two(void);\n"},
     "lib/base/two.h:1: does not compile alone: unknown type name"),
    ("not listed", {"lib/net/stray.c": "\n"},
     "lib/net/stray.c:1: is not listed in lib/net/CMakeLists.txt"),
    ("not listed in a program", {"cli/stray.c": "\n"},
     "cli/stray.c:1: is not listed in cli/CMakeLists.txt"),
    ("listed in a comment only",
     {"lib/net/stray.c": "\n", "lib/net/CMakeLists.txt":
      "postward_library(net SOURCES dns.c DEPENDS base)  # stray.c\n"},
     "lib/net/stray.c:1: is not listed in lib/net/CMakeLists.txt"),
    ("no CMakeLists.txt", {"lib/auth/spf.c": "\n"},
     "lib/auth/spf.c:1: lib/auth has no CMakeLists.txt"),
    ("long file", {"cli/main.c": "\n" * 501},
     "cli/main.c:501: 501 lines, over 500"),
    ("long header", {"lib/base/err.h": "#pragma once\n" + "\n" * 150},
     "lib/base/err.h:151: 151 lines, over 150"),
    ("long function", {"cli/main.c": LONG_FUNCTION},
     "cli/main.c:2: long_one has 61 lines, over 60"),
]


def build(root, *layouts):
    for layout in layouts:
        for name, text in layout.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def test_a_sound_house_has_no_problems(tmp_path):
    build(tmp_path, SOUND)
    assert list(layers.problems(tmp_path)) == []


@pytest.mark.parametrize("change, problem",
                         [row[1:] for row in SPOILT],
                         ids=[row[0] for row in SPOILT])
def test_a_spoilt_house_is_refused(tmp_path, change, problem):
    build(tmp_path, SOUND, change)
    found = list(layers.problems(tmp_path))
    assert [line for line in found if problem in line], found


def test_alone_is_enough(tmp_path):
    build(tmp_path, SOUND, {"lib/base/two.h":
                            "#pragma once\n\n#include <stddef.h>\n\n"
                            "size_t two(void);\n"})
    assert list(layers.problems(tmp_path)) == []


def test_as_long_as_allowed_is_allowed(tmp_path):
    build(tmp_path, SOUND, {
        "cli/main.c": "\n" * 439 + LONG_FUNCTION.replace("\t;\n", "", 1),
        "lib/base/err.h": "#pragma once\n" + "\n" * 149})
    assert list(layers.problems(tmp_path)) == []


@pytest.mark.parametrize("change, status", [({}, 0), (SPOILT[0][1], 1)])
def test_the_exit_status_tells(tmp_path, change, status):
    build(tmp_path, SOUND, change)
    script = Path(layers.__file__).resolve()
    run = subprocess.run([sys.executable, script, tmp_path],
                         cwd="/", capture_output=True, text=True)
    assert run.returncode == status, run.stderr
    assert bool(run.stdout) == bool(status)
