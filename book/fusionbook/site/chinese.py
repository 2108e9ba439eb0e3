"""Says in the page which words are Chinese, so that a screen reader speaks them as such."""

import re

from docutils import nodes
from sphinx.application import Sphinx

# Han characters, with the punctuation that stands between and after them.
CHINESE = re.compile(r"[\u3400-\u9fff][\u3000-\u303f\u3400-\u9fff\uff00-\uffef]*")
CLASS = "language-zh"  # docutils writes a class of this form as the attribute lang


def mark(app: Sphinx, doctree: nodes.document) -> None:
    """Put every run of Chinese in the page's text into a span of its own; code stays as it is."""
    for text in list(doctree.findall(nodes.Text)):
        parts = pieces(text.astext())
        if len(parts) == 1 and not parts[0][1] or _in_code(text):
            continue
        marked = [nodes.inline("", part, classes=[CLASS]) if chinese else nodes.Text(part) for part, chinese in parts]
        text.parent.replace(text, marked)


def pieces(text: str) -> list[tuple[str, bool]]:
    """Cut a text into parts that are Chinese and parts that are not, in their order.

    >>> pieces("the cat (猫)")
    [('the cat (', False), ('猫', True), (')', False)]
    """
    parts, end = [], 0
    for run in CHINESE.finditer(text):
        parts += [(text[end : run.start()], False)] * (run.start() > end) + [(run[0], True)]
        end = run.end()
    return parts + [(text[end:], False)] * (end < len(text) or not parts)


def _in_code(node: nodes.Node) -> bool:
    kinds = (nodes.literal, nodes.literal_block, nodes.raw, nodes.comment, nodes.math, nodes.math_block)
    while node is not None:
        if isinstance(node, kinds):
            return True
        node = node.parent
    return False
