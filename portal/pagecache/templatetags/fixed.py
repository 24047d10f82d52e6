"""``{% fixed %}``: parts of a page that are the same for many, rendered once."""

from collections.abc import Hashable, MutableMapping
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

#: Renderings that one place in a template keeps at most; what differs more is rendered each time.
MOST = 200


class FixedNode(template.Node):
    """A part that depends on the language, on ``arguments`` and on nothing else."""

    child_nodelists = ("nodelist",)

    def __init__(
        self, nodelist: NodeList, arguments: list[FilterExpression], holder: FilterExpression | None
    ) -> None:
        self.nodelist = nodelist
        self.arguments = arguments
        self.holder = holder
        self.known: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """The part as it was rendered before for the same arguments, else rendered now."""
        known: MutableMapping[Hashable, Any] = self.known
        place: tuple[Hashable, ...] = ()
        if self.holder is not None:
            held = self.holder.resolve(context)
            if not isinstance(held, dict):
                return self.nodelist.render(context)
            known, place = held, (self,)
        values = [argument.resolve(context) for argument in self.arguments]
        # What addresses and words depend on, whatever the part is.
        site = (get_language(), settings.ROOT_URLCONF, get_script_prefix(), context.autoescape)
        key = (*place, *site, *values)
        html = known.get(key)
        if html is None:
            html = self.nodelist.render(context)
            if len(known) < MOST:
                known[key] = html
        return html


@register.tag
def fixed(parser: Parser, token: Token) -> FixedNode:
    """Render what stands up to ``{% endfixed %}`` once for each language and values of the arguments.

    ``{% fixed user.is_authenticated %}`` keeps the part as long as the process lives: for words,
    icons and addresses that do not come from the database. ``{% fixed in section.parts %}`` keeps it
    in a dict that lives with what it was made of (a course, a section that ``remember`` holds): when
    that is read anew, so is the part. Where there is no such dict the part is rendered each time.

    All that the part depends on must be among the arguments; what it sets (``{% url … as … %}``) is
    not seen after it.
    """
    bits = token.split_contents()[1:]
    holder = None
    if len(bits) > 1 and bits[0] == "in":
        holder = parser.compile_filter(bits[1])
        bits = bits[2:]
    arguments = [parser.compile_filter(bit) for bit in bits]
    nodelist = parser.parse(("endfixed",))
    parser.delete_first_token()
    return FixedNode(nodelist, arguments, holder)
