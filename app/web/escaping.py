"""Templates compiled to what takes less time: a page has some 500 pieces.

Of every piece Jinja makes a Markup, and of what is one already a second, which takes up to ten times as long. It hands
each on through every template that includes another. It calls what a template calls by way of the context, for
functions that want to see that (`pass_context`), of which there are none here. And for each import it looks through two
mappings of globals, so that each template may have its own, which none has. All that is left out.
"""

from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import markupsafe
from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import markup_join
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


def joined(parts: tuple[Any, ...]) -> str:
    """What `~` makes: text of texts, and HTML as soon as one of them is."""
    for part in parts:
        if type(part) is not str:
            return markup_join(parts)
    return "".join(parts)


class Generator(CodeGenerator):
    """Compiles a template so that it escapes its output with `environment.escaped`."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """A template or block is put together before it is handed to the one that includes it."""
        is_outermost = frame.buffer is None
        if is_outermost:
            self.buffer(frame)
        super().blockvisit(nodes, frame)
        if is_outermost:
            self.writeline(f"yield concat({frame.buffer})")
            frame.buffer = None

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 # as Jinja calls it
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Call(  # noqa: N802 # as Jinja calls it
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        self.write("(")
        self.visit(node.node, frame)
        self.write(")(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        for sign, more in (("*", node.dyn_args), ("**", node.dyn_kwargs)):
            if more is not None:
                self.write(sign)
                self.visit(more, frame)
                self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")


class EscapingEnvironment(Environment):
    """Jinja's environment with the generator above."""

    code_generator_class = Generator
    escaped = staticmethod(escaped)
    joined = staticmethod(joined)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Those of all templates as they are, looked at whenever one imports another; none has more of its own."""
        return super().make_globals(d) if d else self.globals
