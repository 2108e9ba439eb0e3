"""Equation numbers by chapter, and the address in a notebook's first cell."""

import json
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document
from fusionbook.site.address import stamp
from fusionbook.site.equations import number_by_chapter, prefix


@pytest.mark.parametrize(
    ("page", "number"), [("book/05_late_fusion", "5"), ("book/12_credit_risk", "12"), ("book/appendix/primer", "A")]
)
def test_the_prefix_is_the_chapter_or_an_a(page, number):
    assert prefix(page) == number


def test_equations_count_from_one_on_every_page():
    equations = {}
    domain = SimpleNamespace(data={"objects": equations})
    env = SimpleNamespace(docname="book/05_late_fusion", get_domain=lambda name: {"math": domain}[name])
    document = new_document("page")
    for label in ("eq-a", None, "eq-b"):
        node = nodes.math_block("x", "x")
        node["label"], node["number"] = label, 17
        document += node
    number_by_chapter(SimpleNamespace(env=env), document)
    assert equations == {"eq-a": ("book/05_late_fusion", "5.1"), "eq-b": ("book/05_late_fusion", "5.2")}
    assert [node["number"] for node in document.findall(nodes.math_block)] == ["5.1", 17, "5.2"]


def test_an_address_is_written_once_and_can_be_changed():
    cell = {"cell_type": "code", "source": ['REPOSITORY = ""  # here\n', "x = 1"]}
    text = json.dumps({"cells": [cell]})
    once = stamp(text, "https://github.com/a/b")
    assert json.loads(once)["cells"][0]["source"][0] == 'REPOSITORY = "https://github.com/a/b"  # here\n'
    assert stamp(once, "") == text


def test_a_notebook_without_that_line_is_refused():
    with pytest.raises(ValueError, match="0 lines REPOSITORY"):
        stamp("{}", "https://github.com/a/b")
