"""What can stand in a cell: plain texts and numbers, which every program takes for what they are."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

Path_ = tuple[str | int, ...]
LONGEST = 100_000  # characters of one text
_PLAIN = (str, int, float, bool, type(None))
_FORMULA = ("=", "+", "-", "@")
_ODD_BEGINNINGS = [f'"{mark}' for mark in (*_FORMULA, " ", '"')]
_TO_DIGITS, _LARGE = bytes.maketrans(b"123456789", b"0" * 9), b"0" * 39  # so many digits has a large number
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def is_plain(data: Any) -> bool:
    """Whether it is plain at one look that no part of data is a stray, but for keys that are no text.

    All is seen at once, as JSON: it is printable and composed, no text in it is empty or begins with a
    blank or as a formula does, and no number is large. What this does not tell, `strays` does, one by
    one.
    """
    try:
        text = _json(data).replace('\\"', "'")
    except (TypeError, ValueError):
        return False
    half = LONGEST // 2  # a text that is longer than all leaves a half of that without a quotation mark
    return (
        text.isprintable()
        and "\\" not in text
        and not any(beginning in text for beginning in _ODD_BEGINNINGS)
        and _LARGE not in text.encode().translate(_TO_DIGITS)
        and all('"' in text[at : at + half] for at in range(0, len(text) - half, half))
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


def are_plain(texts: Sequence[str]) -> bool:
    """Whether it is plain at one look that any of these texts can stand in a cell."""
    text = "\n".join(["", *texts, ""])
    return (
        text.count("\n") == len(texts) + 1
        and text.replace("\n", "").isprintable()
        and not any(beginning in text for beginning in ("\n\n", "\n ", "\n=", "\n+", "\n-", "\n@"))
        and (len(text) <= LONGEST or max(map(len, texts)) <= LONGEST)
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


def strays(data: Any, path: Path_) -> Iterator[tuple[Path_, str, str, str]]:
    """Parts that no file of the seeds may hold: path, code, what is wrong, fix."""
    if isinstance(data, dict):
        for key, value in data.items():
            if not isinstance(key, str):
                yield (*path, key), "R07", f"the key {key} is not text", "write it in quotes"
            yield from strays(value, (*path, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from strays(value, (*path, number))
    elif isinstance(data, int) and data.bit_length() > 128:
        yield path, "R09", "a number of this size does not have the form asked for", "write a smaller one"
    elif not isinstance(data, _PLAIN):
        yield path, "R07", f"{type(data).__name__} is no type of the seeds", "write text, numbers or lists"
    elif isinstance(data, str):
        wrong = _unfit(data)
        if wrong:
            yield path, "R11", wrong, "write it in plain text"


def _unfit(text: str) -> str:
    """Why a text cannot stand in a cell, or an empty string."""
    if len(text) > LONGEST:
        return f"a text of {len(text)} characters stands here"
    if not unicodedata.is_normalized("NFC", text):
        return "a text stands here whose characters are not composed (Unicode NFC)"
    if not text.strip():
        return "a text without a visible character stands here"
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"a text that begins with '{text[0]}' would be run as a formula by spreadsheets"
    hidden = next((c for c in text if unicodedata.category(c) in _INVISIBLE), "")
    return f"the invisible character U+{ord(hidden):04X} stands in this text" if hidden else ""
