"""What the services of certificates refuse with."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError


class CertificateNotFound(DomainError):
    """No such certificate, or not for this person to see."""

    code = "not_found"
    status = 404
    message = _("There is no such certificate.")


class NotValid(DomainError):
    """Only a valid certificate is revoked or superseded (C6); ``details["state"]`` is what it is."""

    code = "wrong_state"
    message = _("Only a certificate that is valid can be changed.")


class TemplateNotUsable(DomainError):
    """The template is not in use any more."""

    code = "template_not_usable"
    message = _("This template is not used any more. Choose another one.")


class TemplateUsed(DomainError):
    """Certificates were issued by the template: it can be made inactive, never taken away (C6)."""

    code = "in_use"
    message = _("Certificates were issued by this template. Make it inactive instead.")


class NotRendered(DomainError):
    """The PDF is not there yet; ``details["problem"]`` says why, where something is in the way."""

    code = "not_rendered"
    message = _("The PDF of this certificate is still being made. Try again in a minute.")


class CannotRender(DomainError):
    """A PDF cannot be made of the template, or not on this machine; the sentence says what is missing."""

    code = "cannot_render"
    message = _("The PDF cannot be made.")


class NotOffered(DomainError):
    """This portal has no key to sign badges with (``BADGES_PRIVATE_KEY``)."""

    code = "not_found"
    status = 404
    message = _("This portal issues no badges.")
