"""StreamField blocks of course pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock


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


class CalloutBlock(blocks.StructBlock):
    """A few words that stand out."""

    tone = blocks.ChoiceBlock(
        choices=[("note", _("note")), ("tip", _("tip")), ("warning", _("warning"))],
        default="note",
        label=_("tone"),
    )
    title = blocks.CharBlock(required=False, label=_("title"))
    text = blocks.RichTextBlock(features=["bold", "italic", "link", "ul", "ol"], label=_("text"))

    class Meta:
        icon = "info-circle"
        label = _("Callout")
        template = "catalog/blocks/callout.html"


class QuestionBlock(blocks.StructBlock):
    """One question with its answer."""

    question = blocks.CharBlock(label=_("question"))
    answer = blocks.RichTextBlock(
        features=["bold", "italic", "link", "ul", "ol"], label=_("answer")
    )


class QuestionsBlock(blocks.StructBlock):
    """Questions that open to their answers, without JavaScript."""

    heading = blocks.CharBlock(required=False, label=_("heading"))
    questions = blocks.ListBlock(QuestionBlock(), label=_("questions"))

    class Meta:
        icon = "help"
        label = _("Questions and answers")
        template = "catalog/blocks/questions.html"


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
