"""What goes wrong while a book is built costs a sentence, a page at most, and nothing that was done before."""

import json
import os
import re
import signal
import subprocess

import jupyter_cache
import pytest
from small_book import FILES, SmallBook, notebook

pytestmark = pytest.mark.slow

CLAIMS = """from fusionbook.alpha import A
found = [A, 2 * A]
assert A == 1 and found[1] > 5, "said by hand"
for k in range(9):
    assert k < 0, k
def inside(x):
    assert x < 0
    return x
print("whole", inside(3))"""
FOLDED = json.loads(notebook("one", CLAIMS, "$x^2$ {cite:t}`clip`"))
FOLDED["cells"][1]["metadata"] = {"tags": ["hide-cell"]}
SLOW = "import time\nfrom fusionbook.alpha import A\ntime.sleep(0 if A == 1 else 600)\nprint('three', A)"


@pytest.fixture(scope="module")
def troubled(tmp_path_factory):
    """A book with a false claim, an error, a missing file and a kernel that dies, built once."""
    book = SmallBook(tmp_path_factory.mktemp("troubled"))
    book.write("book/one.ipynb", json.dumps(FOLDED))
    book.write("book/two.ipynb", notebook("two", "import fusionbook.beta\n1 / 0"))
    book.write("book/appendix/three.ipynb", notebook("three", "open('no_such_file.csv')"))
    dies = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n# A small book\n\n```{code-cell}\n"
    book.write("book/index.md", f"{dies}import os\nos._exit(9)\n```\n\n```{{code-cell}}\nprint('never')\n```\n")
    book.code = book.run()
    return book


def test_a_claim_that_fails_costs_one_sentence(troubled):
    page = troubled.page("one")
    assert page.count('class="claim-failed"') == 5  # one, three of the nine in the loop, one in the function
    first = re.search(r'<p class="claim-failed">.*?</p>', page)[0]
    assert "<code>A == 1 and found[1] &gt; 5</code>, where <code>A</code> is 1; <code>found[1]</code> is 2." in first
    assert "whole 3" in page  # the cell went on
    assert "<details" not in page.split('class="claim-failed"')[0].split('id="one"')[1]  # and stands open
    assert re.search(
        r"book/one\.ipynb: WARNING: cell 1: A == 1 and found\[1\] > 5 \(A is 1; found\[1\] is 2\)", troubled.said
    )
    assert "5 claims did not hold on this machine" in troubled.said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("two", "cell 1 stopped with ZeroDivisionError: division by zero"),
        ("appendix/three", "cell 1 stopped with FileNotFoundError"),
        ("index", "cell 1 stopped with DeadKernelError"),
    ],
)
def test_a_notebook_that_breaks_says_so_in_its_own_page(troubled, name, words):
    page = troubled.page(name)
    assert "This page is not whole" in page
    assert words in re.sub(r"&#x27;", "'", page), re.findall(r"cell . stopped.{60}", page)
    assert words.split("with ")[1].split(":")[0] in page.split("This page is not whole")[1]
    assert words in troubled.said
    assert "3 notebooks broke" in troubled.said
    assert troubled.code == 1


def test_the_page_on_checks_counts_what_did_not_hold(troubled):
    assert "Traceback (most recent call last):\n  File" not in troubled.said
    assert not re.search(r"printnever|>never<", troubled.page("index"))


def test_what_held_is_not_run_again_and_what_broke_is(troubled):
    troubled.write("book/two.ipynb", FILES["book/two.ipynb"])
    troubled.write("book/index.md", FILES["book/index.md"])
    assert troubled.run() == 1
    assert troubled.ran() == ["index", "three", "two"]
    assert "5 claims did not hold" in troubled.said  # also where they come from the cache
    assert "This page is not whole" not in troubled.page("two")
    troubled.write("book/appendix/three.ipynb", FILES["book/appendix/three.ipynb"])
    assert troubled.run() == 0  # claims alone do not make a build fail
    assert troubled.run("-W", "--keep-going", "--all") == 1  # but a strict one
    assert troubled.ran() == []
    troubled.write("book/one.ipynb", FILES["book/one.ipynb"])
    assert troubled.build() == ["one"]
    assert "claim-failed" not in troubled.page("one")


@pytest.fixture
def small(tmp_path):
    return SmallBook(tmp_path)


def kernels_of(folder):
    found = subprocess.run(["ps", "axo", "pid,args"], capture_output=True, text=True).stdout
    return [line for line in found.splitlines() if "ipykernel" in line and str(folder) in line]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_an_interrupted_build_goes_on_from_where_it_was(small):
    small.write("book/fusionbook/alpha.py", "A = 2\n")
    small.write("book/appendix/three.ipynb", notebook("three", SLOW))
    variables = {"FUSIONBOOK_WORKERS": "2", "JUPYTER_RUNTIME_DIR": str(small.root / "runtime")}
    first = subprocess.Popen(small.command(), env=small.environment(variables), stdout=subprocess.PIPE, text=True)
    for line in first.stdout:
        if "notebook 3 of 4" in line:
            break
    waiting = subprocess.Popen(small.command(), env=small.environment(variables), stdout=subprocess.PIPE, text=True)
    for line in waiting.stdout:
        if "Another build is at work in this folder" in line:
            break
    waiting.kill()
    waiting.communicate()
    first.send_signal(signal.SIGINT)
    said, _ = first.communicate(timeout=60)
    assert "Stopped. 3 of 4 notebooks have run and are kept" in said
    assert first.returncode != 0
    assert kernels_of(small.root / "runtime") == []
    small.write("book/appendix/three.ipynb", FILES["book/appendix/three.ipynb"])
    assert small.build() == ["three"]


def test_a_cache_that_is_foreign_or_damaged_is_begun_anew(small):
    assert small.build() == ["index", "one", "three", "two"]
    cache = small.root / "_build" / ".jupyter_cache"
    (cache / "__version__.txt").write_text("0.0.1")
    small.write("book/fusionbook/alpha.py", "A = 2\n")
    assert small.run() == 0
    assert f"written by jupyter-cache 0.0.1, and this is {jupyter_cache.__version__}" in small.said
    assert "alpha 2" in small.page("one")
    (cache / "global.db").write_bytes(b"no database" * 1000)
    assert small.run("--all") == 0
    assert "The cache of executed notebooks is damaged" in small.said
    assert small.ran() == ["index", "one", "three", "two"]
    for executed in cache.glob("executed/*/base.ipynb"):
        executed.write_text("{")
    assert small.run("--all") == 0
    assert small.ran() == ["index", "one", "three", "two"]


def test_a_full_disk_is_told_in_a_sentence_and_nothing_is_lost(small):
    assert small.build() == ["index", "one", "three", "two"]
    cache = small.root / "book" / "fusionbook" / "site" / "cache.py"
    text = cache.read_text()
    cache.write_text(
        text.replace("    bundle = CacheBundleIn(", "    full(notebook)\n    bundle = CacheBundleIn(")
        + "\n\ndef full(notebook):\n    if 'beta' in str(notebook):\n        raise StoppedError(FULL)\n"
    )
    small.write("book/fusionbook/alpha.py", "A = 2\n")
    small.write("book/fusionbook/beta.py", "B = 2\n")
    assert small.run(FUSIONBOOK_WORKERS="1") != 0
    assert "The build stopped" in small.said
    assert "The disk is full" in small.said
    cache.write_text(text)
    assert small.run() == 0
    assert "beta 2" in small.page("two")


def test_a_machine_with_little_memory_is_told_and_runs_one_at_a_time(small):
    ahead = small.root / "book" / "fusionbook" / "site" / "run_ahead.py"
    ahead.write_text(ahead.read_text().replace("NEEDED = 4, 1.3e9", "NEEDED = 4, 1e15"))
    assert small.build() == ["index", "one", "three", "two"]
    assert "GB of memory are free and a notebook takes up to" in small.said
    assert "at a time: about" not in small.said
