"""The inputs of the storm: what each must come to is said here, once for all routes."""

from typing import Any

LIES: dict[str, str] = {
    "null": "a\0b",
    "control": "a\x07b",
    "C1 control": "a\x9bb",
    "override": "\u202egpj.exe",
    "left to right override": "a\u202db",
    "open embedding": "\u202bab",
    "open isolate": "a\u2067b",
    "stray end": "a\u2069b",
    "hidden tags": "a\U000e0041\U000e0042b",
    "nothing to see": "\u200b\u200d\u2060",
    "damaged": "J\ufffdrgen",
    "no character": "a\ufffeb",
}
"""Texts that every field of text refuses, and no query is made of."""

GOOD = (
    "محمد می‌خواهم قَلَم",  # with a joiner that Persian needs, and marks
    "क्‍ष Ṁ̈áŕḱ O\u2019Brien \u200f",
    "👩‍🏫🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f \u2067עברית\u2069",
)
"""Texts that every field of text takes: scripts, marks, joiners, closed isolates, emoji, a flag of tags."""

TYPES: tuple[Any, ...] = (None, True, "", -1, 2**63, 1e300, [[]], {"a": {}})
"""Values of every type, of which a field takes the ones of its own."""

BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "half": (b'{"a": ', "application/json"),
    "a list": (b"[]", "application/json"),
    "null": (b"null", "application/json"),
    "a text": (b'"x"', "application/json"),
    "a number": (b"7", "application/json"),
    "NaN": (b'{"a": NaN}', "application/json"),
    "infinity": (b'{"a": Infinity}', "application/json"),
    "1e400": (b'{"a": 1e400}', "application/json"),
    "a number of 5,000 digits": (b'{"a": ' + b"9" * 5000 + b"}", "application/json"),
    "broken UTF-8": (b'{"a": "\xff\xfe"}', "application/json"),
    "half a pair": (b'{"a": "\\ud800"}', "application/json"),
    "half a pair as a name": (b'{"\\ud800": 1}', "application/json"),
    "a null as a name": (b'{"a\\u0000": 1}', "application/json"),
    "10,000 levels": (b"[" * 10_000 + b"]" * 10_000, "application/json"),
    "900 levels": (b'{"a":' * 900 + b"1" + b"}" * 900, "application/json"),
    "levels in a field": (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "application/json"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "application/json; charset=utf-16"),
    "no known charset": (b'{"a": ', "application/json; charset=nothing"),
    "XML": (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "text/xml"),
    "no type": (b"{}", ""),
    "a type that is none": (b"{}", "\xff/\xfe; ;="),
    "a form in UTF-16": (b"a=1", "application/x-www-form-urlencoded; charset=utf-16"),
    "a form of broken UTF-8": (b"a=%ff%fe&b=\xff", "application/x-www-form-urlencoded"),
    "6,000 fields": (
        b"&".join(b"a%d=1" % n for n in range(6000)),
        "application/x-www-form-urlencoded",
    ),
    "parts without a boundary": (b"--x\r\n\r\n", "multipart/form-data"),
    "parts cut short": (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nabc',
        "multipart/form-data; boundary=x",
    ),
    "parts with broken headers": (
        b'--x\r\nContent-Disposition: form-data; name="\xff\xfe"; filename="\xff\0/../x"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "a long boundary": (b"", f"multipart/form-data; boundary={'x' * 300}"),
}
"""Bodies that are none, as they come over the line: bytes and their type."""

ALLOWED_BODIES = frozenset({"nothing", "no type"})
"""Of those, what may be done: an action that needs no words needs no body."""

QUERIES = ("%07", "%ff%fe", "-1", "9" * 400, "9223372036854775808", "[]")
"""What stands behind a name in an address, already as it is sent (``%ff`` is no UTF-8)."""

CURSORS = (
    "last",
    "eyJhIjoxfQ",
    "WzAsMV0",
    "WzAsbnVsbF0",
    "WzAsW11d",
    "WzAsWzBdXQ==",
    "%C2%B2",
    "a",
)
"""Cursors that no list gave: JSON of other forms, and what is no JSON."""

ARGUMENTS = (
    *("-1", "9" * 30, "9" * 5000, "9223372036854775808", "x", "%07", "%E2%80%AE", "%ff"),
    *("..%2f..%2fetc%2fpasswd", "%00", "%C2%B2"),
)
"""What stands in an address in the place of an id."""

LENGTHS = ("abc", "-1", "²", "9" * 5000, "52428800", "1.5", "0x10")
"""Lengths that a body claims to have: only the fifth is a number, of 50 MB."""
