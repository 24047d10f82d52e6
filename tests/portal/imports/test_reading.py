"""P11: files as rows, and what a hostile or broken one ends in."""

import datetime as dt
import io
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from portal.imports import reading
from portal.imports.errors import BadFile
from portal.imports.registry import Column, Table, date, some_of, whole_number
from tests.portal.imports.bring import csv_bytes, xlsx_bytes

TABLE = Table(
    (
        Column("email", "E-mail", required=True, aliases=("mail",)),
        Column("full_name", "Name"),
        Column("number", "Number"),
    )
)
PARTS = (Table(TABLE.columns, "users"), Table(TABLE.columns, "orgs", required=False))


def rows_of(content: bytes, name: str = "a.csv") -> list[tuple[int, list[str]]]:
    with reading.opened(io.BytesIO(content), name, (TABLE,), archive=False) as tables:
        [(_table, _heading, lines)] = tables
        return list(lines)


def refusal(content: bytes, name: str = "a.csv") -> str:
    with pytest.raises(BadFile) as caught:
        rows_of(content, name)
    return str(caught.value)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_p11_encodings_and_delimiters_are_found(encoding: str, delimiter: str) -> None:
    lines = [line.replace(",", delimiter) for line in ("email,full_name,number", "a@x,Zoë,7")]
    assert rows_of(csv_bytes(*lines, encoding=encoding)) == [(2, ["a@x", "Zoë", "7"])]


def test_p11_other_scripts_come_through() -> None:
    content = csv_bytes("email,full_name", "a@x,لينا حداد", encoding="utf-16")
    assert rows_of(content) == [(2, ["a@x", "لينا حداد"])]


def test_p11_quotes_blank_lines_and_short_rows() -> None:
    content = csv_bytes(
        "Mail;Full Name;number", '" a@x ";"He said ""so"";\nand left"', "", ";;", "b@x"
    )
    assert rows_of(content) == [
        (2, ["a@x", 'He said "so";\nand left', ""]),
        (6, ["b@x", "", ""]),
    ]


def test_p11_a_sheet_reads_as_its_csv_would() -> None:
    content = xlsx_bytes(
        [
            ["email", "full_name", "number"],
            ["a@x", True, 7.0],
            [None, None, None],
            ["b@x", dt.datetime(2009, 5, 31), 2.5],
            ["c@x", "=1+1", 12345678901],
        ]
    )
    assert rows_of(content, "a.xlsx") == [
        (2, ["a@x", "true", "7"]),
        (4, ["b@x", "2009-05-31", "2.5"]),
        (5, ["c@x", "", "12345678901"]),  # a formula without a kept value
    ]


def test_p11_the_guard_against_formulas_comes_off_again() -> None:
    assert rows_of(csv_bytes("email,number", "a@x,'+12", "'b@x,12")) == [
        (2, ["a@x", "+12"]),
        (3, ["'b@x", "12"]),
    ]


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "a.csv", "empty"),
        (b"email\r\n", "a.txt", ".csv"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "a.xls", "old Excel"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "a.xlsx", "old Excel"),
        (b"email\r\na@x\r\n", "a.xlsx", "ending"),
        (b"PK\x03\x04 nothing", "a.csv", "ending"),
        (b"PK\x03\x04 nothing", "a.xlsx", "unpacked"),
        (b"email\r\na\x00b\r\n", "a.csv", "null bytes"),
        (b"\xff\xfea", "a.csv", "UTF-16"),
        (csv_bytes("email,email", "a,b"), "a.csv", "twice"),
        (csv_bytes("email,Mail", "a,b"), "a.csv", "twice"),
        (csv_bytes("email,shoe size", "a,b"), "a.csv", "shoe size"),
        (csv_bytes("full_name", "a"), "a.csv", "email"),
        (csv_bytes("email", "a,b"), "a.csv", "Line 2"),
        (csv_bytes("email", '"never closed'), "a.csv", "Line 2"),
        (csv_bytes("email," * 101, "a"), "a.csv", "columns"),
        (csv_bytes("email", "x" * 300_000), "a.csv", "too long"),
        (csv_bytes("email", "x" * 100_000), "a.csv", "too long"),
    ],
)
def test_p11_what_is_no_such_file_is_told(content: bytes, name: str, told: str) -> None:
    assert told in refusal(content, name)


def test_p11_too_many_rows_and_bytes(settings: object) -> None:
    settings.IMPORT_MAX_ROWS = 3  # type: ignore[attr-defined]
    assert len(rows_of(csv_bytes("email", *"abc"))) == 3
    assert "more than 3 rows" in refusal(csv_bytes("email", *"abcd"))
    settings.IMPORT_MAX_BYTES = 10  # type: ignore[attr-defined]
    assert "larger" in refusal(csv_bytes("email", "abcdef"))


# --- XLSX and archives ------------------------------------------------------------------------------
def changed(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """A workbook whose parts are changed."""
    output = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
    return output.getvalue()


BOOK = xlsx_bytes([["email", "full_name"], ["a@x", "A"]])
ENTITIES = b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"])
def test_p11_external_entities_are_refused(part: str) -> None:
    def declare(name: str, xml: bytes) -> bytes:
        if name != part:
            return xml
        start = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
        return xml[:start] + ENTITIES + xml[start:]

    assert "entities" in refusal(changed(BOOK, declare), "a.xlsx")


def test_p11_a_zip_bomb_is_refused_before_it_unpacks() -> None:
    bomb = changed(
        BOOK, lambda name, xml: b" " * 200_000_000 if name == "xl/theme/theme1.xml" else xml
    )
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    told = refusal(bomb, "a.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "unpacks" in told
    assert peak < 20_000_000


def test_p11_a_sheet_that_lies_about_its_size_costs_nothing() -> None:
    def lie(name: str, xml: bytes) -> bytes:
        return xml.replace(b'<dimension ref="A1:B2"', b'<dimension ref="A1:XFD1048576"')

    assert rows_of(changed(BOOK, lie), "a.xlsx") == [(2, ["a@x", "A"])]


def test_p11_a_damaged_workbook_is_told() -> None:
    cut = changed(BOOK, lambda name, xml: xml[:50] if name == "xl/workbook.xml" else xml)
    assert "readable" in refusal(cut, "a.xlsx")
    assert "unpacked" in refusal(BOOK[:-200], "a.xlsx")


def archive(**parts: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as target:
        for name, content in parts.items():
            target.writestr(f"{name}.csv", content)
    return output.getvalue()


def test_p11_archives_give_their_tables_in_the_declared_order() -> None:
    content = archive(orgs=csv_bytes("email", "o"), users=csv_bytes("email", "u", "v"))
    with reading.opened(io.BytesIO(content), "a.zip", PARTS, archive=True) as tables:
        found = [(table.name, [cells for _n, cells in lines]) for table, _h, lines in tables]
    assert found == [("users", [["u"], ["v"]]), ("orgs", [["o"]])]
    with (
        pytest.raises(BadFile, match=r"users\.csv"),
        reading.opened(
            io.BytesIO(archive(orgs=csv_bytes("email", "o"))), "a.zip", PARTS, archive=True
        ),
    ):
        pass


# --- parsers ----------------------------------------------------------------------------------------
def test_p11_cells_are_read_or_told() -> None:
    assert some_of(["teacher", "mentor"])("Mentor; teacher,") == ("mentor", "teacher")
    assert whole_number(1, 12)("7") == 7
    assert date("2009-05-31").isoformat() == date("2009-05-31T00:00:00").isoformat()
    for parse, cell in (
        (some_of(["a"]), "a, b"),
        (whole_number(1, 12), "13"),
        (whole_number(1, 12), "١"),
        (whole_number(1, 12), "1.5"),
        (date, "31/05/2009"),
    ):
        with pytest.raises(ValueError):
            parse(cell)
