"""Template helpers of the pages of accounts."""

from typing import Any

from django import forms, template
from django.utils.translation import gettext as _

register = template.Library()

CODES = {"code", "key"}


@register.filter
def dressed(form: forms.Form) -> forms.Form:
    """``form`` with the classes and keyboards that its fields need on our pages.

    allauth's forms come with placeholders that repeat the label; what a field is for stands in its label
    and help, which a screen reader and a translator can follow.
    """
    for name, field in form.fields.items():
        attrs = field.widget.attrs
        kind = getattr(field.widget, "input_type", "")
        if attrs.get("placeholder") and kind != "hidden":
            del attrs["placeholder"]
        if kind in {"checkbox", "radio"}:
            attrs["class"] = "form-check-input"
        elif kind == "select":
            attrs["class"] = "form-select"
        elif kind != "hidden":
            attrs["class"] = "form-control"
        if name in CODES:
            attrs.update(
                {
                    "inputmode": "numeric",
                    "autocomplete": "one-time-code",
                    "autocapitalize": "none",
                    "spellcheck": "false",
                    "dir": "ltr",
                    "class": "form-control form-control-lg q-num",
                }
            )
        elif kind in {"email", "tel", "password"}:
            attrs["dir"] = "ltr"
        if kind == "password":
            attrs["data-show-password"] = ""
        if form.is_bound and name in form.errors and kind != "hidden":
            attrs["class"] = f"{attrs['class']} is-invalid"
    return form


@register.filter
def tagged(attrs: dict[str, Any], names: str) -> bool:
    """Whether an allauth element carries any of the tags in ``names`` (separated by commas)."""
    tags = attrs.get("tags") or ""
    held = {t.strip() for t in (tags.split(",") if isinstance(tags, str) else tags)}
    return not held.isdisjoint(names.split(","))


# What tells browsers and systems apart, the most telling first: most name others beside themselves.
BROWSERS = ("Edg/", "OPR/", "SamsungBrowser", "Firefox", "FxiOS", "CriOS", "Chrome", "Safari")
SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS X", "CrOS", "Linux")
NAMES = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
}


@register.filter
def device(user_agent: str) -> str:
    """What a person calls the program behind ``user_agent``: "Firefox · Windows"."""
    browser = next((one for one in BROWSERS if one in user_agent), "")
    system = next((one for one in SYSTEMS if one in user_agent), "")
    known = [NAMES.get(one, one) for one in (browser, system) if one]
    return " · ".join(known) or user_agent[:60] or _("Unknown device")
