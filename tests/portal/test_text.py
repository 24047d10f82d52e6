"""The one rule of text: what every form, the API, sockets and imports refuse, and what they must not."""

from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from portal import text
from portal.api.parsers import read_json
from tests.security.inputs.hostile import GOOD, LIES


@pytest.mark.parametrize("what", LIES)
def test_a_text_that_lies_is_refused_with_a_sentence(what: str) -> None:
    assert text.refusal(LIES[what])
    with pytest.raises(ValidationError) as refused:
        forms.CharField().clean(LIES[what])
    assert (
        "unreadable_text" in {error.code for error in refused.value.error_list}
        or "\0" in LIES[what]
    )


@pytest.mark.parametrize(
    "good", [*GOOD, "", " ", "two\nlines\r\n\tand a tab", "a\u00adb", "\u2067א\u2069\nb"]
)
def test_every_script_is_welcome(good: str) -> None:
    assert text.refusal(good) is None


def test_a_line_that_turns_must_turn_back_in_its_order() -> None:
    assert text.refusal("\u202b\u2067a\u2069\u202c") is None
    for crossed in ("\u202b\u2067a\u202c\u2069", "\u2067a\nb\u2069", "\u202c", "a\u2068"):
        assert text.refusal(crossed), ascii(crossed)


def test_a_flag_of_tags_is_a_flag_and_other_tags_are_hidden_text() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    assert text.refusal(f"From {flag}") is None
    for hidden in (
        "a\U000e0061",
        f"{flag}\U000e0061",
        "\U0001f3f4" + "\U000e0061" * 40 + "\U000e007f",
    ):
        assert text.refusal(hidden), ascii(hidden)


def test_each_place_of_a_text_is_named() -> None:
    bad = "\u202e"
    value = {"a": bad, "b": [{"c": ["x", bad]}], "d": {bad: 1}, "e": 7, "f": None}
    assert {path for path, _told in text.refusals(value)} == {"a", "b.0.c.1", "d"}


def test_depth_is_bounded_without_recursion() -> None:
    deep: Any = "x"
    for _ in range(50_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        list(text.refusals(deep))
    assert read_json(b"[" * 60 + b"]" * 60)
    while deep != "x":  # (Python itself would recurse to forget it)
        deep = deep[0]


WITH_PATTERNS = (forms.GenericIPAddressField, forms.UUIDField, forms.SlugField)
"""Their own patterns let letters, digits and a few signs through, and nothing that the guard refuses."""


def test_every_form_of_every_package_is_guarded() -> None:
    """Forms are made when their modules are imported: all that there are now came after the guard."""

    def kinds(one: type) -> set[type]:
        return {one}.union(*[kinds(sub) for sub in one.__subclasses__()])

    bare = [
        f"{form.__module__}.{form.__qualname__}.{name}"
        for form in kinds(forms.BaseForm)
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.CharField | forms.FileField)
        and text.validate_text not in field.validators
        and not isinstance(field, (*WITH_PATTERNS, forms.JSONField))
    ]
    # An address of the editors' that validates itself, with validators of its own.
    assert bare == ["wagtail.admin.forms.choosers.ExternalLinkChooserForm.url"]


def test_the_name_of_a_file_is_text_too() -> None:
    upload = UploadedFile()
    upload._name = "\u202egpj.exe"  # Django's own setter leaves such characters out
    with pytest.raises(ValidationError):
        text.validate_text(upload)
    text.validate_text(UploadedFile(name="صورة.jpg"))
