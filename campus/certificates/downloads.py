"""Handing a PDF out: the bytes as they were issued."""

from django.http.response import HttpResponseBase

from campus.certificates.errors import NotRendered
from campus.certificates.models import Certificate
from portal.storages import file_answer


def pdf_answer(certificate: Certificate) -> HttpResponseBase:
    """The PDF as a download named by its number; raises :class:`NotRendered` where it is not made yet.

    Whether the reader may have it is the caller's to ask.
    """
    if not certificate.pdf:
        raise NotRendered
    return file_answer(certificate.pdf, certificate.number)
