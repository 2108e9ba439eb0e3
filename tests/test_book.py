"""The pages and the repository: every page is listed, no link leads nowhere, no notebook carries old results."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml
from fusionbook import figures

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
NO_DRAWING = {"use_book_style", "spread"}
DRAWING = {
    name
    for name, value in vars(figures).items()
    if callable(value) and getattr(value, "__module__", "") == "fusionbook.figures" and name not in NO_DRAWING
}


def is_page(path):
    parts = path.relative_to(BOOK).parts
    return parts[0] != "fusionbook" and not any(part.startswith((".", "_")) for part in parts)


PAGES = sorted(path for path in BOOK.rglob("*") if path.suffix in (".ipynb", ".md") and is_page(path))
NOTEBOOKS = [path for path in PAGES if path.suffix == ".ipynb"]


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.relative_to(BOOK).with_suffix("").as_posix())


@cache
def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def tags(cell):
    return cell["metadata"].get("tags", [])


def code(path):
    return [cell for cell in cells(path) if cell["cell_type"] == "code"]


@cache
def text(path):
    """The words of a page: a Markdown file, or a notebook's Markdown cells."""
    if path.suffix == ".md":
        return re.sub(r"\A---\n.*?\n---\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return "\n\n".join(source(cell) for cell in cells(path) if cell["cell_type"] == "markdown")


def prose(path):
    """What is left for reading without code, mathematics and markup."""
    words = re.sub(r"^(`{3,}).*?^\1", "", text(path), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|<!--.*?-->|<[^>]*>|!(?=\[)", "", words, flags=re.DOTALL)


def tree(cell):
    """The cell's Python, without the lines that only IPython understands."""
    lines = [re.sub(r"^(\s*)[%!].*", r"\1pass", line) for line in source(cell).splitlines()]
    return ast.parse("\n".join(lines))


def run_at_once(cell):
    """The parts of a cell that run when it runs: bodies of functions only where a decorator calls them."""
    for statement in tree(cell).body:
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef) or statement.decorator_list:
            yield from ast.walk(statement)


def called(cell):
    return {ast.unparse(node.func) for node in run_at_once(cell) if isinstance(node, ast.Call)}


def test_the_table_of_contents_lists_every_page_and_nothing_else():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [toc["root"]]
    parts = toc.get("parts", [toc])
    todo = [chapter for part in parts for chapter in part.get("chapters", [])]
    while todo:
        entry = todo.pop()
        listed.append(entry["file"])
        todo += entry.get("sections", [])
    assert len(listed) == len(set(listed))
    assert set(listed) == {path.relative_to(ROOT).with_suffix("").as_posix() for path in PAGES}


@each(NOTEBOOKS)
def test_a_notebook_is_committed_without_results_and_names_its_cells(path):
    names = [cell.get("id") for cell in cells(path)]
    assert all(names)
    assert len(names) == len(set(names))
    assert [cell["id"] for cell in code(path) if cell["outputs"] or cell["execution_count"] is not None] == []
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    assert "widgets" not in metadata
    assert metadata["kernelspec"]["name"] == "python3"


@each(NOTEBOOKS)
def test_no_code_cell_is_longer_than_25_lines(path):
    assert {cell["id"]: n for cell in code(path) if (n := len(source(cell).strip().splitlines())) > 25} == {}


@each(NOTEBOOKS)
def test_every_figure_says_in_words_what_is_to_be_seen(path):
    for cell in code(path):
        draws = called(cell) & ({"plt.show"} | {f"figures.{name}" for name in DRAWING})
        alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
        assert not draws or len(alt) >= 30, f"{cell['id']} draws a figure: mystnb.image.alt is {alt!r}"


@each(PAGES)
def test_nobody_shouts(path):
    assert re.findall(r"[^\n]{0,40}!", prose(path)) == []


def slug(heading):
    words = re.sub(r"`|\*|\$", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


@cache
def anchors(path):
    headings = re.findall(r"^#{1,6} +(.*)$", text(path), re.MULTILINE)
    labels = re.findall(r'^\(([\w-]+)\)=$|\bid="([^"]+)"', text(path), re.MULTILINE)
    return {slug(heading) for heading in headings} | {name for pair in labels for name in pair if name}


@each(PAGES)
def test_every_link_inside_the_book_leads_somewhere(path):
    links = re.findall(r"\]\(([^)\s]+)\)", text(path)) + re.findall(r'(?:href|src)="([^"]+)"', text(path))
    for link in links:
        if re.match(r"[a-z]+:", link) or link.endswith(".zip"):  # the bundle is made by the build, and tested there
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if target.suffix == ".html":
            target = next((p for p in (target.with_suffix(".ipynb"), target.with_suffix(".md")) if p.exists()), target)
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: {target.name} has no such heading"


def test_every_citation_is_in_the_bibliography():
    keys = re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(keys) == len(set(keys))
    for path in PAGES:
        for names in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text(path)):
            assert {name.strip() for name in names.split(",")} <= set(keys), f"{path.name} cites {names}"


def test_every_reference_is_cited_somewhere():
    keys = set(re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text(encoding="utf-8"), re.MULTILINE))
    cited = {
        name.strip()
        for path in PAGES
        for names in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text(path))
        for name in names.split(",")
    }
    assert sorted(keys - cited) == []


def test_equation_labels_are_unique_and_every_reference_has_its_equation():
    labels = [label for path in PAGES for label in re.findall(r"^\$\$ *\(([\w-]+)\)", text(path), re.MULTILINE)]
    assert len(labels) == len(set(labels))
    for path in PAGES:
        assert set(re.findall(r"\{eq\}`([^`]+)`", text(path))) <= set(labels), path.name


# ---- the repository ----


def committed():
    done = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True)
    if done.returncode:
        pytest.skip("not a git repository")
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry():
    """A reader installs from where their own pip, conda or npm is set to install from."""
    hosts = [f"{name}.{end}" for name, end in (
        ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("anaconda", "org"),
        ("yarnpkg", "com"), ("jfrog", "io"), ("golang", "org"), ("rubygems", "org"), ("crates", "io"))]  # fmt: skip
    pattern = re.compile("|".join(re.escape(host) for host in hosts).encode())
    assert {path.name: found for path in committed() if (found := pattern.findall(path.read_bytes()))} == {}


@pytest.mark.parametrize("name", sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("*/requirements.txt"))
                         + ["requirements.txt"])  # fmt: skip
def test_requirements_are_pinned_exactly(name):
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    wanted = [line for line in lines if line and not line.startswith("-")]
    assert [line for line in wanted if not re.fullmatch(r"[\w.\[\]-]+==[\w.]+(\+\w+)?", line)] == []


IMPORTED_AS = {"PIL": "pillow", "sklearn": "scikit-learn"}


def test_the_package_lists_all_that_it_imports_and_nothing_else():
    """A notebook opened alone installs the package from here; the site is for builds, and has requirements.txt."""
    files = [path for path in (BOOK / "fusionbook").rglob("*.py") if "site" not in path.parts]
    names = set()
    for node in (node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.split(".")[0])
    others = names - set(sys.stdlib_module_names) - {"fusionbook"}
    wanted = {IMPORTED_AS.get(name, name.lower().replace("_", "-")) for name in others}
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {re.match(r"[\w-]+", one)[0] for one in listed} == wanted
