"""StreamField blocks of public profiles, and those that other rooms' pages use as well."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock


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
        template = "components/blocks/callout.html"


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
        template = "components/blocks/questions.html"


class PeopleBlock(blocks.StructBlock):
    """Live: the people of the page's department; without it they stand at their usual place."""

    heading = blocks.CharBlock(required=False, label=_("heading"))

    class Meta:
        icon = "group"
        label = _("People (live)")
        template = "institutions/blocks/people.html"


class CoursesBlock(blocks.StructBlock):
    """Live: the courses of what the page is about; without it they stand at their usual place."""

    heading = blocks.CharBlock(required=False, label=_("heading"))
    count = blocks.IntegerBlock(min_value=1, max_value=12, default=6, label=_("how many"))

    class Meta:
        icon = "clipboard-list"
        label = _("Courses (live)")
        template = "institutions/blocks/courses.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """As many of the page's ``courses`` as the editor asked for."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        return {**context, "courses": list(context.get("courses") or ())[: value["count"]]}


class TextBlocks(blocks.StreamBlock):
    """What an editor can put on every page about one thing."""

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
    quote = blocks.BlockQuoteBlock(label=_("Quote"))
    callout = CalloutBlock()
    questions = QuestionsBlock()


class ProfileBlocks(TextBlocks):
    """The same, and the courses: on a public profile."""

    courses = CoursesBlock()


class DepartmentBlocks(ProfileBlocks):
    """The same, and the people of a department."""

    people = PeopleBlock()
