"""The roles of ``roles.md``: each is a Django group of the same name."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person may be; one person may be several of them at once."""

    STUDENT = "student", _("student")
    PARENT = "parent", _("parent")
    TEACHER = "teacher", _("teacher")
    MENTOR = "mentor", _("mentor")
    ORGANIZER = "organizer", _("organizer")
    EDITOR = "editor", _("editor")
    ADMIN = "admin", _("admin")
