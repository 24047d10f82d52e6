"""The picture beside the form of a template: of what is typed, stored nowhere, and of one's own (C7)."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from campus.accounts.models import User
from campus.certificates.models import TemplateVersion
from campus.certificates.rendering.sources import EXAMPLE
from portal.roles import Role
from tests import factories
from tests.campus.certificates.drawing import CAN_DRAW, WHY_NOT

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not CAN_DRAW, reason=WHY_NOT)]
SignIn = Callable[[User], Client]
ADDRESS = "certificatetemplate:preview"


def look(**fields: Any) -> dict[str, Any]:
    rest = {"page_size": "a4-landscape", "direction": "ltr", "language": "en"}
    return {**EXAMPLE, **rest, **fields}


def red() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "#ff0000").save(out, "PNG")
    return SimpleUploadedFile("red.png", out.getvalue(), "image/png")


def test_the_picture_follows_the_form_and_nothing_is_stored(sign_in: SignIn) -> None:
    browser, address = sign_in(factories.user(Role.ADMIN)), reverse(ADDRESS)
    before = TemplateVersion.objects.count()

    def drawn(**fields: Any) -> Image.Image:
        answer = browser.post(address, look(**fields))
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"] == "image/png"
        assert "no-store" in answer["Cache-Control"]
        return Image.open(io.BytesIO(answer.content)).convert("RGB")

    plain = drawn()
    assert plain.width > plain.height > 500
    assert drawn().tobytes() == plain.tobytes()
    assert drawn(css=EXAMPLE["css"] + ".name{color:#00f}").tobytes() != plain.tobytes()
    upright = drawn(page_size="a4-portrait", direction="rtl", language="ar")
    assert upright.height > upright.width
    assert drawn(background=red()).getpixel((3, 3)) == (255, 0, 0)
    assert TemplateVersion.objects.count() == before
    form = browser.get(reverse("certificatetemplate:add")).content.decode()
    assert f'data-certificate-preview="{address}"' in form
    assert "js/certificate-preview.js" in form


def test_c7_what_no_template_may_hold_is_said_and_not_drawn(sign_in: SignIn) -> None:
    browser = sign_in(factories.user(Role.ADMIN))
    foreign = '<img src="https://elsewhere.example/x.png">'
    for fields, words in (
        ({"html": EXAMPLE["html"] + foreign}, "elsewhere.example"),
        ({"html": EXAMPLE["html"] + "<script>1</script>"}, "script"),
        ({"css": "@import 'x'"}, "@import"),
        ({"background": SimpleUploadedFile("x.png", b"<svg/>")}, "PNG"),
        ({"page_size": "a0"}, "a0"),
    ):
        answer = browser.post(reverse(ADDRESS), look(**fields))
        assert answer.status_code == 422
        assert words in " ".join(answer.json()["errors"])


def test_the_picture_of_a_template_is_for_its_admins(sign_in: SignIn) -> None:
    place = factories.institution(name="Aleph Institute")
    template = factories.certificate_template(institution=place)
    address = reverse(ADDRESS, args=[template.pk])
    assert sign_in(factories.administrator(place)).post(address, look()).status_code == 200
    elsewhere = factories.administrator(factories.institution(slug="b", name="B"))
    assert sign_in(elsewhere).post(address, look(), follow=True).status_code == 404
    for role in (Role.EDITOR, Role.STUDENT):
        assert sign_in(factories.user(role)).post(address, look()).status_code in {302, 403}
    assert sign_in(factories.user(Role.ADMIN)).get(address).status_code == 405
