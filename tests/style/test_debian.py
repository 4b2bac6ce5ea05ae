# SPDX-License-Identifier: MIT
"""Each rule of debian.py can fail: a sound source, spoilt in one place."""

import pytest

import debian

SOUND = {
    "CMakeLists.txt": "project(postward VERSION 1.2.3 LANGUAGES C\n",
    "debian/changelog": "postward (1.2.3) unstable; urgency=medium\n",
    "debian/control": "Source: postward\nBuild-Depends: debhelper-compat (= 13),\n"
                      "               cmake (>= 3.25),\n"
                      "               libx-dev,\n"
                      "               pkgconf | pkg-config,\nPackage: postward\n",
    "tools/deps": 'build="build-essential cmake pkg-config\n\tlibx-dev"\n',
    "debian/postward.postinst": "#!/bin/sh\n#DEBHELPER#\n",
}


def written(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return list(debian.wrong(root))


def test_nothing_is_wrong_with_what_is_sound(tmp_path):
    assert written(tmp_path, SOUND) == []


@pytest.mark.parametrize("name, old, new, line", [
    ("debian/changelog", "1.2.3", "1.2.2",
     "debian/changelog: 1.2.2; CMakeLists.txt: 1.2.3"),
    ("tools/deps", "libx-dev", "libx-dev liby-dev",
     "debian/control: Build-Depends has no liby-dev; tools/deps has it"),
    ("debian/control", "libx-dev", "libx-dev, liby-dev",
     "tools/deps: no liby-dev; debian/control has it"),
    ("debian/postward.postinst", "#DEBHELPER#\n", "",
     "debian/postward.postinst: no #DEBHELPER#"),
])
def test_what_is_spoilt_is_seen(tmp_path, name, old, new, line):
    spoilt = {**SOUND, name: SOUND[name].replace(old, new)}
    assert written(tmp_path, spoilt) == [line]
