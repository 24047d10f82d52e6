"""StreamField blocks of event pages; the live ones say what the event itself knows."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from campus.institutions.blocks import TextBlocks


class PlacesLeftBlock(blocks.StructBlock):
    """Live: how many places of the page's event are left, and the way to one."""

    heading = blocks.CharBlock(required=False, label=_("heading"))

    class Meta:
        icon = "group"
        label = _("Places left (live)")
        template = "events/blocks/places_left.html"


class ScheduleBlock(blocks.StructBlock):
    """Live: when the page's event takes place, day by day; without it that stands at its usual place."""

    heading = blocks.CharBlock(required=False, label=_("heading"))

    class Meta:
        icon = "date"
        label = _("Sessions (live)")
        template = "events/blocks/schedule.html"


class EventBlocks(TextBlocks):
    """What an editor can put on an event's page."""

    places_left = PlacesLeftBlock()
    schedule = ScheduleBlock()

    class Meta:
        block_counts: Any = {"places_left": {"max_num": 1}, "schedule": {"max_num": 1}}
