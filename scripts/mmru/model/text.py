"""The values that a file of the seeds may have: plain texts and numbers, which every program reads alike."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from mmru.model.characters import is_blank, is_zawgyi

Path_ = tuple[str | int, ...]
CELL = 32_767  # the most characters in a workbook cell, counted in UTF-16
LISTED = "; "  # between the members of a list in a cell of a workbook
LARGEST = 10**15 - 1  # the largest whole number that a workbook keeps exactly
LARGEST_BITS = 128  # of a whole number
_FORMULA = ("=", "+", "-", "@")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_NO_XML = {"\ufffe", "\uffff"}
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_AS_TEXT = ", or put it in quotes if it is text"
ZAWGYI = "is Burmese in Zawgyi, not in Unicode"
TO_UNICODE = "convert it, for example with uconv -x Zawgyi-my"


class Fault(NamedTuple):
    """Why a value is forbidden; the message can have `{written}`, a placeholder for the value in the file."""

    code: str
    message: str
    fix: str


def forbidden(data: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Fault]]:
    """Yield the path of each forbidden part of the YAML data at a path, and why it is."""
    if not isinstance(data, (dict, list)):
        fault = _fault(data)
        if fault:
            yield path, fault
        return
    # a list at the top of a file, such as the lines of a text, is no cell
    if isinstance(data, list) and len(path) > 1 and (message := _fault_of_list(data)):
        yield path, Fault("R11", message, "shorten it")
    entries: Iterable[tuple[Any, Any]] = data.items() if isinstance(data, dict) else enumerate(data)
    for step, value in entries:
        if not isinstance(step, str) and isinstance(data, dict):
            key = str(step).lower() if isinstance(step, bool) else "null" if step is None else step
            yield (*path, step), Fault("R07", f"the key {key} is not text", "write it in quotes")
        if isinstance(value, (dict, list)):
            yield from forbidden(value, (*path, step))
        elif fault := _fault(value):
            yield (*path, step), fault


def too_long(text: str) -> str:
    """Return how a text is too long for a cell of a workbook, or an empty string."""
    if len(text) <= CELL // 2:
        return ""
    # a character outside the basic plane counts twice
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    message = f"a text of {length} characters is too long: a workbook cell holds at most {CELL}"
    return message if length > CELL else ""


def _fault_of_list(members: list[Any]) -> str:
    """Return why the texts of a list do not fit into one cell, although each of them does."""
    texts = [member for member in members if isinstance(member, str)]
    message = too_long(LISTED.join(texts))
    return "" if any(map(too_long, texts)) else message


def _fault(value: object) -> Fault | None:
    if isinstance(value, str):
        if message := too_long(value):
            return Fault("R11", message, "shorten it")
        if not value.isascii() and is_zawgyi(value):
            return Fault("R11", f"the text {ZAWGYI}", TO_UNICODE)
        message = _fault_of_text(value)
        return Fault("R11", message, "write it in plain text") if message else None
    if isinstance(value, int):
        if value.bit_length() <= LARGEST_BITS:
            return None
        message = "the number is too large"
        return Fault("R09", message, "write a smaller one" + _AS_TEXT)
    if isinstance(value, float) and not math.isfinite(value):
        return Fault("R09", "{written} is not a finite number", "write a number" + _AS_TEXT)
    if value is None or isinstance(value, float):
        return None
    return Fault(
        "R07", f"{type(value).__name__} is not a type that seeds can have", "write text, numbers or lists"
    )


def _fault_of_text(text: str) -> str:
    """Return why a text is forbidden, or an empty string."""
    if is_blank(text):
        return "the text has no visible character"
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"a text that begins with '{text[0]}' is a formula for spreadsheets"
    if text.isprintable():
        return ""
    hidden = next((c for c in text if unicodedata.category(c) in _INVISIBLE or c in _NO_XML), "")
    return f"the invisible character U+{ord(hidden):04X} is not allowed in text" if hidden else ""
