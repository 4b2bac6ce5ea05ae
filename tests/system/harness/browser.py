# SPDX-License-Identifier: MIT
"""browser - headless Chromium, as its user sees it: what stands there, where
the focus is, and what is hard to read, to reach or to understand."""

import base64
import json
import os
import pathlib
import shutil
import urllib.parse

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chromium.remote_connection import (
    ChromiumRemoteConnection)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from .postward import answers, build
from .stage import free_port, until

CHROMEDRIVER = "/usr/bin/chromedriver"

# Nothing but what is here may be asked for.
ARGUMENTS = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--no-proxy-server", "--disable-sync",
             "--disable-background-networking", "--disable-extensions",
             "--disable-component-update", "--disable-default-apps",
             "--hide-scrollbars",
             "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]

PROBLEMS = (pathlib.Path(__file__).parent / "problems.js").read_text()


def screenshots():
    folder = pathlib.Path(os.environ.get("POSTWARD_SCREENSHOTS")
                          or build() / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Browser:
    """width: of the window, in CSS pixels.  scripts: may pages have any?"""

    def __init__(self, stage, width, scripts=True, name="chromium"):
        self._name, self._width = name, width
        self._shots = 0
        self.driver = self._start(stage, scripts)
        stage.keep(self)
        self._resize(width)

    def _start(self, stage, scripts):
        if not (shutil.which("chromium") and os.path.exists(CHROMEDRIVER)):
            pytest.skip("chromium or chromedriver is not installed")
        home = stage.folder / self._name
        home.mkdir()
        port = free_port()
        program = stage.start(f"{self._name}.driver", "env", f"HOME={home}",
                              f"TMPDIR={home}", CHROMEDRIVER, f"--port={port}")
        until("chromedriver's start", lambda: program.status is not None
              or answers(("127.0.0.1", port)))
        if program.status is not None:
            pytest.skip(f"chromedriver does not start: {program.log()}")
        options = webdriver.ChromeOptions()
        options.binary_location = str(self._executable(home))
        for argument in [*ARGUMENTS, f"--user-data-dir={home}/profile",
                         *(["--no-sandbox"] if os.geteuid() == 0 else [])]:
            options.add_argument(argument)
        if not scripts:
            options.add_experimental_option("prefs", {
                "profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {
            "browser": "ALL", "performance": "ALL"})
        try:
            return webdriver.Remote(
                ChromiumRemoteConnection(f"http://127.0.0.1:{port}", "goog",
                                         "chrome", ignore_proxy=True),
                options=options)
        except WebDriverException as trouble:
            pytest.skip(f"chromium does not start: {trouble.msg}")

    @staticmethod
    def _executable(home):
        """Chromium that ends with its driver, however that one ends."""
        script = home / "chromium"
        script.write_text("#!/bin/sh\nexec setpriv --pdeathsig TERM -- "
                          '/usr/bin/chromium "$@"\n')
        script.chmod(0o755)
        return script

    def close(self):
        """Its driver ends it."""
        self.driver.quit()

    def devtools(self, command, **parameters):
        return self.driver.execute("executeCdpCommand", {
            "cmd": command, "params": parameters})["value"]

    def _resize(self, width):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width,
                      height=800, deviceScaleFactor=1, mobile=False)

    def _colours(self, scheme):
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def ask(self, script, *arguments):
        return self.driver.execute_script(f"return {script}", *arguments)

    def get(self, url):
        self.driver.get(url)

    @property
    def heading(self):
        return self.ask("document.querySelector('h1').innerText")

    @property
    def text(self):
        return self.ask("document.querySelector('main').innerText")

    # ---- the keyboard

    def press(self, *keys):
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def tab(self):
        """What has the focus after one more Tab: an id, or the text; what
        cannot be seen of it is a problem."""
        self.press(Keys.TAB)
        return self.focus()

    def focus(self):
        found = self.driver.execute_script(PROBLEMS + "return focus();")
        assert found["problems"] == [], found
        return found["name"]

    def enter(self):
        """On a link or a button; returns when another page is there."""
        self.ask("(document.documentElement.dataset.old = 'yes')")
        self.press(Keys.ENTER)
        until("another page", lambda: self.ask(
            "document.readyState === 'complete' && "
            "!document.documentElement.dataset.old"))

    def follow_to(self, field):
        """Enter on a link within the page."""
        self.press(Keys.ENTER)
        until(f"the focus on {field}", lambda: self.focus() == field)

    def replace(self, text):
        """All that stands in the field."""
        ActionChains(self.driver, duration=0).key_down(Keys.CONTROL) \
            .send_keys("a").key_up(Keys.CONTROL).send_keys(text).perform()

    # ---- looking at a page

    def look(self, what):
        """Screenshots in both colours, and everything that is wrong with the
        page: at its width, and on the narrowest phone."""
        problems = []
        for scheme in "light", "dark":
            self._colours(scheme)
            for width in {self._width, 320}:
                self._resize(width)
                problems += [f"{what}, {scheme}, {width} px: {problem}"
                             for problem in self._problems()]
            self._resize(self._width)
            self.picture(f"{what}-{scheme}")
        self._colours("light")
        return problems + self._complaints()

    def _problems(self):
        return self.driver.execute_script(PROBLEMS + "return problems();")

    def picture(self, what):
        """Of the whole page, left in the folder of screenshots()."""
        self._shots += 1
        size = self.ask("[document.documentElement.clientWidth, "
                        "document.documentElement.scrollHeight]")
        picture = self.devtools(
            "Page.captureScreenshot", captureBeyondViewport=True, clip={
                "x": 0, "y": 0, "width": size[0], "height": size[1],
                "scale": 1})
        name = f"{self._name}-{self._shots:02}-{what}.png"
        (screenshots() / name).write_bytes(base64.b64decode(picture["data"]))

    def _complaints(self):
        """Of the console, but that a page of ours is an error's; and what was
        asked of others."""
        found = [entry["message"] for entry in self.driver.get_log("browser")
                 if not (entry["source"] == "network" and
                         "the server responded with a status of 4"
                         in entry["message"])]
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                url = urllib.parse.urlsplit(
                    event["params"]["request"]["url"])
                # The others are Chromium's own: chrome, data.
                if url.scheme in ("http", "https", "ws", "wss") \
                        and url.hostname != "127.0.0.1":
                    found.append(f"asks for {url.geturl()}")
        return found
