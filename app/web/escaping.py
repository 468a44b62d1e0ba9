"""What templates put out, escaped without making a Markup of it: it is joined to a page at once, some 500 pieces of it.

Jinja makes one of every piece, and of what is one already a second, which takes up to ten times as long.
"""

from collections.abc import Callable
from typing import Any

import markupsafe
from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

# What `escape` is made with, in C where there is a compiler; a version without it does with `escape`.
_escape_text: Callable[[str], str] = getattr(markupsafe, "_escape_inner", escape)


def escaped(value: Any) -> str:
    """The text of what `markupsafe.escape` gives."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]  # as it is
    if kind is str:
        return _escape_text(value)
    return str(value) if kind is int else escape(value)


class Generator(CodeGenerator):
    """Compiles a template so that it escapes its output with `environment.escaped`."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")


class EscapingEnvironment(Environment):
    """Jinja's environment with the generator above."""

    code_generator_class = Generator
    escaped = staticmethod(escaped)
