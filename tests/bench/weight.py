"""What a page loads, gzipped, and what it should not do: ask elsewhere, complain in the console.

Each file counts with its own gzipped size, as a web server would send it, whatever it is; the page's widget state
(the explorers' data and code) counts apart from the rest of the page.
"""

import gzip
import re
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser

from tests.bench.pages import HTML, built_pages, fresh_page, short
from tests.bench.report import Figure

STATE = re.compile(r'(<script type="application/vnd\.jupyter\.widget-state\+json">)(.*?)(</script>)', re.DOTALL)
QUIET = 1.5  # s without a request: MathJax loads after the page, and its fonts after it


def measure(browser: Browser) -> list[Figure]:
    """Open every page, scroll through it, and weigh what it asked for."""
    figures = []
    for path in built_pages():
        asked, errors = _visit(browser, path)
        files = {_file(address) for address in asked if address.startswith(HTML.as_uri())} - {path}
        foreign = sorted(address for address in asked if not address.startswith(HTML.as_uri()))
        text = path.read_text(encoding="utf-8")
        states = [found[1] for found in STATE.findall(text)]
        data = sum(_gzipped(state.encode()) for state in states)
        sizes = {str(file.relative_to(HTML)): _gzipped(file.read_bytes()) for file in files if file.is_file()}
        sizes[str(path.relative_to(HTML))] = _gzipped(STATE.sub(r"\1\3", text).encode())
        total = data + sum(sizes.values())
        heaviest = dict(sorted(sizes.items(), key=lambda one: -one[1]))
        name = short(path)
        figures += [
            Figure(f"{name}: all it loads", total / 1000, "kB", "page", {"files": heaviest}),
            Figure(f"{name}: of it explorer data", data / 1000, "kB", "explorer data"),
            Figure(f"{name}: requests elsewhere", len(foreign), "", "foreign requests", {"addresses": foreign}),
            Figure(f"{name}: console errors", len(errors), "", "console errors", {"errors": errors}),
        ]
    return figures


def _visit(browser: Browser, path: Path) -> tuple[set[str], list[str]]:
    """Return the addresses that the page asked for and the errors that it showed."""
    asked, errors, last = set(), [], [time.monotonic()]

    def note(request):
        if not request.url.startswith(("data:", "blob:")):
            asked.add(request.url.split("#")[0])
            last[0] = time.monotonic()

    with fresh_page(browser) as page:
        page.on("request", note)
        page.on("console", lambda said: said.type == "error" and errors.append(said.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path.as_uri())
        for place in page.locator(".explorer-place, img:not(.still), mjx-container").all()[::5]:
            place.evaluate("(node) => node.scrollIntoView({ block: 'center' })")  # a folded one is nowhere
        page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
        while time.monotonic() - last[0] < QUIET:
            page.wait_for_timeout(100)
    return asked, errors


def _file(address: str) -> Path:
    return Path(unquote(urlsplit(address).path))


def _gzipped(content: bytes) -> int:
    return len(gzip.compress(content, 9))
