"""The meaning of every code: docs/errors.md, from the files of errors/ and the rules on tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml_rs

from mmru.checks.rules import RULES

CATALOGUE = Path(__file__).with_name("errors")
LETTERS = {
    "S": "Schemas and vocabularies",
    "R": "Reading files",
    "A": "Positions in an article's text",
    "C": "Claims and registered records",
    "M": "Merging what sources say",
    "T": "Rules on the tables",
    "P": "Implausible values (warnings)",
    "V": "Verifying a release",
    "E": "Engines",
    "W": "Generated files",
    "L": "Versions and releases",
}
STEPS = {
    "edit": "in `{edit}`, `{new}` instead of `{old}`",
    "replace": "in `{replace}`, `{new}` instead of `{old}`",
    "write": "`{write}` with `{text}`",
    "repeat": "`{repeat}` with {times} times `{text}`",
    "fill": "`{fill}` with {bytes} bytes",
    "delete": "without `{delete}`",
    "mkdir": "with an empty folder `{mkdir}`",
    "move": "`{move}` moved to `{to}`",
    "link": "`{link}` as a link to `{to}`",
    "run": "after `{run}`",
    "twice": "with two equal codings of {twice} under seeds/twice/",
    "retype": "the ids in `data/{retype}.parquet` written as another type of text",
    "rehash": "the hash of `{rehash}` changed to fit",
    "release": "after version 0.1.0 was recorded, and kept in `{release}`",
    "commit": "with everything committed to git",
    "tag": "with the tag `{tag}`",
}
_HEAD = """\
# Problems that mmru reports, and how to fix them

Every problem is one line, `path:line:column: CODE message; fix`. A code never changes its meaning. Codes \
that begin with P are warnings: the value is possible but unlikely, and the check succeeds. Each example \
breaks the small made-up dataset of the tests, which run it. `mmru build` generates this page.
"""


def catalogue() -> list[dict[str, Any]]:
    """Return every code with its title, cause, fix and example; a rule has its own cause and fix.

    An entry may have `more_examples`, which only the tests run; one without `run` has that of its entry.
    """
    rules = {rule.code: rule for rule in reversed(RULES)}
    texts = (path.read_text("utf-8") for path in sorted(CATALOGUE.glob("*.yaml")))
    entries: list[Any] = [e for text in texts for e in yaml_rs.loads(text, parse_datetime=False)]
    entries.sort(key=lambda entry: entry["code"])
    for entry in entries:
        if entry["code"] in rules:
            rule = rules[entry["code"]]
            tables = ", ".join(r.table for r in RULES if r.code == rule.code)
            entry["cause"] = f"{_sentence(rule.message)} Tables: {tables}."
            entry["fix"] = _sentence(rule.fix)
    return entries


def _sentence(text: str) -> str:
    text = text.replace("{other}", "another record")
    ended = text if text.endswith("?") else f"{text}."
    return ended[0].upper() + ended[1:]


def page() -> str:
    """Return the page as Markdown, grouped by the letters of the codes."""
    return "\n".join([_HEAD, *_sections(catalogue())])


def _sections(entries: list[dict[str, Any]]) -> Iterator[str]:
    for letter, title in LETTERS.items():
        yield f"## {letter}: {title}\n"
        for entry in entries:
            if entry["code"].startswith(letter):
                yield f"### {entry['code']} {entry['title']}\n"
                yield f"{entry['cause']}\n\n**Fix:** {entry['fix']}\n\n**Example:** {_example(entry)}\n"
                yield f"```text\n{entry['message']}\n```\n"


def _example(entry: dict[str, Any]) -> str:
    steps = "; ".join(map(_step, entry["example"]))
    command = entry["run"] if entry["run"].startswith("the") else f"`{entry['run']}`"
    return f"{steps}. Output of {command}:" if steps else f"output of {command}:"


def _step(step: dict[str, Any]) -> str:
    kind = next(iter(step))
    if kind == "rows" and "add" in step:
        number = f"{step['times']} rows" if "times" in step else "a row"
        return f"{number} of {step['rows']} added: {_pairs(step['add'])}".replace("{n}", "…")
    if kind == "rows":
        return f"in the row of {step['rows']} with {_pairs(step['where'])}: {_pairs(step['set'])}"
    return STEPS[kind].format(**{key: _flat(str(value)) for key, value in step.items()})


def _pairs(row: dict[str, Any]) -> str:
    return ", ".join(f"{k} `{v}`" if v is not None else f"no {k}" for k, v in row.items())


def _flat(text: str) -> str:
    return text.strip().replace("\n", " ⏎ ").replace("\ufeff", "U+FEFF ")
