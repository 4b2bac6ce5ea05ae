# SPDX-License-Identifier: MIT
"""island - this test's own network and files of /etc: its ports are its own,
its host has the addresses that it likes, and nobody else is there."""

import ctypes
import os
import subprocess

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000


def missing():
    """Why there can be none; "": there can."""
    tried = subprocess.run(["unshare", "--mount", "--net", "true"],
                           capture_output=True, text=True, check=False)
    return tried.stderr.strip()


def move_to(*addresses):
    """This thread, and all that it starts from here on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    run("mount", "--make-rprivate", "/")
    run("ip", "link", "set", "lo", "up")
    for address in addresses:
        run("ip", "address", "add", address, "dev", "lo")


def put(file, path):
    """The file is seen at that path, too."""
    run("mount", "--bind", file, path)


def run(*command):
    subprocess.run(command, check=True, capture_output=True)
