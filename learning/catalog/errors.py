"""What the services of the catalog refuse with."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class AlreadyCopied(DomainError):
    """The season has a section of this number already."""

    code = "already_in_season"
    message = _("This section is in that season already.")


class CapacityBelowTaken(DomainError):
    """A capacity smaller than the number enrolled."""

    code = "capacity_below_taken"
    message = _("The capacity is below the number enrolled.")


class Gone(DomainError):
    """Somebody deleted it since it was looked at."""

    code = "not_found"
    status = 404
    message = _("This is not there any more.")


class PrerequisiteCircle(DomainError):
    """A course would need itself, by way of what it needs."""

    code = "prerequisite_circle"
    status = 400
    message = _("A course would be its own prerequisite.")
