"""Sent into every kernel of a build before the first cell: a claim that fails costs one sentence, never the book.

Each `assert` in a cell becomes a question: where the answer is no, a sentence with what came out stands in the page at
that place, and the cell goes on. In JupyterLab, in Colab and under nbval nothing of this runs: there a false claim
stops the cell. An `assert` inside a `try` stays what it is.
"""

import ast
import html
import itertools

_MOST = 3  # sentences for one assert in a loop


class SoftAsserts(ast.NodeTransformer):
    """Turn `assert test, words` into a call that is told the test, its source and its parts."""

    def __init__(self):
        self.numbers = itertools.count()

    def visit_Try(self, node):
        """Leave those alone that are to be caught."""
        return node

    def visit_Assert(self, node):
        """Ask instead of stopping."""
        named = [(ast.Constant(ast.unparse(part)), _later(part)) for part in _parts(node.test)]
        parts = ast.List([ast.Tuple(list(pair), ast.Load()) for pair in named], ast.Load())
        told = [_later(node.test), ast.Constant(ast.unparse(node.test)), ast.Constant(next(self.numbers)), parts]
        call = ast.Call(ast.Name("__claim__", ast.Load()), told, [])
        return ast.fix_missing_locations(ast.copy_location(ast.Expr(call), node))


def _later(expression):
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(nothing, expression)


def _parts(test):
    """What of a test is worth telling: both sides of comparisons, in the order in which they stand, no constants."""
    if isinstance(test, ast.BoolOp):
        found = [part for value in test.values for part in _parts(value)]
    elif isinstance(test, ast.UnaryOp):
        found = _parts(test.operand)
    elif isinstance(test, ast.Compare):
        found = [test.left, *test.comparators]
    elif isinstance(test, ast.Call) and not test.keywords and isinstance(test.func, ast.Attribute) and not test.args:
        found = _parts(test.func.value)  # (a > b).all()
    else:
        found = []
    return [part for part in found if not isinstance(part, ast.Constant)]


def _shown(value):
    """A value on one line, short enough to read."""
    try:
        if hasattr(value, "detach"):
            value = value.detach().numpy()
        said = value if isinstance(value, str) else f"{value:.6g}" if isinstance(value, float) else repr(value)
    except Exception as error:  # whatever a repr may do, the sentence is what counts
        said = f"something that cannot be shown ({type(error).__name__})"
    said = " ".join(said.split())
    return said if len(said) <= 160 else f"{said[:157]}…"


class Claim:
    """What stands in the page where a claim did not hold."""

    def __init__(self, source, came_out):
        self.source, self.came_out = source, came_out

    def __repr__(self):
        told = "".join(f"\n    {name} is {value}" for name, value in self.came_out)
        return f"This claim did not hold on the machine that built this page: {self.source}{told}"

    def _repr_html_(self):
        came = "; ".join(f"<code>{html.escape(name)}</code> is {html.escape(value)}" for name, value in self.came_out)
        return (
            '<p class="claim-failed"><strong>This claim did not hold on the machine that built this page:</strong> '
            f"<code>{html.escape(self.source)}</code>{f', where {came}' if came else ''}.</p>"
        )


def make_judge(display):
    """Return the function that the asserts call."""
    told = {}

    def judge(test, source, number, parts):
        if test():
            return
        told[source, number] = told.get((source, number), 0) + 1
        if told[source, number] <= _MOST:
            came_out = [(name, _shown(part())) for name, part in parts]
            display(Claim(source, came_out), metadata={"claim": source, "came_out": came_out})

    return judge


def install():
    """Listen to this kernel's cells."""
    from IPython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    shell.ast_transformers.append(SoftAsserts())
    shell.push({"__claim__": make_judge(display)}, interactive=False)
