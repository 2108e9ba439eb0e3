"""The library by module, name by name, made from the docstrings when the page is built; nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from fusionbook.site import sources

PACKAGE = Path(__file__).parent.parent
# In the order in which data flow through them; what only the site and the explorers need among themselves is left out.
MODULES = (
    *("data.applicants", "data.loans", "data.worlds", "data.emoji", "data.speech", "data.digits", "data.scenes"),
    "data.prepare",
    "data.gaps",
    *("encoders", "media", "blocks", "attention", "fusion", "layers", "sequences", "losses", "train", "descent"),
    *("metrics", "retrieval", "importance", "balance", "clinic", "histories", "figures", "listen", "exercises", "live"),
    *(
        "explorers.underwriter",
        "explorers.softmax_dial",
        "explorers.modality_lens",
        "explorers.sight_and_sound_lens",
        "explorers.scale_conflict",
        "explorers.draw_your_own_votes",
        "explorers.worlds",
        "explorers.attention_map",
        "explorers.where_does_the_word_look",
        "explorers.embedding_space",
        "explorers.pull_and_push",
        "explorers.alignment_film",
        "explorers.joint_loss",
        "explorers.credit_desk",
        "explorers.failure_lab",
        "explorers.late_mixer",
        "explorers.evidence",
        "explorers.pairs",
        "explorers.calibration",
    ),
)


def first_line(node: ast.AST) -> str:
    """Return the first line of a docstring."""
    return (ast.get_docstring(node) or "").partition("\n")[0]


def public_names(source: str) -> Iterator[tuple[str, str]]:
    """Yield (signature, first line of the docstring) of every public function and class of a module."""
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        maker = node
        if isinstance(node, ast.ClassDef):
            own = (item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__")
            maker = next(own, None)
        told = f"({', '.join(_arguments(maker))})" if maker else ""  # a class without its own is made as its base is
        yield node.name + told, first_line(node)


def _arguments(function: ast.FunctionDef) -> list[str]:
    args = function.args
    names = [arg.arg for arg in (*args.posonlyargs, *args.args) if arg.arg != "self"]
    names += [f"*{args.vararg.arg}"] if args.vararg else []
    return names + [arg.arg for arg in args.kwonlyargs] + ([f"**{args.kwarg.arg}"] if args.kwarg else [])


def code_of(notebook: Path) -> str:
    """Return the code cells of a notebook as one text."""
    return "\n".join(sources.code_cells(notebook, notebook.read_text(encoding="utf-8")))


def chapters_of(name: str, module: str, codes: dict[str, str]) -> list[str]:
    """Return the pages whose code names it: as `module.name`, or imported from the module."""
    short = module.rpartition(".")[2]
    imported = rf"from fusionbook\.{re.escape(module)} import [^\n]*\b{name}\b"
    pattern = re.compile(rf"\b{short}\.{name}\b|{imported}")
    return [page for page, code in codes.items() if pattern.search(code)]


def in_words(text: str) -> list[nodes.Node]:
    """Return text nodes, with what stands in backticks as code."""
    parts = text.split("`")
    return [nodes.literal(text=part) if k % 2 else nodes.Text(part) for k, part in enumerate(parts) if part]


class Reference(Directive):
    """`fusionbook-api`: one section a module; each name with its arguments, one line, and the chapters that use it."""

    def run(self) -> list[nodes.Node]:
        """Make the sections, and tell Sphinx which files the page stands on."""
        env = self.state.document.settings.env
        notebooks = sources.notebooks(PACKAGE.parent)
        codes = {path.relative_to(env.srcdir).with_suffix("").as_posix(): code_of(path) for path in notebooks}
        for path in notebooks:
            env.note_dependency(str(path))
        return [self._module(env, module, codes) for module in MODULES]

    def _module(self, env, module: str, codes: dict[str, str]) -> nodes.section:
        path = PACKAGE / f"{module.replace('.', '/')}.py"
        env.note_dependency(str(path))
        source = path.read_text(encoding="utf-8")
        section = nodes.section(ids=[f"module-{module.replace('.', '-').replace('_', '-')}"])
        section += nodes.title("", module)
        section += nodes.paragraph("", "", *in_words(first_line(ast.parse(source))))
        names = nodes.definition_list(classes=["api"])
        for signature, line in public_names(source):
            told = nodes.paragraph("", "", *in_words(line))
            for page in chapters_of(signature.partition("(")[0], module, codes):
                uri = env.app.builder.get_relative_uri(env.docname, page)
                told += [nodes.Text(" "), nodes.reference("", label_of(page), refuri=uri, internal=True)]
            term = nodes.term("", "", nodes.literal(text=signature))
            names += nodes.definition_list_item("", term, nodes.definition("", told))
        if len(names):
            section += names
        return section


def label_of(page: str) -> str:
    """Return how a page is called in a list: its chapter's number, or its name.

    >>> label_of("book/05_late_fusion"), label_of("book/appendix/primer")
    ('chapter 5', 'primer')
    """
    number = re.match(r"(\d+)_", Path(page).name)
    return f"chapter {int(number[1])}" if number else Path(page).name


def add_directive(app: Sphinx) -> None:
    """Let pages say `fusionbook-api`."""
    app.add_directive("fusionbook-api", Reference)
