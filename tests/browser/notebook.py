"""What a chapter's notebook makes, made again: its statements, run apart from the page that shows their outcome."""

import ast
from functools import cache

from fusionbook.site.sources import code_cells
from visit import ROOT


@cache
def _cells(name):
    """The code cells of a notebook of the book as syntax trees, without the lines that only IPython reads."""
    path = next(path for kind in ("ipynb", "md") if (path := ROOT / "book" / f"{name}.{kind}").is_file())
    cells = code_cells(path, path.read_text(encoding="utf-8"))
    plain = ["\n".join(line for line in cell.split("\n") if line.strip()[:1] != "%") for cell in cells]
    return [ast.parse(source) for source in plain if "find_spec" not in source]


def _upto(name, kind, which):
    """All statements up to the cell that makes an explorer of this kind, the first or another."""
    found = []
    for cell in _cells(name):
        found += cell.body
        which -= sum(_calls(node, kind) for node in ast.walk(cell))
        if which < 0:
            return found
    raise AssertionError(f"{name} makes no {kind}")


def _calls(node, kind):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == kind


def _writes(statement):
    """The names that a statement binds, or writes into."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    nodes = list(ast.walk(statement))
    inner = [node.target for node in nodes if isinstance(node, ast.comprehension)]  # theirs alone
    own = {id(node) for target in inner for node in ast.walk(target)}
    stored = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    bound = {node.id for node in stored if id(node) not in own}
    into = [node.value for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
    return bound | {node.id for node in into if isinstance(node, ast.Name)}


def made(name, kind, names, which=0, **known):
    """Run the statements that make `names` before an explorer of this `kind`; return them, and what was imported.

    What is `known` stays as it is given: fewer samples, say, or what would take a training to find out.
    """
    space, wanted = dict(known), set(names.split())
    for statement in _upto(name, kind, which):
        imports = isinstance(statement, ast.Import | ast.ImportFrom)
        if imports or (wanted & _writes(statement) and not _writes(statement) <= set(known)):
            _run(statement, space, name)
            space.update(known)
    assert wanted <= set(space), f"{name} no longer makes {sorted(wanted - set(space))}"
    return space


def _run(statement, space, name):
    """Run a statement; where it needs what was not asked for, what it would have made is not there."""
    try:
        exec(compile(ast.Module([statement], []), f"<{name}>", "exec"), space)
    except NameError:
        for one in _writes(statement):
            space.pop(one, None)


def arguments(name, kind, space, which=0):
    """The arguments of that explorer: what of them can be evaluated with `space` alone, by place or by name."""
    calls = [node for cell in _cells(name) for node in ast.walk(cell) if _calls(node, kind)]
    given = [*enumerate(calls[which].args), *((one.arg, one.value) for one in calls[which].keywords)]
    values = {}
    for key, node in given:
        try:
            values[key] = eval(compile(ast.Expression(node), f"<{name}>", "eval"), dict(space))
        except NameError:
            continue
    return values


def keys(name, wanted):
    """The literal keys, in their order, of the dict that a notebook first assigns to `wanted`."""
    for cell in _cells(name):
        for node in cell.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and _writes(node) == {wanted}:
                return [key.value for key in node.value.keys]
    raise AssertionError(f"{name} makes no dict {wanted}")
