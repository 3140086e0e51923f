"""Problems in SARIF 2.1.0, which code hosts and editors read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from mmru.checks.catalogue import catalogue
from mmru.errors import Problem
from mmru.verify import printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return problems as a log of one run; its rules are the codes that occur."""
    found = {problem.code for problem in problems}
    rules = [
        {
            "id": entry["code"],
            "shortDescription": {"text": entry["title"]},
            "fullDescription": {"text": entry["cause"]},
            "help": {"text": entry["fix"]},
        }
        for entry in catalogue()
        if entry["code"] in found
    ]
    run = {
        "tool": {"driver": {"name": "mmru", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem) for problem in problems],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(problem: Problem) -> dict[str, Any]:
    text = f"{problem.message}; {problem.fix}" if problem.fix else problem.message
    place = {
        "artifactLocation": {"uri": quote(os.fsencode(problem.path)), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": problem.line, "startColumn": problem.column},
    }
    return {
        "ruleId": problem.code,
        "level": problem.level,
        "message": {"text": printable(text)},
        "locations": [{"physicalLocation": place}],
    }
