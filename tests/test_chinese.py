"""Chinese words are told apart from the English around them, and nothing else of a page changes."""

import pytest
from docutils import nodes
from docutils.core import publish_parts
from fusionbook.site import chinese
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no word of it", []),
        ("", []),
        ("早期融合", ["早期融合"]),
        ("a dog with “这是一只狗”, a cat with “这是一只猫”", ["这是一只狗", "这是一只猫"]),
        ("模态，即数据的形式。", ["模态，即数据的形式。"]),  # its own punctuation belongs to it
        ("，、 alone is no Chinese", []),
    ],
)
def test_runs_of_chinese_are_found(text, found):
    parts = chinese.pieces(text)
    assert [part for part, is_chinese in parts if is_chinese] == found


@given(st.text(alphabet="猫狗，。 ab(", max_size=30))
def test_nothing_is_lost_and_neighbours_differ(text):
    parts = chinese.pieces(text)
    assert "".join(part for part, _ in parts) == text
    assert all(one[1] != other[1] for one, other in zip(parts, parts[1:], strict=False))


def page(*children):
    document = nodes.document(None, None)
    document.extend(children)
    chinese.mark(None, document)
    return document


def test_a_run_becomes_a_span_with_its_language():
    document = page(nodes.paragraph("", "", nodes.Text("the cat, "), nodes.strong("", "猫 and 狗")))
    spans = list(document.findall(nodes.inline))
    assert [span.astext() for span in spans] == ["猫", "狗"]
    assert document.astext() == "the cat, 猫 and 狗"
    assert all(span["classes"] == [chinese.CLASS] for span in spans)


def test_docutils_writes_that_class_as_a_language():
    html = publish_parts(".. role:: language-zh\n\n:language-zh:`猫`", writer_name="html5")["body"]
    assert '<span lang="zh">猫</span>' in html


def test_code_stays_as_it_is():
    code = nodes.literal_block("", 'find("猫")')
    document = page(code, nodes.paragraph("", "", nodes.literal("", "猫")))
    assert not list(document.findall(nodes.inline))
    assert code.astext() == 'find("猫")'
