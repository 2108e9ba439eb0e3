"""Ask the web whether the pages that the book links to are there: `make links`. On demand, not in the tests."""

import re
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
LINK = re.compile(r'href="(https?://[^"#]+)')
AGENT = {"User-Agent": "Mozilla/5.0 (a book that checks its links)"}


def outside() -> dict[str, set[str]]:
    """Return every address outside the book that its built pages link to, with the pages that do."""
    found: dict[str, set[str]] = {}
    for page in sorted(HTML.rglob("*.html")):
        for address in LINK.findall(page.read_text(encoding="utf-8")):
            found.setdefault(address, set()).add(page.relative_to(HTML).as_posix())
    return found


def ask(address: str) -> str:
    """Return what the web says of an address, in a word or two; "fine" if it is there."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=AGENT), timeout=20) as answer:
            return "fine" if answer.status < 400 else f"status {answer.status}"
    except urllib.error.HTTPError as error:
        return "fine (no robots)" if error.code in (403, 405, 429) else f"status {error.code}"
    except (OSError, ValueError) as error:
        return f"no answer: {error}"


def main() -> None:
    """Print what is gone, and end with an error if anything is."""
    found = outside()
    with ThreadPoolExecutor(8) as pool:
        said = dict(zip(found, pool.map(ask, found), strict=True))
    gone = {address: word for address, word in said.items() if not word.startswith("fine")}
    for address, word in gone.items():
        print(f"{word}: {address}\n  on {', '.join(sorted(found[address]))}")
    print(f"{len(found)} links outside the book, {len(gone)} of them without a page.")
    sys.exit(bool(gone))


if __name__ == "__main__":
    main()
