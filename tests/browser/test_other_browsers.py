"""The built book from disk in Firefox and WebKit: every explorer is drawn, answers its controls, throws nothing."""

import pytest
from browsers import Firefox, MissingError, WebKit
from own_pages import entries_of
from visit import ROOT, eventually, toc_pages

PAGES = toc_pages()
# The first script of the page: it writes down what goes wrong from then on.
WITNESS = """<script>
window.problems = [];
const named = ({ target, message }) => message || `not loaded: ${target.src || target.href}`;
addEventListener("error", (event) => problems.push(named(event)), true);
addEventListener("unhandledrejection", (event) => problems.push(`rejected: ${event.reason}`));
for (const level of ["error", "warn"]) console[level] = (...words) => problems.push(words.join(" "));
</script>"""
PLACES = "Array.from(document.querySelectorAll('.explorer-place'), (place, i) => i)"
SECTION = "document.querySelectorAll('.explorer-place')[{}].querySelector('[data-explorer]')"
STEP = """((input) => {{ input.value < input.max ? input.stepUp({0}) : input.stepDown({0});
  input.dispatchEvent(new Event("input", {{ bubbles: true }}));
  return input.value; }})({1}.querySelector("input[type=range]"))"""


@pytest.fixture(scope="module", params=[Firefox, WebKit], ids=["firefox", "webkit"])
def driven(request):
    running = request.param()
    try:
        running.begin()
        yield running
    except MissingError as reason:
        pytest.skip(str(reason))
    finally:
        running.close()


@pytest.fixture(scope="module")
def witnessed(built_book, tmp_path_factory):
    """The built book again, its pages with the witness as their first script, the rest linked."""
    folder = tmp_path_factory.mktemp("witnessed")
    for entry in built_book.iterdir():
        if entry.name != "book":
            (folder / entry.name).symlink_to(entry)
    for page in PAGES:
        text = (built_book / page).read_text(encoding="utf-8")
        assert text.count("<head>") == 1
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_text(text.replace("<head>", f"<head>{WITNESS}"), encoding="utf-8")
    return folder


def check(holds, what):
    assert holds, what


def _with_scripts_of_its_own(page):
    """Whether a page has explorers, questions or one's own calibration: the others are for the thorough run."""
    return (ROOT / page).with_suffix(".ipynb").exists() or page.endswith(("index.html", "your_predictions.html"))


EACH_TIME = [
    page if _with_scripts_of_its_own(page) else pytest.param(page, marks=pytest.mark.thorough) for page in PAGES
]


@pytest.mark.parametrize("page", EACH_TIME)
def test_page_lives(driven, witnessed, built_book, subtests, page):
    """Every explorer is drawn when scrolled to, its first slider changes figure and status, nothing goes wrong."""
    driven.open((witnessed / page).as_uri())
    assert len(driven.ask(PLACES)) == len(entries_of(built_book / page))
    for number in driven.ask(PLACES):
        section = SECTION.format(number)
        driven.ask(f"document.querySelectorAll('.explorer-place')[{number}].scrollIntoView()")
        eventually(lambda section=section: check(driven.ask(f"{section}?.dataset.ready"), "not drawn"), seconds=20)
        with subtests.test(driven.ask(f"{section}.getAttribute('aria-label')")):
            assert driven.ask(f"{section}.dataset.broken") is None
            words, picture = (
                f"{section}.querySelector('[role=status]').textContent",
                f"{section}.querySelector('.fy-figure').innerHTML",
            )
            eventually(lambda words=words: check(driven.ask(words), "the status line is empty"))
            before = driven.ask(words), driven.ask(picture)
            driven.ask(STEP.format(5, section))
            eventually(lambda old=before, words=words: check(driven.ask(words) != old[0], "status stays"))
            assert driven.ask(picture) != before[1]
    driven.ask("scrollTo(0, 0)")
    eventually(lambda: check(driven.ask("document.readyState") == "complete", "still loading"))
    assert driven.ask("problems") == []
