"""The Sphinx extension piece by piece; test_site_build.py builds with it."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from fusionbook.site import digests, mathjax, preflight, remote, sources, stale, theme

PACKAGE = {
    "__init__.py": "",
    "data/__init__.py": "",
    "data/loans.py": "import csv\nFILE = 'loans.csv'\n",
    "data/loans.csv": "a,b\n",
    "data/notes.md": "not named\n",
    "losses.py": "from .metrics import auc\n",
    "metrics.py": "def auc():\n    from fusionbook.data import loans\n",
    "unrelated.py": "x = 1\n",
    "explorers/__init__.py": "",
    "explorers/base.py": "SHARED = ('plot.js', 'explorer.css')\n",
    "explorers/plot.js": "import { clamp } from './clamp.js';\n",
    "explorers/clamp.js": "export const clamp = 0;\n",
    "explorers/explorer.css": "p {}\n",
    "explorers/mixer.py": "from fusionbook.explorers.base import SHARED\n",
    "explorers/mixer.js": "export default {};\n",
    "explorers/other.js": "export default {};\n",
}


@pytest.fixture
def root(tmp_path):
    for name, text in PACKAGE.items():
        path = tmp_path / "book" / "fusionbook" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "requirements.txt").write_text("torch==1\n")
    return tmp_path


def names_of(root, *cells, folder="book"):
    package = root / "book" / "fusionbook"
    files = digests.find_dependencies(cells, root / folder, root / "book")
    return {path.relative_to(package).as_posix() for path in files}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("import numpy as np", set()),
        ("import fusionbook.unrelated as u", {"__init__.py", "unrelated.py"}),
        ("from fusionbook import unrelated", {"__init__.py", "unrelated.py"}),
        (
            "from fusionbook.losses import info_nce",
            {"__init__.py", "losses.py", "metrics.py", "data/__init__.py", "data/loans.py", "data/loans.csv"},
        ),
        (
            "from fusionbook.explorers.mixer import Mixer",
            {"__init__.py"}
            | {f"explorers/{n}" for n in ("__init__.py", "base.py", "plot.js", "clamp.js", "explorer.css")}
            | {"explorers/mixer.py", "explorers/mixer.js"},
        ),
        ("open('fusionbook/data/notes.md')", {"data/notes.md"}),
        ("open('../requirements.txt', 'a')", set()),  # a cell may write what it names
        (
            "%matplotlib inline\n!ls -l\nif True:\n    %time 1\nimport fusionbook.unrelated",
            {"__init__.py", "unrelated.py"},
        ),
    ],
)
def test_a_cell_depends_on_what_it_names(root, cell, expected):
    assert names_of(root, cell) == expected


def test_relative_imports_are_followed_upwards(root):
    package = root / "book" / "fusionbook"
    (package / "explorers" / "deep.py").write_text("from ..unrelated import x\nfrom . import base\n")
    found = names_of(root, "import fusionbook.explorers.deep")
    assert {"unrelated.py", "explorers/base.py", "explorers/plot.js"} <= found


def test_a_circle_of_imports_ends(root):
    package = root / "book" / "fusionbook"
    (package / "metrics.py").write_text("from fusionbook import losses\n")
    assert names_of(root, "import fusionbook.losses") == {"__init__.py", "losses.py", "metrics.py"}


def test_a_cell_that_is_not_python_counts_on_everything(root):
    every_module = {name for name in PACKAGE if name.endswith(".py")}
    assert every_module <= names_of(root, "%%bash\npython train.py | tee")


def notebook(*cells):
    cells = [{"cell_type": "code", "metadata": {}, "source": c, "outputs": [], "execution_count": None} for c in cells]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def digest_of(root, *cells):
    return stale.page_digest(root, root / "book" / "05.ipynb", notebook(*cells))


@pytest.mark.parametrize("name", ["losses.py", "metrics.py", "data/loans.csv", "__init__.py"])
def test_an_edit_moves_the_digest_and_its_reversal_brings_it_back(root, name):
    path = root / "book" / "fusionbook" / name
    before = digest_of(root, "import fusionbook.losses")
    old = path.read_text()
    path.write_text(old + "\n# edited\n")
    assert digest_of(root, "import fusionbook.losses") != before
    path.write_text(old)
    assert digest_of(root, "import fusionbook.losses") == before


def test_requirements_move_every_digest(root):
    before = digest_of(root, "print(1)")
    (root / "requirements.txt").write_text("torch==2\n")
    assert digest_of(root, "print(1)") != before


def test_neither_times_nor_unrelated_files_move_a_digest(root):
    before = digest_of(root, "import fusionbook.losses")
    package = root / "book" / "fusionbook"
    (package / "metrics.py").touch()
    (package / "unrelated.py").write_text("x = 2\n")
    (package / "explorers" / "mixer.js").write_text("export default 1;\n")
    assert digest_of(root, "import fusionbook.losses") == before


def test_the_digest_lands_in_the_kernelspec_of_a_notebook():
    text = sources.with_digest(Path("a.ipynb"), notebook("1"), "abc")
    assert sources.read(Path("a.ipynb"), text).metadata.kernelspec[sources.DIGEST_KEY] == "abc"


def test_the_digest_lands_in_the_kernelspec_of_a_markdown_notebook_and_no_line_moves():
    path = Path("index.md")
    front = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
    text = front + "\n# Title\n\n```{code-cell}\nimport os\n```\n"
    assert sources.is_notebook(path, text)
    assert sources.code_cells(path, text) == ("import os",)
    stamped = sources.with_digest(path, text, "abc")
    assert sources.is_notebook(path, stamped)
    assert sources.read(path, stamped).metadata.kernelspec[sources.DIGEST_KEY] == "abc"
    assert sources.code_cells(path, stamped) == ("import os",)
    assert stamped.splitlines()[5:] == text.splitlines()[5:]


def test_plain_pages_are_no_notebooks():
    assert not sources.is_notebook(Path("a.md"), "# Title\n")
    assert not sources.is_notebook(Path("a.md"), "---\ntitle: x\n---\n# Title\n")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/ada/book.git", "https://github.com/ada/book"),
        ("https://github.com/ada/book/", "https://github.com/ada/book"),
        ("https://ada:secret@github.com/ada/book", "https://github.com/ada/book"),
        ("git@github.com:ada/book.git", "https://github.com/ada/book"),
        ("ssh://git@github.com:22/ada/book.git", "https://github.com/ada/book"),
        ("git://github.com/ada/my.book", "https://github.com/ada/my.book"),
        ("git@gitlab.com:group/sub/book.git", "https://gitlab.com/group/sub/book"),
        ("https://gitlab.example.org:8443/ada/book.git", "https://gitlab.example.org/ada/book"),
        ("", None),
        ("/srv/git/book.git", None),
        ("../book", None),
        ("file:///srv/git/github.com/book", None),
        (r"C:\books\github", None),
        ("https://example.org/ada/book.git", None),
        ("https://github.com/", None),
        ("https://github.com/ada", None),
        ("git@github.com:/srv/book", None),
    ],
)
def test_remotes(url, expected):
    repository = remote.parse(url)
    assert (repository.url if repository else None) == expected


def test_buttons_fit_the_host():
    on_github = remote.theme_options(remote.parse("git@github.com:ada/book.git"), "main")
    on_gitlab = remote.theme_options(remote.parse("git@gitlab.com:ada/book.git"), "main")
    nowhere = remote.theme_options(None, "main")
    assert set(on_github["launch_buttons"]) == {"notebook_interface", "binderhub_url", "colab_url"}
    assert set(on_gitlab["launch_buttons"]) == {"notebook_interface", "binderhub_url"}
    assert nowhere == {"repository_url": "", "use_repository_button": False, "launch_buttons": {}}


@pytest.mark.parametrize(
    ("url", "folder", "expected"),
    [
        (None, ".", ""),
        ("/srv/book.git", ".", ""),
        ("https://github.com/ada/book.git", ".", "https://github.com/ada/book"),
        ("https://github.com/ada/book.git", "inner", ""),  # copied into another repository
    ],
)
def test_the_remote_is_asked_at_build_time(tmp_path, url, folder, expected):
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    (tmp_path / "inner").mkdir()
    if url:
        subprocess.run([*git, "remote", "add", "origin", url], check=True)
    app = type("App", (), {"srcdir": str(tmp_path / folder)})
    config = type("Config", (), {"html_theme_options": {"repository_url": "https://github.com/other/other"}})
    remote.add_buttons(app, config)
    assert config.html_theme_options["repository_url"] == expected


@pytest.mark.parametrize(
    ("python", "free", "words"),
    [
        ((3, 11, 7), 10**10, None),
        ((3, 14, 0), 10**10, None),
        ((3, 10, 12), 10**10, "Python 3.11 or newer and this is Python 3.10"),
        ((3, 15, 0), 10**10, "up to 3.14 and this is Python 3.15"),
        ((2, 7, 18), 10**10, "this is Python 2.7"),
        ((3, 11, 0), 10**9, "4.0 GB of free disk space here and there are 1.0 GB"),
    ],
)
def test_preflight_says_what_is_missing_in_one_sentence(python, free, words):
    sentence = preflight.find_problem(python, free, preflight.TO_INSTALL)
    if words is None:
        assert sentence is None
    else:
        assert words in sentence
        assert sentence.endswith(".")
        assert "\n" not in sentence


def test_preflight_says_that_a_folder_cannot_be_written_to(tmp_path):
    assert "copy it to a place where it can" in preflight.find_problem((3, 12), 10**10, 1, writable=False)
    code = "import os; os.access = lambda path, mode: not path.endswith('_build'); "
    code += f"from fusionbook.site.preflight import stop_early; stop_early({str(tmp_path)!r})"
    for made in (False, True):
        (tmp_path / "_build").mkdir() if made else None
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=theme.SITE.parents[1])
        assert (done.returncode, done.stderr.count("\n")) == ((1, 1) if made else (0, 0)), done.stderr


def test_preflight_ends_the_process_without_a_traceback(tmp_path):
    code = f"from fusionbook.site.preflight import stop_early; stop_early({str(tmp_path)!r}, 10**18)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=theme.SITE.parents[1])
    assert done.returncode == 1
    assert re.fullmatch(r"The book needs 1000000000.0 GB .*\n", done.stderr)


def test_preflight_runs_as_a_script_and_under_an_old_python():
    path = Path(preflight.__file__)
    assert subprocess.run([sys.executable, path], cwd=path.parent, check=False).returncode == 0
    tree = ast.parse(path.read_text(), feature_version=(3, 6))
    imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    assert imported <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))


def after(handler, body):
    """Return what a handler of `html-page-context` makes of a body."""
    context = {"body": body}
    handler(None, "page", "page.html", context, None)
    handler(None, "search", "search.html", {}, None)  # a page without a body
    return context["body"]


@pytest.mark.parametrize("corner", ["<th></th>", '<th class="head"><p></p></th>', "<th> </th>"])
def test_an_empty_header_cell_becomes_a_plain_one(corner):
    row = "<tr>{}<th>weight</th><th><p>AUC</p></th></tr>"
    assert after(theme.empty_corners, row.format(corner)) == row.format("<td></td>")


def test_plain_words_of_code_lose_their_element_and_nothing_else():
    kept, plain = '<span class="k">def</span> <span class="nf">f</span>', '<span class="{}">{}</span>'
    tokens = (("p", "("), ("n", "x"), ("o", "&lt;"))
    assert after(theme.plain_code, kept + "".join(plain.format(*token) for token in tokens)) == f"{kept}(x&lt;"
    untouched = '<span class="no">a</span><span class="n"><b>x</b></span><p>p</p>'
    assert after(theme.plain_code, untouched) == untouched


def test_mathjax_files_exist():
    files = mathjax.source_files()
    assert all(path.is_file() for path in files.values())
    assert "startup.js" in files
    assert sum(name.endswith(".woff") for name in files) > 20


def test_settings_name_the_extensions_jupyter_book_needs():
    settings = yaml.safe_load((Path(__file__).parents[1] / "_config.yml").read_text())
    listed = settings["sphinx"]["config"]["extensions"]
    assert {"fusionbook.site", "myst_nb", "sphinx_external_toc", "sphinxcontrib.bibtex"} <= set(listed)
    assert "sphinx_thebe" not in listed
