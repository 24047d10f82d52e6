"""The editorial page of one of the staff: words in one language; the name and the facts are live."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from campus.institutions.blocks import ProfileBlocks
from campus.institutions.models import ProfilePage
from campus.people.models.people import StaffProfile


class StaffPage(ProfilePage):
    """An editor's page on one of the staff. They may have one in each language.

    Its own title is a number: the log keeps titles for ever, and must not keep a name (P9).
    """

    staff = models.ForeignKey(
        StaffProfile, verbose_name=_("staff member"), on_delete=models.PROTECT, related_name="pages"
    )
    body = StreamField(ProfileBlocks(), blank=True, verbose_name=_("body"))

    subject_field = "staff"
    content_panels: ClassVar = [FieldPanel(name) for name in ("staff", "summary", "body")]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]
    template = "people/person.html"

    class Meta:
        verbose_name = _("page of a staff member")

    def slug_of_subject(self) -> str:
        """By number, as the title."""
        return f"staff-{self.staff_id}"

    def full_clean(self, *args: object, **kwargs: object) -> None:
        """The title is the number, whatever was typed."""
        if self.staff_id is not None:
            self.title = self.audit_label
            if not self.live:
                self.draft_title = self.title
        super().full_clean(*args, **kwargs)

    @property
    def audit_label(self) -> str:
        """How the log names it."""
        return f"#{self.staff_id}"

    def get_admin_display_title(self) -> str:
        """In the admin's lists: whose page it is."""
        return self.staff.name if self.staff_id else super().get_admin_display_title()
