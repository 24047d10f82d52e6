"""Files that are not what they say: pictures that flood or run, workbooks that unfold, names that climb.

Each is brought by every way that takes such a file. Nothing is stored of what is refused; what is stored
lies inside of its folder, under a name of our own, and is never handed out as something that runs.
"""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook
from PIL import Image

from campus.accounts.models import User
from learning.catalog.models import Content
from portal.imports import engine
from portal.imports.models import Import
from portal.roles import Role
from tests import factories
from tests.access.world import World

pytestmark = pytest.mark.django_db
SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
HTML = b"<!doctype html><title>x</title>" + SCRIPT
PHOTO = "/api/v1/profile/"


def png(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes that says it is this large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 999))
        + chunk(b"IEND", b"")
    )


def jpeg(**options: Any) -> bytes:
    """A small picture that is one."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG", **options)
    return out.getvalue()


def in_storage() -> set[Path]:
    """Every file that lies in the storages."""
    folders = [Path(storages[name].location) for name in ("default", "private")]
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


PICTURES: dict[str, tuple[str, bytes]] = {
    "a flood of pixels": ("a.png", png(50_000, 50_000)),
    "a smaller flood": ("a.png", png(12_000, 12_000)),
    "a picture without pixels": ("a.png", png(0, 0)),
    "SVG": ("a.svg", SVG),
    "SVG called PNG": ("a.png", SVG),
    "HTML called JPEG": ("a.jpg", HTML),
    "GIF and script in one": ("a.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;" + SCRIPT),
    "a BMP": ("a.bmp", b"BM" + b"\0" * 100),
    "half a JPEG": ("a.jpg", jpeg()[:200]),
    "a TIFF": ("a.tif", b"II*\0" + b"\xff" * 100),
    "PostScript": ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99999 99999\n"),
    "nothing": ("a.png", b""),
    "more than 5 MB": ("a.png", png(10, 10) + b"\0" * (5 * 1024 * 1024)),
}


@pytest.mark.parametrize("what", PICTURES)
def test_a_photo_that_is_none_is_refused_by_page_and_api(
    what: str, sign_in: Any, api_as: Any
) -> None:
    user = factories.user(Role.STUDENT, full_name="Nadia Haddad")
    name, data = PICTURES[what]
    before = in_storage()
    answer = api_as(user).patch(
        PHOTO, {"photo": SimpleUploadedFile(name, data, "image/png")}, format="multipart"
    )
    assert answer.status_code == 400, answer.content
    assert {error["param"] for error in answer.json()["errors"]} == {"photo"}
    values = {"full_name": "Nadia Haddad", "language": "en"}
    page = sign_in(user).post("/en/profile/", {**values, "photo": SimpleUploadedFile(name, data)})
    assert page.status_code == 422 and b"aria-invalid" in page.content
    user.refresh_from_db()
    assert not user.photo and in_storage() == before


def test_the_control_a_photo_is_taken_and_written_anew(api_as: Any) -> None:
    """What a picture carries beside its pixels (words that a browser would run) is gone."""
    user = factories.user(Role.STUDENT)
    polyglot = jpeg(comment=SCRIPT) + HTML
    for name in (
        "\u202egpj.exe",
        "../../../etc/passwd.html",
        "..\\..\\a.jpg.html",
        "a" * 90 + ".php.jpg",
    ):
        upload = SimpleUploadedFile("x", polyglot, "text/html")
        upload._name = name  # the class itself would take the folders away
        assert api_as(user).patch(PHOTO, {"photo": upload}, format="multipart").status_code == 200
        user.refresh_from_db()
        stored = user.photo.read()
        assert stored[:4] == b"RIFF" and stored[8:12] == b"WEBP" and b"script" not in stored
        path = Path(user.photo.path)
        assert path.suffix == ".webp" and path.is_relative_to(Path(storages["default"].location))
        assert path.parent.name == "people"


@pytest.mark.parametrize(
    "name", ["paper.html", "paper.svg", "paper.xhtml", "../../x.html", "p.pdf"]
)
def test_a_document_of_a_course_is_handed_out_to_be_kept_and_never_shown(
    name: str, world: World
) -> None:
    teacher = world.person("teacher", owner=True)
    upload = SimpleUploadedFile("x", HTML, "text/html")
    upload._name = name
    answer = teacher.api.post(
        "/api/v1/contents/",
        {"module": world.module.pk, "title": '../<b>"x\r\ny', "kind": "document", "file": upload},
    )
    if answer.status_code == 400:
        assert {error["param"] for error in answer.json()["errors"]} <= {"file", "title"}
        return
    content = Content.objects.get(pk=answer.json()["data"]["id"])
    assert Path(content.file.path).is_relative_to(Path(content.file.storage.location))
    assert "/" not in content.file.name.partition("/")[2]
    handed = teacher.api.get(f"/api/v1/contents/{content.pk}/file/")
    assert handed["Content-Disposition"].startswith("attachment;")
    assert handed["X-Content-Type-Options"] == "nosniff"
    assert "unsafe-inline" not in handed["Content-Security-Policy"]


# --- imports --------------------------------------------------------------------------------------
def workbook(**parts: bytes) -> bytes:
    """A workbook with parts replaced or added, each under its name."""
    book, out = Workbook(), io.BytesIO()
    book.active.append(["email", "full_name"])
    book.save(out)
    made = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, parts.get(member, old.read(member)))
        for extra in parts.keys() - set(old.namelist()):
            new.writestr(extra, parts[extra])
    return made.getvalue()


LAUGHS = b'<!DOCTYPE a [<!ENTITY l0 "ha">' + b"".join(
    b'<!ENTITY l%d "%b">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
)
SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row><c t="inlineStr"><is><t>%b</t></is></c></row></sheetData></worksheet>'
)
WORKBOOKS: dict[str, tuple[str, bytes]] = {
    "a billion laughs": (
        "a.xlsx",
        workbook(**{"xl/worksheets/sheet1.xml": LAUGHS + b"]>" + SHEET % b"&l9;"}),
    ),
    "an entity outside": (
        "a.xlsx",
        workbook(
            **{
                "xl/worksheets/sheet1.xml": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                + SHEET % b"&x;"
            }
        ),
    ),
    "a zip bomb": ("a.xlsx", workbook(**{"xl/bomb.xml": b"\0" * (120 * 1024 * 1024)})),
    "a path that climbs": ("a.xlsx", workbook(**{"../../../etc/cron.d/x": b"x"})),
    "a zip that is none": ("a.xlsx", b"PK\x03\x04" + b"\xff" * 200),
    "HTML called CSV": ("a.csv", HTML),
    "broken UTF-8": ("a.csv", b"email,full_name,roles\na@b.example,\xff\xfe\x81,student\n"),
    "UTF-16 without end": ("a.csv", b"\xff\xfee\0m\0a\0i\0"),
    "null bytes": ("a.csv", b"email,full_name\na@b.example,a\0b\n"),
    "a line of 2 MB": ("a.csv", b"email,full_name\n" + b"x" * 2_000_000 + b"\n"),
    "a quote that never ends": ("a.csv", b'email,full_name\n"' + b"a\n" * 300_000),
    "names that turn": ("a.csv", "email,full_name,roles\na@b.example,\u202egpj,student\n".encode()),
    "100,000 columns": ("a.csv", b"," * 100_000),
    "nothing": ("a.csv", b""),
}


@pytest.mark.parametrize("what", WORKBOOKS)
def test_a_file_of_an_import_that_is_none_is_refused_and_writes_nobody(
    what: str, api_as: Any
) -> None:
    admin = factories.user(Role.ADMIN)
    name, data = WORKBOOKS[what]
    people = User.objects.count()
    answer = api_as(admin).post(
        "/api/v1/imports/",
        {"kind": "users", "file": SimpleUploadedFile(name, data)},
        format="multipart",
    )
    assert answer.status_code in {202, 400}, answer.content
    if answer.status_code == 202:
        made = Import.objects.get(pk=answer.json()["data"]["id"])
        engine.check(made.pk)
        made.refresh_from_db()
        assert made.state == Import.State.REFUSED, (made.state, made.problem)
        told = made.problem or [e for row in made.rows.all() for e in row.errors]
        assert told, "it says why"
        if "turn" in what or "UTF-8" in what:
            assert {e["column"] for row in made.rows.all() for e in row.errors} >= {"full_name"}
    else:
        assert {error["param"] for error in answer.json()["errors"]} == {"file"}
    assert User.objects.count() == people


NAMES = (
    "../../x.csv",
    "..\\..\\x.csv",
    "/etc/x.csv",
    "C:\\x.csv",
    "x" * 300 + ".csv",
    "a\nb.csv",
    "…/x.csv",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_climbs_stays_in_its_folder(name: str, api_as: Any) -> None:
    upload = SimpleUploadedFile("x", b"email,full_name\na@b.example,Nadia\n")
    upload._name = name
    answer = api_as(factories.user(Role.ADMIN)).post(
        "/api/v1/imports/", {"kind": "users", "file": upload}, format="multipart"
    )
    if answer.status_code == 400:
        assert {error["param"] for error in answer.json()["errors"]} == {"file"}
        return
    made = Import.objects.get(pk=answer.json()["data"]["id"])
    assert Path(made.file.path).is_relative_to(Path(made.file.storage.location))
    assert not set("/\\\n\0") & set(made.file_name)


def test_f5_a_file_that_is_sent_again_with_its_key_is_taken_once(api_as: Any) -> None:
    """Larger than any other body may be, and with other words between the parts, as clients do it."""
    admin = api_as(factories.user(Role.ADMIN))

    def send(boundary: str, last: bytes) -> Any:
        parts = [b'Content-Disposition: form-data; name="kind"\r\n\r\nusers']
        parts.append(
            b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail,full_name\n'
            + b"a@b.example,Nadia Haddad\n" * 60_000
            + last
        )
        line = f"--{boundary}\r\n".encode()
        body = line + (b"\r\n" + line).join(parts) + f"\r\n--{boundary}--\r\n".encode()
        assert len(body) > 1024 * 1024
        return admin.generic(
            "POST",
            "/api/v1/imports/",
            body,
            content_type=f"multipart/form-data; boundary={boundary}",
            headers={"Idempotency-Key": "one"},
        )

    first, again = send("a1", b""), send("b2", b"")
    assert first.status_code == again.status_code == 202, first.content
    assert first.json()["data"]["id"] == again.json()["data"]["id"]
    assert "Idempotency-Replayed" in again and Import.objects.count() == 1
    assert send("a1", b"c@d.example,Omar\n").status_code == 422, "another file is another request"


# --- Wagtail's own doors for files ----------------------------------------------------------------
@pytest.mark.parametrize("what", ["a flood of pixels", "SVG", "SVG called PNG", "HTML called JPEG"])
def test_the_editors_image_chooser_takes_none_of_them(what: str, sign_in: Any) -> None:
    browser: Client = sign_in(factories.user(Role.EDITOR))
    name, data = PICTURES[what]
    before = in_storage()
    answer = browser.post(
        "/admin/images/add/",
        {"title": "x", "file": SimpleUploadedFile(name, data), "collection": 1},
    )
    assert answer.status_code in {200, 403} and in_storage() == before


@pytest.mark.parametrize("name", ["x.html", "x.svg"])
def test_a_document_of_the_editors_is_handed_out_to_be_kept(name: str, sign_in: Any) -> None:
    browser: Client = sign_in(factories.user(Role.ADMIN))
    answer = browser.post(
        "/admin/documents/multiple/add/",
        {"title": "x", "files[]": SimpleUploadedFile(name, HTML, "text/html"), "collection": 1},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert answer.status_code in {200, 400, 403}, answer.content
    from wagtail.documents import get_document_model  # noqa: PLC0415

    for document in get_document_model().objects.all():
        handed = Client().get(document.url)
        assert handed["Content-Disposition"].startswith("attachment;")
