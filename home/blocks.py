"""StreamField blocks of the home page and general pages; the live ones say what they read."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from home import queries


class HeroBlock(blocks.StructBlock):
    """The opening of the front page: a sentence in large type and the search box."""

    heading = blocks.CharBlock(label=_("heading"), max_length=80)
    text = blocks.TextBlock(label=_("text"), required=False, max_length=240)

    class Meta:
        icon = "home"
        label = _("Opening with search")
        template = "home/blocks/hero.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Adds how many courses can be taken now. One query."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        return {**context, "open_courses": queries.count_open_courses(timezone.localdate())}


class FeaturedCoursesBlock(blocks.StructBlock):
    """Live: featured courses, filled up with others that can be enrolled in."""

    heading = blocks.CharBlock(label=_("heading"))
    count = blocks.IntegerBlock(min_value=1, max_value=12, default=6, label=_("how many"))

    class Meta:
        icon = "pick"
        label = _("Featured courses (live)")
        template = "home/blocks/featured_courses.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Adds the courses with their number of open sections. One query."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        courses = queries.featured_courses(timezone.localdate(), value["count"])
        return {**context, "courses": courses}


class StartingSoonBlock(blocks.StructBlock):
    """Live: the sections that start next and have a seat left."""

    heading = blocks.CharBlock(label=_("heading"))
    count = blocks.IntegerBlock(min_value=1, max_value=12, default=5, label=_("how many"))

    class Meta:
        icon = "date"
        label = _("Starting soon, seats left (live)")
        template = "home/blocks/starting_soon.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Adds the sections. One query."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        sections = queries.starting_soon(timezone.localdate(), value["count"])
        return {**context, "sections": sections}


class DepartmentsBlock(blocks.StructBlock):
    """Live: the departments that teach most, each a way into its courses."""

    heading = blocks.CharBlock(label=_("heading"))
    count = blocks.IntegerBlock(min_value=1, max_value=60, default=18, label=_("how many"))

    class Meta:
        icon = "group"
        label = _("Departments (live)")
        template = "home/blocks/departments.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Adds the departments with their number of courses. One query."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        return {**context, "departments": queries.busiest_departments(value["count"])}


class ComingEventsBlock(blocks.StructBlock):
    """Live: the events that come next."""

    heading = blocks.CharBlock(label=_("heading"))
    count = blocks.IntegerBlock(min_value=1, max_value=12, default=4, label=_("how many"))

    class Meta:
        icon = "calendar-alt"
        label = _("Coming events (live)")
        template = "home/blocks/coming_events.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Adds the events. One query."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        return {**context, "events": queries.coming_events(timezone.now(), value["count"])}


class ClubsBlock(blocks.StructBlock):
    """Live: some clubs, those with an event ahead first."""

    heading = blocks.CharBlock(label=_("heading"))
    count = blocks.IntegerBlock(min_value=1, max_value=24, default=6, label=_("how many"))

    class Meta:
        icon = "group"
        label = _("Clubs (live)")
        template = "home/blocks/clubs.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Adds the clubs, each with its next event. Three queries."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        return {**context, "clubs": queries.clubs_to_join(timezone.now(), value["count"])}


class AnnouncementsBlock(blocks.StructBlock):
    """Live: the newest announcements that are for the reader, pinned ones first."""

    heading = blocks.CharBlock(label=_("heading"))
    count = blocks.IntegerBlock(min_value=1, max_value=12, default=3, label=_("how many"))

    class Meta:
        icon = "comment"
        label = _("Announcements (live)")
        template = "home/blocks/announcements.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Adds the announcements. One query."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        request = (parent_context or {}).get("request")
        user = getattr(request, "user", None) or AnonymousUser()
        return {**context, "announcements": queries.newest_announcements(user, value["count"])}


class QuoteBlock(blocks.StructBlock):
    """Someone's words, and whose they are."""

    text = blocks.TextBlock(label=_("text"))
    name = blocks.CharBlock(required=False, label=_("who says it"))

    class Meta:
        icon = "openquote"
        label = _("Quote")
        template = "home/blocks/quote.html"


class CallToActionBlock(blocks.StructBlock):
    """A sentence and a button."""

    text = blocks.CharBlock(label=_("text"))
    button = blocks.CharBlock(label=_("button"))
    link = blocks.CharBlock(
        required=False, label=_("address"), help_text=_("Such as /en/courses/ or https://….")
    )
    page = blocks.PageChooserBlock(required=False, label=_("page"))

    class Meta:
        icon = "arrow-right"
        label = _("Call to action")
        template = "home/blocks/call_to_action.html"

    def clean(self, value: Any) -> Any:
        """An address is on this site or begins with https://; nothing that runs."""
        cleaned = super().clean(value)
        link = cleaned["link"]
        if link and not (link.startswith(("https://", "http://")) or _is_local(link)):
            message = _("An address begins with / or https://.")
            raise blocks.StructBlockValidationError({"link": ValidationError(message)})
        if not link and not cleaned["page"]:
            message = _("Choose a page or write an address.")
            raise blocks.StructBlockValidationError({"link": ValidationError(message)})
        return cleaned


def _is_local(link: str) -> bool:
    return link.startswith("/") and not link.startswith("//")


class PageBlocks(blocks.StreamBlock):
    """What an editor can put on a general page."""

    heading = blocks.CharBlock(
        form_classname="title",
        icon="title",
        label=_("Heading"),
        template="components/blocks/heading.html",
    )
    paragraph = blocks.RichTextBlock(
        icon="pilcrow", label=_("Text"), template="components/blocks/paragraph.html"
    )
    image = ImageChooserBlock(label=_("Image"), template="components/blocks/image.html")
    quote = QuoteBlock()
    call_to_action = CallToActionBlock()
    featured_courses = FeaturedCoursesBlock()
    starting_soon = StartingSoonBlock()
    departments = DepartmentsBlock()
    coming_events = ComingEventsBlock()
    clubs = ClubsBlock()


class HomeBlocks(PageBlocks):
    """What an editor can put on the home page: all of a general page's, and the opening."""

    hero = HeroBlock()
    announcements = AnnouncementsBlock()
