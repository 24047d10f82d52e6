"""Choosing a course in forms of the Wagtail admin: by searching, not in a list of all of them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.chooser import ChooserViewSet

from campus.institutions.admin import ScopedChooserViewSet, WordsForm
from learning.catalog.models import Course
from portal.permissions import ADMIN_SITE


class CourseFilterForm(WordsForm):
    """Parts of the code and of the title, in any order."""

    searched = ("code", "title")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("Code or title")


class CourseChooseView(ChooserViewSet.choose_view_class):
    """The dialog with its first results."""

    policy = ADMIN_SITE
    filter_form_class = CourseFilterForm


class CourseChooseResultsView(ChooserViewSet.choose_results_view_class):
    """The results while one types."""

    policy = ADMIN_SITE
    filter_form_class = CourseFilterForm


class CourseChooserViewSet(ScopedChooserViewSet):
    """The chooser of courses: the field of every admin form that points to one course."""

    model = Course
    icon = "clipboard-list"
    choose_one_text = _("Choose a course")
    choose_another_text = _("Choose another course")
    edit_item_text = _("Edit this course")
    per_page = 20
    choose_view_class: Any = CourseChooseView
    choose_results_view_class: Any = CourseChooseResultsView


course_chooser = CourseChooserViewSet("course_chooser", url_prefix="course-chooser")
