"""Firefox and WebKit, driven by what they speak themselves: WebDriver BiDi and plain WebDriver."""

import glob
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import websocket

FIREFOXES = ("firefox-esr", "firefox")
MINIBROWSERS = ("/usr/lib/*/webkit2gtk-4*/MiniBrowser", "/usr/libexec/webkit2gtk-4*/MiniBrowser")
# Whatever Firefox wants from the network goes to a port where nobody listens.
PREFERENCES = """
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1"); user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1"); user_pref("network.proxy.ssl_port", 9);
user_pref("app.update.enabled", false); user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.shell.checkDefaultBrowser", false); user_pref("browser.startup.page", 0);
"""


class MissingError(Exception):
    """This browser is not on this machine; the message says what would be needed."""


class _Driven:
    """A browser process with what it leaves behind."""

    def __init__(self):
        self.processes, self.folder = [], Path(tempfile.mkdtemp())

    def start(self, *command, **settings):
        process = subprocess.Popen(list(map(str, command)), **settings)
        self.processes.append(process)
        return process

    def close(self):
        """End what was started, the last first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Firefox(_Driven):
    """Stock Firefox over WebDriver BiDi."""

    socket = None

    def begin(self):
        """Start it and open a session."""
        found = next(filter(None, map(shutil.which, FIREFOXES)), None)
        if not found:
            raise MissingError("Firefox is not installed (on Debian: apt-get install firefox-esr)")
        (self.folder / "user.js").write_text(PREFERENCES, encoding="utf-8")
        said = self.folder / "said"
        with said.open("wb") as log:
            self.start(found, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", self.folder,
                       stdout=log, stderr=log)  # fmt: skip
        address = _until(lambda: re.search(r"BiDi listening on (ws://\S+)", said.read_text(errors="replace")))[1]
        self.socket, self.number = (
            websocket.create_connection(f"{address}/session", timeout=60, suppress_origin=True),
            0,
        )
        self.call("session.new", capabilities={})
        self.context = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method, **params):
        """Send a command and wait for its answer, past any event."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def open(self, url):
        """Go to a page and wait until it is loaded."""
        self.call("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def ask(self, expression):
        """Evaluate a JavaScript expression."""
        told = self.call("script.evaluate", expression=f"JSON.stringify({expression} ?? null)",
                         target={"context": self.context}, awaitPromise=False)  # fmt: skip
        assert told["type"] == "success", told
        return json.loads(told["result"]["value"])

    def close(self):
        if self.socket:
            self.socket.close()
        super().close()


class WebKit(_Driven):
    """WebKitGTK's MiniBrowser over WebDriver, on a display of its own where there is none."""

    session = None

    def begin(self):
        """Start it and open a session."""
        driver, browser = shutil.which("WebKitWebDriver"), sorted(sum(map(glob.glob, MINIBROWSERS), []))
        display = os.environ.get("DISPLAY")
        if not (driver and browser and (display or shutil.which("Xvfb"))):
            raise MissingError("WebKit is not installed (on Debian: apt-get install webkit2gtk-driver xvfb)")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        display = display or self._display()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        # Driver and browser would talk to each other through a proxy, if there were one.
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment |= {"DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1", "GDK_BACKEND": "x11"}
        self.start(driver, f"--port={port}", env=environment, **quiet)
        self.address = f"http://127.0.0.1:{port}"
        _until(self._ready)
        wanted = {"browserName": "MiniBrowser",
                  "webkitgtk:browserOptions": {"binary": browser[-1], "args": ["--automation"]}}  # fmt: skip
        made = self.call("POST", "/session", capabilities={"alwaysMatch": wanted})
        self.session = f"/session/{made['sessionId']}"

    def _display(self):
        said, write = os.pipe()
        self.start("Xvfb", "-displayfd", write, "-screen", "0", "1280x900x24", "-nolisten", "tcp", pass_fds=[write],
                   stderr=subprocess.DEVNULL)  # fmt: skip
        os.close(write)
        with os.fdopen(said) as told:
            return f":{told.readline().strip()}"

    def _ready(self):
        try:
            return self.call("GET", "/status")
        except urllib.error.URLError:
            return None

    def call(self, verb, path, **body):
        """Send a command and return its value."""
        data = json.dumps(body).encode() if verb == "POST" else None
        asked = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=verb)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
        try:
            with opener.open(asked, timeout=60) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def open(self, url):
        """Go to a page and wait until it is loaded."""
        self.call("POST", f"{self.session}/url", url=url)

    def ask(self, expression):
        """Evaluate a JavaScript expression."""
        script = f"return JSON.stringify({expression} ?? null)"
        return json.loads(self.call("POST", f"{self.session}/execute/sync", script=script, args=[]))

    def close(self):
        if self.session:
            self.call("DELETE", self.session)
        super().close()


def _until(look, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing after {seconds} s")
