"""A real Jupyter server, and a notebook in it as its reader has it: through menu, mouse and keyboard."""

import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Locator, expect

BOOK = Path(__file__).resolve().parents[2] / "book"
QUIET = {"fetchNews": "false", "checkForUpdates": False}  # Lab's own notifications would look for news
OWN = re.compile(r"/static/(lab|notebook)/")  # Jupyter's own scripts; the widget manager and anywidget lie elsewhere
READY = """() => document.querySelector(".jp-Notebook-ExecutionIndicator")?.dataset.status === "idle"
  && /Python/.test(document.querySelector(".jp-KernelName, .jp-Toolbar-kernelName")?.textContent)"""
RAN = """before => {
  const cells = [...document.querySelectorAll(".jp-Notebook .jp-CodeCell")], last = cells.pop();
  const written = cells.flatMap((cell) => [...cell.querySelectorAll("[data-mime-type$='.stderr']")]);
  const errors = written.filter((output) => /Traceback \\(most|^\\w*Error: /m.test(output.textContent));
  const prompt = last.querySelector(".jp-InputPrompt").textContent;
  return errors.length ? errors[0].textContent : /\\d/.test(prompt) && prompt !== before ? " " : false;
}"""
LONG = 60_000  # ms; a machine may be busy with other things


def write_notebook(path: Path, cells: list[str]) -> Path:
    """Write a notebook of these code cells."""
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    cells = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


@contextlib.contextmanager
def served(app: str, home: Path):
    """Run `jupyter lab` or `jupyter notebook` on the folder home/notebooks, as `make live` does; yield its Server.

    Settings, workspaces and runtime files are in `home` too: the reader's own are neither read nor changed.

    Raises:
        RuntimeError: if it does not answer within three minutes, with the end of its log.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, log = secrets.token_hex(16), home / f"{app}.log"
    (home / "notebooks").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "jupyter", app, "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    command += [f"--notebook-dir={home / 'notebooks'}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=_environment(home), stdout=output, stderr=output, start_new_session=True
        )
    try:
        server = Server(app, f"http://127.0.0.1:{port}/", token, home / "notebooks")
        server.wait(process, log)
        yield server
    finally:
        _end(process)


def _environment(home: Path) -> dict[str, str]:
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(QUIET))
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    others = {name: value for name, value in os.environ.items() if name != "FUSIONBOOK_BUILD"}
    own = {name: str(home / place) for name, place in places.items()}
    # One thread: on a busy machine, threads that wait for one another take ten times as long.
    return others | own | {"PYTHONPATH": str(BOOK), "OMP_NUM_THREADS": "1"}


def _end(process: subprocess.Popen):
    """Ask the server to end, which ends its kernels too; kill its whole group if it does not."""
    for step in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, step)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)


class Server:
    """A running server and the folder it shows."""

    def __init__(self, app: str, address: str, token: str, folder: Path):
        self.folder, self._address, self._token = folder, address, token
        self._place = {"lab": "lab/tree", "notebook": "notebooks"}[app]

    def wait(self, process: subprocess.Popen, log: Path, seconds: float = 180):
        """Return once the server answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(self._at("api/status"), timeout=5).close()
                return
            time.sleep(0.1)
        raise RuntimeError(f"Jupyter did not answer within {seconds} s:\n{log.read_text()[-3000:]}")

    def _at(self, path: str) -> str:
        return f"{self._address}{path}?token={self._token}"

    @contextlib.contextmanager
    def open(self, browser: Browser, name: str):
        """Open a notebook of the folder in a context of its own; yield it once its kernel is idle."""
        context = browser.new_context(viewport={"width": 1400, "height": 1800})
        context.set_default_timeout(LONG)
        try:
            notebook = Notebook(context.new_page())
            notebook.page.goto(self._at(f"{self._place}/{name}") + "&reset")  # no tabs from the last visit
            notebook.page.wait_for_function(READY)
            yield notebook
        finally:
            context.close()


class Notebook:
    """An open notebook.

    Attributes:
        page: Playwright's page.
        errors: what went wrong in the page so far, Jupyter's own troubles left out.
    """

    def __init__(self, page):
        self.page, self.errors = page, []
        page.on("pageerror", lambda error: self._note(error.stack or error.message, error.stack or ""))
        page.on("console", lambda said: said.type == "error" and self._note(said.text, said.location["url"]))

    def _note(self, text: str, where: str):
        if not OWN.search(where) or "blob:" in text:
            self.errors.append(f"{text} ({where})")

    def menu(self, *path: str):
        """Choose an entry of the menu bar."""
        for name in path:
            entries = self.page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel")
            entries.filter(has_text=re.compile(f"^{re.escape(name)}$")).click()

    def run_all(self):
        """Run every cell, and return when the last is done.

        Raises:
            AssertionError: if a cell before the last fails, with what it said.
        """
        before = self.cell(-1).locator(".jp-InputPrompt").text_content()
        self.menu("Run", "Run All Cells")
        failed = self.page.wait_for_function(RAN, arg=before).json_value()
        assert not failed.strip(), failed

    def cell(self, number: int) -> Locator:
        """Return a code cell, the first being 0, the last -1."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def write(self, number: int, source: str):
        """Replace a cell's source by typing over it."""
        editor = self.cell(number).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(source)
        expect(editor).to_have_text(source.replace("\n", ""), timeout=LONG)

    def run(self, number: int) -> Locator:
        """Run a cell, and return its outputs when it is done."""
        prompt = self.cell(number).locator(".jp-InputPrompt")
        before = prompt.text_content()
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+Enter")
        self.page.wait_for_function(
            "([prompt, before]) => /\\d/.test(prompt.textContent) && prompt.textContent !== before",
            arg=[prompt.element_handle(), before],
        )
        return self.cell(number).locator(".jp-OutputArea-output")

    def say(self, source: str) -> str:
        """Run `source` in the last cell; return what it printed."""
        self.write(-1, source)
        return "".join(self.run(-1).all_text_contents()).strip()

    def explorer(self, number: int = 0) -> Locator:
        """Return an explorer, once it is drawn."""
        found = self.page.locator(".jp-OutputArea-output .explorer").nth(number)
        expect(found).to_have_attribute("data-ready", "true", timeout=LONG)
        return found
