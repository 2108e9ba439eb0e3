"""A small book in a folder of its own, built with the real extension and the real settings."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TOC = """
format: jb-book
root: book/index
chapters: [{file: book/one}, {file: book/two}, {file: book/appendix/three}, {file: book/appendix/references}]
"""
INDEX = """---
file_format: mystnb
kernelspec: {name: python3}
---
# A small book

```{code-cell}
from pathlib import Path
with Path("runs.txt").open("a") as runs:
    runs.write("index ")
```
"""
RUN = "from pathlib import Path\nruns = Path('runs.txt' if Path('fusionbook').exists() else '../runs.txt')\n"
ENTRY = "@article{clip, title={CLIP}, author={Radford, Alec}, journal={ICML}, year={2021}}\n"


def notebook(name, code, text=""):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": f"# {name}\n\n{text}"},
        {
            "cell_type": "code",
            "source": f"{RUN}with runs.open('a') as file:\n    _ = file.write('{name} ')\n{code}",
        },
    ]
    for number, cell in enumerate(cells):
        cell |= {"id": f"cell-{number}", "metadata": {}}
    cells[1] |= {"outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3"}
    return json.dumps({"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


FILES = {
    "_toc.yml": TOC,
    "requirements.txt": "",
    "book/index.md": INDEX,
    "book/one.ipynb": notebook("one", "from fusionbook.alpha import A\nprint('alpha', A)", "$x^2$ {cite:t}`clip`"),
    "book/two.ipynb": notebook(
        "two", "import fusionbook.beta\nprint('beta', fusionbook.beta.B)", "| | a |\n|---|---|\n| b | c |"
    ),
    "book/appendix/three.ipynb": notebook("three", "from fusionbook.alpha import A\nprint('three', A)"),
    "book/appendix/references.md": "# References\n\n```{bibliography}\n```\n",
    "book/references.bib": ENTRY,
    "book/fusionbook/alpha.py": "A = 1\n",
    "book/fusionbook/beta.py": "B = 1\n",
    "book/fusionbook/beta.js": "export default {};\n",
}


class SmallBook:
    """A book in a temporary folder, and which of its notebooks ran in the last build."""

    def __init__(self, root):
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)
        shutil.copy(ROOT / "_config.yml", root)
        package = ROOT / "book" / "fusionbook"
        for name in ("__init__.py", "live.py"):
            shutil.copy(package / name, root / "book" / "fusionbook")
        shutil.copytree(package / "site", root / "book" / "fusionbook" / "site")
        (root / "book" / "fusionbook" / "explorers").mkdir()
        shutil.copy(package / "explorers" / "explorer.css", root / "book" / "fusionbook" / "explorers")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def page(self, name):
        return (self.root / "_build" / "html" / "book" / f"{name}.html").read_text()

    def run(self, *options, **variables):
        """Build with these options and variables of the environment; return the exit code."""
        (self.root / "book" / "runs.txt").unlink(missing_ok=True)
        done = subprocess.run(self.command(*options), env=self.environment(variables), capture_output=True, text=True)
        self.said = re.sub(r"\x1b\[[\d;]*[a-zA-Z]", "", done.stdout + done.stderr)
        return done.returncode

    def command(self, *options):
        return [Path(sys.executable).with_name("jupyter-book"), "build", self.root, "-n", *options]

    def environment(self, variables):
        ours = {name: value for name, value in os.environ.items() if name != "FUSIONBOOK_WORKERS"}
        return ours | {"PYTHONPATH": str(self.root / "book")} | variables

    def ran(self):
        """Return the names of the notebooks that ran in the last build."""
        runs = self.root / "book" / "runs.txt"
        return sorted(runs.read_text().split()) if runs.exists() else []

    def build(self):
        """Build strictly, and return the names of the notebooks that ran."""
        assert self.run("-W", "--keep-going") == 0, self.said
        return self.ran()
