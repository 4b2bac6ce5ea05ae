# SPDX-License-Identifier: MIT
"""The rule of names.py can fail: a house of sound names, spoilt by one or a
few at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

import names


def function(name):
    return f"static int\n{name}(void)\n{{\n\treturn 0;\n}}\n"


def house(root, **files):
    """lib/net with a hundred functions, and what is given by file, in
    lib/net and in cli."""
    texts = {"lib/net/many.c": "".join(function(f"many_{n}")
                                       for n in range(100)),
             "lib/net/CMakeLists.txt":
                 "postward_library(net SOURCES many.c one.c)\n",
             "cli/CMakeLists.txt":
                 "postward_program(postward SOURCES two.c DEPENDS net)\n"}
    for key, text in files.items():
        texts[{"one": "lib/net/one.c", "two": "cli/two.c",
               "test": "tests/unit/net/test_one.c"}[key]] = text
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_names_of_their_own_are_sound(tmp_path):
    root = house(tmp_path, one=function("list_find") + function("find"),
                 two=function("row_find") + function("main"),
                 test=function("find") + function("list_find"))
    (root / "lib/net/more.c").write_text(function("main"))
    assert list(names.problems(root)) == []


def test_one_word_must_be_the_only_one(tmp_path):
    root = house(tmp_path, one=function("find"), two=function("find"))
    assert list(names.problems(root)) == [
        "cli/two.c:2: find is one word, and not the only one: say of what",
        "lib/net/one.c:2: find is one word, and not the only one: say of "
        "what"]


def test_a_few_may_share_a_name(tmp_path):
    root = house(tmp_path, one=function("is_digit"), two=function("is_digit"))
    assert list(names.problems(root)) == []


def test_four_in_a_hundred_are_too_many(tmp_path):
    both = function("is_digit") + function("is_alpha")
    root = house(tmp_path, one=both, two=both)
    assert list(names.problems(root)) == []  # 4 of 104
    many = root / "lib/net/many.c"
    many.write_text("".join(function(f"many_{n}") for n in range(96)))
    assert list(names.problems(root)) == [
        "4 of 100 functions have a name that another has too: let it be "
        "fewer than 4 %",
        "cli/two.c:7: is_alpha is defined more than once",
        "lib/net/one.c:7: is_alpha is defined more than once",
        "cli/two.c:2: is_digit is defined more than once",
        "lib/net/one.c:2: is_digit is defined more than once"]


def test_attributes_prototypes_and_calls_are_no_definitions(tmp_path):
    text = ("__attribute__((format(printf, 1, 2))) static int\n"
            "refuse_{0}(const char *format, ...)\n{{\n\tlook(1);\n}}\n"
            "struct place *\nplace_of(\n    int n);\n")
    root = house(tmp_path, one=text.format("name") + function("one_more"),
                 two=text.format("title") + function("two_more"))
    assert list(names.problems(root)) == []


@pytest.mark.parametrize("other, status", [("other", 0), ("find", 1)])
def test_the_exit_status_tells(tmp_path, other, status):
    house(tmp_path, one=function("find"), two=function(other))
    script = Path(names.__file__).resolve()
    run = subprocess.run([sys.executable, script, tmp_path],
                         cwd="/", capture_output=True, text=True)
    assert run.returncode == status, run.stderr
    assert bool(run.stdout) == bool(status)
