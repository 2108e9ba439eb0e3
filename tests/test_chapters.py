"""Every chapter has its parts, so that a reader who knows one chapter finds their way in all of them."""

import ast
import re

from test_book import NOTEBOOKS, called, cells, code, each, source, tags, text, tree

CHAPTERS = [path for path in NOTEBOOKS if re.match(r"\d\d_", path.name)]
CHECKED = [*CHAPTERS, *(path for path in NOTEBOOKS if path.name == "primer.ipynb")]
FUSIONS = [path for path in CHAPTERS if 4 <= int(path.name[:2]) <= 8]


def section(path, title):
    """What stands from the heading `## title` to the next of its level: strings of Markdown, and code cells."""
    found, inside = [], False
    for cell in cells(path):
        if cell["cell_type"] == "code":
            found += [cell] * inside
            continue
        for piece in re.split(r"^(?=## )", source(cell), flags=re.MULTILINE):
            if piece.startswith("## "):
                inside = piece.startswith(f"## {title}")
            found += [piece] * inside
    assert found, f"no heading '## {title}'"
    return found


def words(path, title):
    return "\n".join(piece for piece in section(path, title) if isinstance(piece, str))


@each(CHAPTERS)
def test_a_chapter_opens_with_its_kicker_and_what_the_reader_needs(path):
    first = source(cells(path)[0])
    assert first.startswith("# ")
    assert f"Chapter {int(path.name[:2])} ·" in re.search(r'<p class="kicker">(.*?)</p>', first)[1]
    needs = re.search(r'<p class="needs">(.*?)</p>', first, re.DOTALL)[1]
    assert "You need" in needs
    assert re.search(r"\d+ minutes", needs)
    assert re.search(r"\d+ seconds", needs)


@each(CHAPTERS)
def test_an_explorer_comes_before_the_first_formula(path):
    explorers = set()
    for cell in cells(path):
        if cell["cell_type"] == "markdown":
            assert "$" not in source(cell), f"{cell['id']} has a formula before any explorer"
            continue
        for node in ast.walk(tree(cell)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fusionbook.explorers."):
                explorers |= {alias.asname or alias.name for alias in node.names}
        if called(cell) & explorers:
            return
    raise AssertionError("no explorer")


@each(CHAPTERS)
def test_every_displayed_equation_has_a_number(path):
    blocks = re.findall(r"^\$\$\n(.*?)\n\$\$([^\n]*)$", text(path), re.DOTALL | re.MULTILINE)
    assert blocks
    assert [body.strip() for body, label in blocks if not re.fullmatch(r" \(eq-[\w-]+\)", label)] == []


@each(CHAPTERS)
def test_a_claim_cell_proves_what_the_prose_says(path):
    open_cells = [cell for cell in code(path) if "hide-cell" not in tags(cell)]
    assert any(isinstance(statement, ast.Assert) for cell in open_cells for statement in tree(cell).body)


@each(CHAPTERS)
def test_predictions_have_one_right_choice(path):
    questions = re.findall(r'<div class="predict">(.*?)</div>', text(path), re.DOTALL)
    assert 2 <= len(questions) <= 4
    for question in questions:
        answers = re.findall(r"<details><summary>.+?</summary>\s*(.*?)\s*</details>", question, re.DOTALL)
        assert len(answers) >= 2
        assert question.count("<details") == len(answers)
        assert [bool(re.match(r"Right\b", answer)) for answer in answers].count(True) == 1, question


@each(CHAPTERS)
def test_there_are_one_to_three_traps(path):
    assert 1 <= len(re.findall(r"^#{2,4} Trap\b", text(path), re.MULTILINE)) <= 3


@each(CHAPTERS)
def test_every_exercise_has_a_hidden_solution_that_runs_and_one_checks_the_readers_code(path):
    solved, checks = {}, 0
    for cell in section(path, "Exercises"):
        if isinstance(cell, str):
            solved |= {int(number): 0 for number in re.findall(r"^\*\*(\d)\.\*\*", cell, re.MULTILINE)}
        elif "hide-cell" in tags(cell):
            solved[max(solved)] += 1
        else:
            checks += "check" in called(cell)
    assert list(solved) == list(range(1, len(solved) + 1))
    assert 4 <= len(solved) <= 6
    assert all(solved.values()), f"exercises without a solution: {[n for n, k in solved.items() if not k]}"
    assert checks == 1


@each(CHECKED)
def test_the_check_is_proved_against_the_solution_and_three_wrong_answers(path):
    """The cell with `assert prove` is executed with the notebook; here it is seen that there is one, and on what."""
    mistakes = []
    for cell in code(path):
        for node in tree(cell).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MISTAKES":
                assert isinstance(node.value, ast.Dict)
                mistakes += [key.value for key in node.value.keys]
                assert tags(cell) == ["hide-input"], "wrong answers say too much to stand open"
    assert len(set(mistakes)) == len(mistakes) >= 3
    assert all(sentence[-1] != "." for sentence in mistakes)
    (proof,) = [cell for cell in code(path) if "prove" in called(cell)]
    assert "hide-cell" in tags(proof)
    assert "assert prove(solution, " in source(proof)
    (checked,) = [cell for cell in code(path) if re.search(r"^check\(", source(cell), re.MULTILINE)]
    assert "mistakes=MISTAKES" in source(checked)


@each(CHECKED)
def test_every_exercise_says_how_hard_it_is_and_of_what_kind(path):
    told = re.findall(
        r"^\*\*\d\.\*\* (★{1,3}) \((by hand|code|derive|measure|think)\) ", words(path, "Exercises"), re.MULTILINE
    )
    assert len(told) == len(re.findall(r"^\*\*\d\.\*\*", words(path, "Exercises"), re.MULTILINE)) >= 3
    assert told[0][0] == "★", "the first one needs a pencil"
    assert len({stars for stars, _ in told}) >= 2
    assert "★★★ some thought first" in words(path, "Exercises")


@each(FUSIONS)
def test_a_fusion_is_weighed_for_and_against(path):
    closing = words(path, "For and against")
    for side in ("for", "against"):
        entries = re.findall(rf"^\| {side} \|([^|]*)\|([^|]*)\|$", closing, re.MULTILINE)
        assert entries
        assert all(shown.strip() for _, shown in entries), f"an entry {side} names no cell that shows it"
    for line in ("express", "learns", "worth"):
        assert re.search(rf"\*\*[^*]*\b{line}\b[^*]*\*\*", closing), f"no line says what it {line}"


@each(CHAPTERS)
def test_the_summary_has_at_most_five_points(path):
    assert 1 <= len(re.findall(r"^[-*] ", words(path, "Summary"), re.MULTILINE)) <= 5


@each(CHAPTERS)
def test_a_chapter_cites_its_sources_and_has_a_live_lab(path):
    assert re.search(r"\{cite(?::\w+)?\}`", text(path))
    assert any("\n@live(" in "\n" + source(cell) for cell in code(path))
