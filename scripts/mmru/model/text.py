"""Which values a file of the seeds may hold: plain texts and numbers, which every program reads alike."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from mmru.model.characters import is_blank, is_zawgyi

Path_ = tuple[str | int, ...]
LONGEST = 100_000  # characters of one text
LARGEST_BITS = 128  # of a whole number
_FORMULA = ("=", "+", "-", "@")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_AS_TEXT = ", or put it in quotes if it is text"
ZAWGYI = "is Burmese in Zawgyi, not in Unicode"
TO_UNICODE = "convert it, as uconv -x Zawgyi-my does"


class Fault(NamedTuple):
    """Why a value is forbidden; in the message, `{written}` stands for the value as it is written."""

    code: str
    message: str
    fix: str


def forbidden(data: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Fault]]:
    """Yield the path of each part of YAML data that is forbidden, and why."""
    if not isinstance(data, (dict, list)):
        fault = _fault(data)
        if fault:
            yield path, fault
        return
    entries: Iterable[tuple[Any, Any]] = data.items() if isinstance(data, dict) else enumerate(data)
    for step, value in entries:
        if not isinstance(step, str) and isinstance(data, dict):
            key = str(step).lower() if isinstance(step, bool) else "null" if step is None else step
            yield (*path, step), Fault("R07", f"the key {key} is not text", "write it in quotes")
        if isinstance(value, (dict, list)):
            yield from forbidden(value, (*path, step))
        elif fault := _fault(value):
            yield (*path, step), fault


def _fault(value: object) -> Fault | None:
    if isinstance(value, str):
        if not value.isascii() and is_zawgyi(value):
            return Fault("R11", f"the text {ZAWGYI}", TO_UNICODE)
        message = _fault_of_text(value)
        return Fault("R11", message, "write it in plain text") if message else None
    if isinstance(value, int):
        if value.bit_length() <= LARGEST_BITS:
            return None
        message = "a number of this size does not have the form asked for"
        return Fault("R09", message, "write a smaller one" + _AS_TEXT)
    if isinstance(value, float) and not math.isfinite(value):
        return Fault("R09", "{written} has no finite value", "write a number" + _AS_TEXT)
    if value is None or isinstance(value, float):
        return None
    return Fault("R07", f"{type(value).__name__} is no type of the seeds", "write text, numbers or lists")


def _fault_of_text(text: str) -> str:
    """Return why a text is forbidden, or an empty string."""
    if len(text) > LONGEST:
        return f"a text of {len(text)} characters stands here"
    if is_blank(text):
        return "a text without a visible character stands here"
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"a text that begins with '{text[0]}' would be run as a formula by spreadsheets"
    if text.isprintable():
        return ""
    hidden = next((c for c in text if unicodedata.category(c) in _INVISIBLE), "")
    return f"the invisible character U+{ord(hidden):04X} stands in this text" if hidden else ""
