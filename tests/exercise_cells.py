"""Run the exercises' checks of all notebooks, and nothing else of them: `python -m tests.exercise_cells`.

Each stands on its notebook's imports alone. Run under another code path of the processor it shows in seconds whether
a right answer is still taken for one, which the chapters' own trainings would take minutes to reach.
"""

import json
import os
import re
import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parent.parent / "book"


def cells_of(path: Path) -> list[str]:
    """Return the imports of a notebook, and the cells of the exercise that checks the reader's code."""
    code = [
        "".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"
    ]
    first = next(
        k for k, cell in enumerate(code) if re.search(r"^figures\.use_book_style\(\)|^import numpy", cell, re.MULTILINE)
    )
    last = next((k for k, cell in enumerate(code) if re.search(r"^assert prove\(", cell, re.MULTILINE)), None)
    if last is None:
        return []
    begin = max(k for k in range(last) if re.search(r"^MISTAKES\b", code[k], re.MULTILINE))
    return [code[first], *code[begin - 1 : last + 1]]


def main():
    """Run them all, each notebook in a space of its own; end with 1 if one fails."""
    os.chdir(BOOK)
    sys.path.insert(0, str(BOOK))
    failed = 0
    for path in sorted([*BOOK.glob("*.ipynb"), *(BOOK / "appendix").glob("*.ipynb")]):
        space = {"__name__": "exercise"}
        try:
            for cell in (cells := cells_of(path)):
                exec(compile(cell, path.name, "exec"), space)
            print(f"{path.stem}: {'holds' if cells else 'no such exercise'}", flush=True)
        except Exception as error:
            failed += 1
            print(f"{path.stem}: {type(error).__name__}: {error}", flush=True)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
