"""The notation page: every letter of every formula stands on it, and its names are the ones that the code uses."""

import re

import pytest
from test_book import BOOK, NOTEBOOKS, code, source, text

PAGE = BOOK / "appendix" / "notation.md"
CHAPTERS = [path for path in NOTEBOOKS if re.match(r"\d\d_|primer", path.name)]
# What is an operation and no letter.
COMMANDS = re.compile(
    r"approx|bar|big|Big|bigl|bigr|cdot|cdots|cos|cosh|cup|dots|exp|frac|ge|hat|in|infty|int|ldots|le|left"
    r"|lfloor|ln|log|Longleftrightarrow|lVert|mathbb|mathbf|max|mid|min|nabla|ne|neq|ni|not|odot|otimes|overline"
    r"|partial|pm|prod|propto|qquad|quad|rfloor|right|Rightarrow|rVert|setminus|sin|sqrt|star|sum|tanh|tfrac"
    r"|tilde|times|to|top|underbrace"
)
WORDS = re.compile(r"\\(?:text|operatorname\*?|mathrm|begin|end)\s*\{[^}]*\}|\\math(?:bf|bb)\s*\{?\w+\}?")
SYNONYMS = {  # another name for a thing that has one
    r"\btemp\b|\btau_\b|\btemperatur\b": "temperature",
    r"\bmodality_mask\b|\bmods?_mask\b|\bavailable_mask\b": "present",
    r"\bn_heads\b|\bnhead\b|\bn_head\b": "heads",
    r"\bsoftmax_weights\b|\battn_w\b": "weights",
    r"\btargets?_?labels?\b": "label",
}


def formulas(markdown):
    plain = re.sub(r"```.*?```|`[^`]*`", "", markdown, flags=re.DOTALL)
    displayed = re.findall(r"\$\$(.*?)\$\$", plain, re.DOTALL)
    return displayed + re.findall(r"\$([^$\n]+)\$", re.sub(r"\$\$.*?\$\$", "", plain, flags=re.DOTALL))


def letters(formula):
    found = re.findall(r"\\[A-Za-z]+|[A-Za-z]", WORDS.sub(" ", formula))
    return {one for one in found if not COMMANDS.fullmatch(one.lstrip("\\"))}


def all_letters(markdown):
    return set().union(*map(letters, formulas(markdown)))


def parts():
    everywhere, here = text(PAGE).split("## In one chapter alone")
    rows = dict(re.findall(r"^\| \[[^\]]+\]\(\.*/?([\w./]+)\.ipynb\) \|(.*)\|$", here, re.MULTILINE))
    return everywhere.split("## In the whole book")[1], rows


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_letter_of_a_chapter_is_explained(path):
    everywhere, rows = parts()
    known = all_letters(everywhere) | all_letters(rows[path.stem])
    assert sorted(all_letters(text(path)) - known) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_is_said_of_one_chapter_occurs_in_it(path):
    _, rows = parts()
    assert sorted(all_letters(rows[path.stem]) - all_letters(text(path))) == []


def test_every_chapter_has_its_row():
    _, rows = parts()
    assert set(rows) == {path.stem for path in CHAPTERS}


def everything():
    files = [p for p in (BOOK / "fusionbook").rglob("*.py") if "site" not in p.parts]
    cells = [source(cell) for path in NOTEBOOKS for cell in code(path)]
    return "\n".join([*(path.read_text(encoding="utf-8") for path in files), *cells])


def names_in_code():
    rows = re.findall(r"^\|.*\|([^|]*)\|$", parts()[0], re.MULTILINE)
    return sorted({name for row in rows for name in re.findall(r"`([^`]+)`", row)})


def test_the_column_of_names_is_read():
    assert {"present", "temperature", "logits", "features[m]"} <= set(names_in_code())


@pytest.mark.parametrize("name", names_in_code())
def test_a_name_on_the_page_is_used_in_code(name):
    end = r"\b" if name[-1].isalnum() else ""
    assert re.search(rf"(?<!\w){re.escape(name)}{end}", everything()), name


@pytest.mark.parametrize("other", SYNONYMS)
def test_a_thing_has_one_name(other):
    assert [line for line in everything().splitlines() if re.search(other, line)] == [], SYNONYMS[other]


def test_modalities_are_counted_by_m():
    """One index for modalities: no chapter writes h_i, X_i or f_i for those of modality i."""
    for path in CHAPTERS:
        counted = [f for f in formulas(text(path)) if re.search(r"(?<![A-Za-z\\])[XhfW]_i(?![A-Za-z])", f)]
        assert counted == [], path.name


def test_a_letter_that_stands_nowhere_is_found():
    """The test above can fail: it sees letters in displayed and inline mathematics, and no words or commands."""
    assert all_letters(r"text $\Xi_q + \text{and}$ and $$ \frac{\omega}{k} \operatorname{vec}(r) $$ `$no$`") == {
        *(r"\Xi", "q", r"\omega", "k", "r"),
    }
