"""The reference lists what is public and true, and every example in a docstring runs."""

import ast
import doctest
import importlib
import inspect

import pytest
from fusionbook.site import reference

FILES = sorted(path for path in reference.PACKAGE.rglob("*.py") if path.name != "__init__.py")
NAMES = [".".join(path.relative_to(reference.PACKAGE).with_suffix("").parts) for path in FILES]


@pytest.mark.parametrize("name", NAMES)
def test_examples_in_docstrings_hold(name):
    tried = doctest.testmod(importlib.import_module(f"fusionbook.{name}"))
    assert tried.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(f"fusionbook.{name}") for name in NAMES]
    assert sum(len(found.examples) for module in modules for found in finder.find(module)) >= 12


@pytest.mark.parametrize("name", reference.MODULES)
def test_the_list_is_what_the_module_offers(name):
    module = importlib.import_module(f"fusionbook.{name}")
    told = dict(reference.public_names(inspect.getsource(module)))
    offered = [
        one
        for key, one in ((key, inspect.unwrap(one)) for key, one in vars(module).items() if callable(one))
        if (inspect.isfunction(one) or inspect.isclass(one))
        and one.__module__ == module.__name__
        and not key.startswith("_")
    ]
    assert {signature.partition("(")[0] for signature in told} == {one.__name__ for one in offered}
    for signature, line in told.items():
        assert line, f"{name}.{signature} has no docstring"
    if not name.startswith("explorers"):
        for one in filter(inspect.isfunction, offered):
            parameters = inspect.signature(one).parameters.values()
            stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
            wanted = ", ".join(stars.get(p.kind, "") + p.name for p in parameters)
            assert f"{one.__name__}({wanted})" in told


def test_every_module_of_the_library_is_listed():
    left_out = {"checks", "data.draw", "data.sentences", "explorers.base", "explorers.views"}
    own = {name for name in NAMES if not name.startswith("site.")}
    assert own - left_out == set(reference.MODULES)


def test_chapters_are_found_by_what_they_import_and_call():
    codes = {
        "book/05_late_fusion": "from fusionbook.train import Recipe, fit\nfusion.pool_mean(p)",
        "book/06_x": "refusion",
    }
    assert reference.chapters_of("pool_mean", "fusion", codes) == ["book/05_late_fusion"]
    assert reference.chapters_of("fit", "train", codes) == ["book/05_late_fusion"]
    assert reference.chapters_of("fit_many", "train", codes) == []
    assert reference.chapters_of("pool", "fusion", codes) == []


def test_a_signature_names_every_argument():
    (told,) = reference.public_names('def f(a, /, b, *rest, c=1, **more):\n    """Do."""\ndef _g(): pass')
    assert told == ("f(a, b, *rest, c, **more)", "Do.")
    assert reference.first_line(ast.parse('"""One.\n\nTwo."""')) == "One."


def test_backticks_become_code():
    assert [type(node).__name__ for node in reference.in_words("see `x` and y")] == ["Text", "literal", "Text"]
