"""What text may hold, wherever it comes from: one rule for forms, the API, sockets and imported files.

Every script is welcome, with its combining marks, joiners and direction marks, and so is every emoji.
Refused is what no person means to write and what makes text lie or break where it is shown: control
characters, overrides of the direction (U+202D, U+202E: “gpj.exe” shown as “exe.jpg”), embeddings and
isolates that are left open and so turn around what stands beside them, hidden tags, half characters, what
was damaged by a wrong encoding (U+FFFD), and text of which nothing can be seen.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

CODE = "unreadable_text"
MAX_DEPTH = 64
"""How deep lists and objects may stand in each other; below what any recursion of a library bears."""

_SUSPECT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\uffff"
    "\U000e0000-\U000e0fff\U0001fffe\U0001ffff\U0002fffe-\U0010ffff]"
)
"""What is worth a second look: nothing else is, and nearly no text has any of it."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u206a-\u206f\ufff9-\ufffb]")
_NO_CHARACTERS = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_OVERRIDES = re.compile("[\u202d\u202e]")
_TURNS = re.compile("[\u202a\u202b\u202c\u2066-\u2069]")
_ENDS = {
    "\u202a": "\u202c",
    "\u202b": "\u202c",
    **dict.fromkeys(("\u2066", "\u2067", "\u2068"), "\u2069"),
}
# A flag of a region (of Scotland, say) is a black flag with tags; tags anywhere else are hidden text.
_TAGS = re.compile(
    "\U0001f3f4[\U000e0020-\U000e007e]{1,16}\U000e007f|([\U000e0000-\U000e00ff\U000e01f0-\U000e0fff])"
)
_UNSEEN = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]+"
)


def refusal(text: str) -> str | None:
    """What is wrong with ``text``, as a sentence for people; None if nothing is."""
    if _SUSPECT.search(text) is None:
        return None
    found = _CONTROLS.search(text) or _NO_CHARACTERS.search(text) or _no_character_above(text)
    told = None
    if found:
        told = _("This holds a control character (%(name)s), which is not allowed.") % {
            "name": f"U+{ord(found.group()):04X}"
        }
    elif "\ufffd" in text:
        told = _("This was damaged on its way: its encoding is not UTF-8.")
    elif _OVERRIDES.search(text) or _is_left_open(text):
        told = _("This holds characters that turn the direction of text, which is not allowed.")
    elif any(match.group(1) for match in _TAGS.finditer(text)):
        told = _("This holds hidden characters, which is not allowed.")
    elif text.strip() and not _UNSEEN.sub("", text):
        told = _("Of this nothing can be seen.")
    return told


def _no_character_above(text: str) -> "re.Match[str] | None":
    """The last two places of each plane, which Unicode keeps free for ever."""
    for match in re.finditer("[\U0001fffe-\U0010ffff]", text):
        if ord(match.group()) & 0xFFFE == 0xFFFE:
            return match
    return None


def _is_left_open(text: str) -> bool:
    """Whether a line turns the direction and does not turn it back, in the order it was turned."""
    for line in text.splitlines():
        turned: list[str] = []
        for mark in _TURNS.findall(line):
            if mark in _ENDS:
                turned.append(_ENDS[mark])
            elif not turned or turned.pop() != mark:
                return True
        if turned:
            return True
    return False


def validate_text(value: Any) -> None:
    """A validator for fields of forms: texts, and names of files. Raises ``ValidationError``."""
    if isinstance(value, UploadedFile):
        value = value.name
    if isinstance(value, str) and (told := refusal(value)) is not None:
        raise ValidationError(told, code=CODE)


def refusals(value: Any) -> Iterator[tuple[str, str]]:
    """Path and sentence of every text in ``value`` (as JSON has it) that is refused, names included.

    Paths are written as those of errors: ``parts.1.title``. Raises ``RecursionError`` where it is deeper
    than ``MAX_DEPTH``; it never recurses itself.
    """
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        path, one, depth = waiting.pop()
        if isinstance(one, str):
            told = refusal(one)
            if told is not None:
                yield path, told
            continue
        inner = _inside(one)
        if inner is None:
            continue
        if depth >= MAX_DEPTH:
            raise RecursionError("nested too deep")
        for name, each in reversed(inner):
            if isinstance(name, str) and refusal(name) is not None:
                yield path, str(refusal(name))
            else:
                waiting.append((f"{path}.{name}" if path else str(name), each, depth + 1))


def _inside(value: Any) -> list[tuple[Any, Any]] | None:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, list | tuple):
        return list(enumerate(value))
    return None


def guard_forms() -> None:
    """Hold every text and file field of every form to the rule: ours, allauth's and Wagtail's.

    ``default_validators`` is where Django keeps what all fields of a class are asked; it is read when a
    field is made, so this is called before any form is declared.
    """
    kinds: tuple[type[forms.Field], ...] = (
        *(forms.CharField, forms.EmailField, forms.URLField, forms.SlugField),
        *(forms.FileField, forms.ImageField),
    )
    for kind in kinds:
        if validate_text not in kind.default_validators:
            kind.default_validators = [validate_text, *kind.default_validators]
