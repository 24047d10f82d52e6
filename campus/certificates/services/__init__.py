"""Every write of certificates, by noun; callers name this package."""

from campus.certificates.services.issuing import Award, issue, revoke, supersede
from campus.certificates.services.pdfs import machine_can, render_all
from campus.certificates.services.templates import delete_template, write_template

__all__ = [
    "Award",
    "delete_template",
    "issue",
    "machine_can",
    "render_all",
    "revoke",
    "supersede",
    "write_template",
]
