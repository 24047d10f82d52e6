"""Choosing a course in forms of the Wagtail admin: by searching, not in a list of all of them."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.viewsets.chooser import ChooserViewSet

from campus.institutions.admin import ScopedChooserViewSet
from learning.catalog.models import Course
from portal.permissions import ADMIN_SITE


class CourseFilterForm(BaseFilterForm):
    """The box above the list: parts of the code and of the title, in any order."""

    q = forms.CharField(
        label=_("Search term"),
        widget=forms.TextInput(attrs={"placeholder": _("Code or title")}),
        max_length=100,
        required=False,
    )

    def filter(self, objects: QuerySet[Course]) -> QuerySet[Course]:
        """The courses in whose code or title every word stands, part of a word or whole."""
        found: QuerySet[Course] = super().filter(objects)
        self.search_query = self.cleaned_data.get("q", "")
        self.is_searching = bool(self.search_query)
        for word in self.search_query.split():
            found = found.filter(Q(code__icontains=word) | Q(title__icontains=word))
        return found


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
