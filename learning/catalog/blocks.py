"""StreamField blocks of course pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from campus.institutions.blocks import CalloutBlock, QuestionsBlock


class OpenSectionsBlock(blocks.StructBlock):
    """Live: the sections of the page's course that can be enrolled in now."""

    heading = blocks.CharBlock(required=False, label=_("heading"))

    class Meta:
        icon = "date"
        label = _("Open sections (live)")
        template = "catalog/blocks/open_sections.html"

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds ``open_sections``: those of the page's ``sections`` with a window open and a seat."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        sections = context.get("sections") or []
        context["open_sections"] = [
            section for section in sections if section.takes_enrollments() and not section.is_full
        ]
        return context


class InstructorsBlock(blocks.StructBlock):
    """Live: who teaches the course in the active seasons."""

    heading = blocks.CharBlock(required=False, label=_("heading"))

    class Meta:
        icon = "group"
        label = _("Instructors (live)")
        template = "catalog/blocks/instructors.html"


class CourseBodyBlocks(blocks.StreamBlock):
    """What an editor can put on a course page."""

    heading = blocks.CharBlock(
        form_classname="title", icon="title", template="components/blocks/heading.html"
    )
    paragraph = blocks.RichTextBlock(icon="pilcrow")
    image = ImageChooserBlock(template="components/blocks/image.html")
    quote = blocks.BlockQuoteBlock()
    callout = CalloutBlock()
    questions = QuestionsBlock()
    open_sections = OpenSectionsBlock()
    instructors = InstructorsBlock()
