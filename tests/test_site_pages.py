"""What the extension makes of the whole book: its map, its bundle, its questions, its glossary links, its record."""

import json
import re
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import nbformat
import pytest
from fusionbook.site import book_map, bundle, checked, predictions, record, run, sources, stills, terms
from nbclient import NotebookClient
from nbformat import v4
from test_book import BOOK, NOTEBOOKS, ROOT, text

# ---- the map ----

STOPS = book_map.stops(BOOK)


def test_the_map_has_the_primer_and_every_chapter_in_order():
    assert [stop.name for stop in STOPS] == ["primer", *sorted(p.stem for p in BOOK.glob("[0-9]*.ipynb"))]
    assert all(5 <= stop.minutes <= 45 for stop in STOPS)


def test_nothing_needs_what_comes_later():
    """Chapter 5 may be read first, so the primer stands before all; everything else leads from front to back."""
    order = [stop.name for stop in STOPS]
    for stop in STOPS:
        assert all(order.index(need) < order.index(stop.name) for need in stop.needs), stop


def test_from_to_names_those_between():
    (credit,) = [stop for stop in STOPS if stop.name == "12_credit_risk"]
    assert [name[:2] for name in credit.needs[:4]] == ["04", "05", "06", "07"]
    assert "primer" in credit.needs


def test_there_is_an_arc_for_every_need_and_the_needs_are_in_words_too():
    drawn = book_map.draw(STOPS, lambda name: f"{name}.html")
    assert drawn.count("<path ") == sum(len(stop.needs) for stop in STOPS) > 20
    assert drawn.count("<li>") == len(STOPS)
    assert "needs 2, the primer" in drawn or "needs the primer, 2" in drawn


# ---- the bundle ----


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    bundle.write(ROOT, folder / bundle.NAME)
    with zipfile.ZipFile(folder / bundle.NAME) as packed:
        packed.extractall(folder)
    return folder / bundle.TOP


def test_the_bundle_holds_all_that_runs_and_nothing_that_was_left_behind(unpacked):
    names = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert {path.relative_to(ROOT).as_posix() for path in NOTEBOOKS} <= names
    assert {"requirements.txt", "Makefile", "_toc.yml", "_config.yml", "README.md", "LICENSE"} <= names
    assert not [name for name in names if "__pycache__" in name or "checkpoint" in name or name.endswith(".pyc")]


def test_a_notebook_of_the_bundle_finds_its_package_and_data(unpacked):
    """Started where the notebook lies, as Jupyter and VS Code start it, without this repository on the path."""
    code = "from fusionbook.data import emoji, loans; import fusionbook; print(fusionbook.__file__, emoji.load().n)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=unpacked / "book",
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0].startswith(str(unpacked))


@pytest.mark.parametrize("name", [path.relative_to(BOOK).as_posix() for path in NOTEBOOKS if path.parent != BOOK])
def test_a_notebook_of_the_appendix_finds_its_package_from_its_own_folder(unpacked, name, monkeypatch):
    """As VS Code starts it: in the notebook's folder, with no path set."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    path = unpacked / "book" / name
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"][:2]
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}})
    client.execute()  # an import that fails raises


def test_the_same_files_make_the_same_zip(tmp_path):
    for name in ("one.zip", "two.zip"):
        bundle.write(ROOT, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


# ---- questions, stills ----


def test_questions_are_numbered_in_their_order():
    context = {"body": f"a{predictions.BOX}b{predictions.BOX}c"}
    predictions.number(None, "book/x", "", context, object())
    assert re.findall(r'id="([\w-]+)"', context["body"]) == ["predict-1", "predict-2"]
    assert context["body"].count('data-page="book/x"') == 2


def test_a_page_without_questions_stays_as_it_is():
    context = {"body": "nothing"}
    predictions.number(None, "book/x", "", context, object())
    assert context == {"body": "nothing"}


def test_every_still_has_its_files_and_words():
    for page, known in stills.manifest().items():
        for still in known:
            assert (stills.FOLDER / still["file"]).stat().st_size < 120_000, page
            assert (stills.FOLDER / still["small"]).stat().st_size < 25_000, page
            assert len(still["words"]) > 40
    assert len(list(stills.FOLDER.glob("*.webp"))) == 2 * sum(map(len, stills.manifest().values()))


# ---- glossary links ----

ENTRIES = terms.terms((BOOK / "appendix" / "glossary.md").read_text(encoding="utf-8"))


def entry(name):
    return next(term for term in ENTRIES if name in (term.name, term.name.partition(" (")[0]))


@pytest.mark.parametrize(
    ("name", "said", "found"),
    [
        ("modality", "Five modalities are known", "modalities"),
        ("AUC", "its AUC is", "AUC"),
        ("AUC", "an auc of", None),
        ("embedding", "of Embeddings.", "Embeddings"),
        ("gate", "investigate, gateway", None),
        ("token", "bottleneck-tokens", None),
        ("recall at 10", "The recall at k of", "recall at k"),
        ("negative", "a negative number", None),
        ("negative", "one negative pair", "negative pair"),
        ("early fusion", "Early fusion and", "Early fusion"),
    ],
)
def test_a_term_is_found_as_it_is_written(name, said, found):
    hit = terms.pattern(entry(name)).search(said)
    assert (hit and hit[0]) == found


def test_longer_terms_come_first_and_sentences_are_without_their_links():
    assert [len(term.forms[0]) for term in ENTRIES] == sorted((len(term.forms[0]) for term in ENTRIES), reverse=True)
    assert all(term.sentence.endswith(".") and "](" not in term.sentence for term in ENTRIES)
    assert len(ENTRIES) > 50


# ---- the record of a build ----


def test_a_run_sees_what_its_kernel_holds_and_uses(tmp_path):
    cells = [v4.new_code_cell(code) for code in ("held = bytearray(300_000_000)", "for k in range(10**7): pass")]
    done = run.Run("book/one", tmp_path / "one.ipynb", v4.new_notebook(cells=cells))
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(done, 60)
        while not ended.done():
            done.watch()
            time.sleep(0.05)
    assert ended.result().broken is None
    assert 300e6 < done.peak < 700e6
    assert 0.1 < done.cpu < done.seconds


def test_a_record_is_kept_page_by_page(tmp_path):
    app = SimpleNamespace(outdir=tmp_path / "html")
    for page in ("book/one", "book/two"):
        record.write(app, SimpleNamespace(docname=page, seconds=1.25, cpu=1.0, peak=5))
    kept = record.load(record.path_of(app))
    assert set(kept) == {"book/one", "book/two"}
    assert (kept["book/one"]["seconds"], kept["book/one"]["cpu"], kept["book/one"]["peak"]) == (1.2, 1.0, 5)


@pytest.mark.parametrize("damage", [None, "{", "\0"])
def test_a_record_that_cannot_be_read_is_empty(tmp_path, damage):
    if damage is not None:
        (tmp_path / "record.json").write_text(damage)
    assert record.load(tmp_path / "record.json") == {}


def test_assertions_and_tests_are_counted(tmp_path):
    assert checked.asserts(BOOK / "05_late_fusion.ipynb") > 5
    (tmp_path / "test_x.py").write_text("def test_a(): pass\nclass T:\n    def test_b(self): pass\ndef other(): pass\n")
    assert list(checked.test_functions(tmp_path / "test_x.py")) == ["test_a", "test_b"]


def test_the_weight_of_a_page_is_itself_and_its_pictures(tmp_path):
    (tmp_path / "a.svg").write_text("x" * 5000)
    (tmp_path / "page.html").write_text('<img src="a.svg"><img class="still" src="b.webp"><img src="data:,">')
    alone = checked.weight(tmp_path / "a.svg")
    assert alone < checked.weight(tmp_path / "page.html") < alone + 200


# ---- courses ----


@pytest.mark.parametrize(("hours", "title"), [(4, "Four hours"), (8, "Eight hours"), (12, "Twelve hours")])
def test_a_course_takes_as_long_as_it_says(hours, title):
    section = text(BOOK / "appendix" / "teachers.md").split(f"## {title}\n")[1].split("\n## ")[0]
    minutes = [int(number) for number in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)]
    assert sum(minutes) == 60 * hours
    assert len(minutes) >= 8


# ---- the record in tests/twice.py, and the peak memory ----


def test_every_notebook_stays_within_the_memory_of_a_small_machine():
    """Binder gives 2 GB, of which Jupyter and the browser's side take some: 1.2 GB is for the kernel."""
    path = ROOT / "_build" / "record.json"
    if not path.exists():
        pytest.skip("the book was not built here")
    held = {page: run["peak"] / 1e9 for page, run in json.loads(path.read_text(encoding="utf-8")).items()}
    assert {page: round(peak, 2) for page, peak in held.items() if peak > 1.2} == {}


def test_the_twice_plugin_tells_a_digit_that_differs():
    from twice import difference, said

    first = [{"name": "stdout", "text": "0.123\n"}, {"data": {"text/html": ["<td>", "1"], "image/png": "x"}}]
    second = [{"name": "stdout", "text": ["0.124\n"]}, {"data": {"text/html": "<td>1", "image/png": "y"}}]
    assert difference(said(first), said(first)) is None
    assert "0.124" in difference(said(first), said(second))
    assert "results" in difference(said(first), said(first[:1]))


def test_figures_are_filled_in_once_however_often_the_book_is_built(tmp_path, monkeypatch):
    """A build that rewrites no page finds the figures of the last one in their place."""
    monkeypatch.setattr(checked, "figures", lambda app: "<p>new</p><div><table></table></div><p>more</p>")
    page = tmp_path / f"{checked.PAGE}.html"
    page.parent.mkdir(parents=True)
    page.write_text(f"<p>before</p>{checked.PLACE}<p>after</p>")
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    checked.fill(app, None)
    once = page.read_text()
    assert once.count("<table>") == once.count("<p>more</p>") == once.count("<p>after</p>") == 1
    checked.fill(app, None)
    assert page.read_text() == once


def test_a_second_run_that_compares_nothing_fails(tmp_path):
    """No build knows this notebook: each cell passes, and the run proves nothing."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell("1 + 1")])
    nbformat.write(notebook, tmp_path / "lonely.ipynb")
    options = ["-p", "tests.twice", "-c", ROOT / "pyproject.toml", "--nbval-lax", "--nbval-current-env", "-q"]
    command = [sys.executable, "-m", "pytest", *options, tmp_path / "lonely.ipynb"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout
    assert "twice: 0 of 1 cells say the same as in the build" in done.stdout
    assert "nothing was compared" in done.stdout
    assert done.returncode == 1


def test_cells_that_vary_are_few_and_marked():
    """The last build's cells are compared but for these; whatever else varies fails by itself."""
    notebooks = [nbformat.read(path, 4) for path in sources.notebooks(BOOK)]
    marked = [cell for one in notebooks for cell in one.cells if "varies" in cell.metadata.get("tags", [])]
    cells = [cell for one in notebooks for cell in one.cells if cell.cell_type == "code"]
    assert all(cell.cell_type == "code" for cell in marked)
    assert len(cells) - len(marked) >= 600
