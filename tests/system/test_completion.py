# SPDX-License-Identifier: MIT
"""`postward completion`: what bash and zsh complete, and that nothing of the
table is missing."""

import itertools
import re
import shutil
import subprocess

import pytest

from harness.postward import build

POSTWARD = build() / "bin/postward"

# Completes each line of standard input, at its end.
BASH = """
source {file}
complete -p postward >/dev/null || exit 1
compopt() {{ :; }}
while IFS= read -r line; do
	read -ra COMP_WORDS <<<"${{line//=/ = }}"
	[[ $line != *[\\ =] ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
	_postward
	echo "${{COMPREPLY[*]}}"
done
"""
# The completion's own builtins say what they were told.
ZSH = """
compadd() {{ shift; for it; do [[ $it != $PREFIX* ]] || print -rn -- "$it "; done }}
_files() {{ print -rn -- "FILES $* " }}
_message() {{ : }}
compset() {{ PREFIX=${{PREFIX#*=}} }}
while IFS= read -r line; do
	words=(${{=line}})
	[[ $line != *\\  ]] || words+=("")
	CURRENT=$#words PREFIX=$words[-1]
	source {file}
	print
done
"""
SHELLS = {"bash": ["bash", "--norc", "-c", BASH],
          "zsh": ["zsh", "-f", "-c", ZSH]}


def run(*argv):
    return subprocess.run([POSTWARD, *argv], text=True, check=True,
                          capture_output=True).stdout


@pytest.fixture(name="completed", params=SHELLS)
def completed_fixture(stage, request):
    """A function: what that shell makes of lines, as sets of words."""
    shell = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    file = stage.folder / "completion"
    file.write_text(run("completion", shell))
    *command, script = SHELLS[shell]

    def completed(lines):
        done = subprocess.run(
            [*command, script.format(file=file)], text=True, check=True,
            cwd=stage.folder, capture_output=True,
            input="".join(f"{line}\n" for line in lines))
        assert done.stderr == ""
        return [set(line.split()) for line in done.stdout.splitlines()]

    completed.shell = shell
    return completed


def commands():
    """Each as it is typed, from the overview: the words before its arguments."""
    table = run("--help").split("\n\n")[2]
    return [" ".join(itertools.takewhile(
        re.compile(r"[a-z-]+").fullmatch,
        re.split(r"  +", line.strip())[0].split()))
            for line in table.splitlines()]


def options(command):
    """From its help: --long and -s."""
    lines = run(*command.split(), "--help").splitlines()
    return {word for line in lines
            for word in re.findall(r"^  (?:(-\w), )?(--[\w-]+)", line)
            for word in word if word}


def test_every_command_and_every_option_of_it_is_completed(completed):
    names = commands()
    assert {"check", "dkim key add", "completion"} <= set(names)
    assert len(names) > 30
    begun = [f"postward {name.rpartition(' ')[0]} ".replace("  ", " ")
             for name in names]
    for name, words in zip(names, completed(begun)):
        assert name.rpartition(" ")[2] in words
    for name, words in zip(names, completed(
            f"postward {name} -" for name in names)):
        assert words == options(name), name


# (what is typed, what comes of it)
TYPED = [
    ("postward ch", {"check"}),
    ("postward dkim ", {"verify", "key", "record"}),
    ("postward dkim key r", {"rotate", "remove"}),
    ("postward -c some.conf dkim key r", {"rotate", "remove"}),
    ("postward --json dkim key r", {"rotate", "remove"}),
    ("postward --config=some.conf dkim key r", {"rotate", "remove"}),
    ("postward account add ", set()),
    ("postward account add ann@remotes.club --c", {"--config"}),
    ("postward completion ", {"bash", "zsh"}),
    ("postward explain --helo ", set()),
    ("postward explain --from ann --h", {"--help", "--helo"}),
    ("postward nonsense ", None),
]
FILES = ["postward auth ", "postward check -c ", "postward check --config=",
         "postward explain --message ", "postward dkim verify "]


def test_words_come_where_they_may_stand(completed):
    for (line, wanted), words in zip(TYPED, completed(
            line for line, _ in TYPED)):
        if wanted is not None:
            assert words == wanted, line


def test_files_come_where_they_may_stand(completed):
    for line, words in zip(FILES, completed(FILES)):
        assert ({"FILES"} if completed.shell == "zsh" else
                {"completion"}) <= words, line


def test_no_other_shell(stage):
    done = subprocess.run([POSTWARD, "completion", "fish"], text=True,
                          check=False, capture_output=True)
    assert done.returncode == 2
    assert "fish: expected bash or zsh" in done.stderr
