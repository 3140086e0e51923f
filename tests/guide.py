"""A page of instructions, run as it is written, so that what it says is true.

A page may have these forms; anything else that looks like an instruction is an error:

- ``At the end of `FILE`:``, ``In `FILE`, above `WORDS`:``, ``In `FILE`, `KEY` becomes:`` or
  ``FILE becomes:``, and below it a block with the text;
- ``In `FILE`, write `NEW` instead of `OLD` and … instead of ….``;
- a block of commands (``sh``), and below it a block of what they print (``text``), or none where they
  print nothing. In it, `…` stands for any text. Where it ends in a count of problems, the last command
  fails.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from steps import Run, matches

PART = re.compile(r"^```(\w*)\n((?:.*\n)*?)```$|((?:^(?!```).+\n)+)", re.MULTILINE)
PLACE = re.compile(
    r"(?P<end>At the end of )?(?:In )?`(?P<path>[^`]+)`"
    r"(?:, `(?P<key>\w+)`)?(?:, above `(?P<words>[^`]+)`)?(?P<becomes> becomes)?:\n"
)
EDIT = re.compile(r"`([^`]+)` instead of `([^`]+)`")
FAILS = re.compile(r"\d+ problems?(, \d+ warnings?)?(; nothing was written)?$")
TEXTS = ("yaml", "json", "python")  # languages of blocks that are written into files


@dataclass(frozen=True)
class Insertion:
    """A text for the end of a file, for the place above a line, or in place of a key or of everything."""

    path: str
    text: str
    at_end: bool
    key: str | None
    words: str | None

    def apply(self, root: Path) -> None:
        """Write the text into the file, which must exist."""
        old = (root / self.path).read_text("utf-8")
        if self.at_end:
            new = old + ("\n\n" if self.path.endswith(".py") else "") + self.text
        elif self.words:
            [line] = [line for line in old.splitlines(keepends=True) if self.words in line]
            new = old.replace(line, self.text + line)
        elif self.key:
            assert self.text.startswith(f"{self.key}:\n"), f"this is not {self.key}:\n{self.text}"
            part = rf"^{self.key}:.*\n(?:[ \t].*\n)*"
            new, count = re.subn(part, lambda _: self.text, old, flags=re.MULTILINE)
            assert count == 1, f"{self.key} occurs {count} times in {self.path}"
        else:
            new = self.text
        (root / self.path).write_text(new, "utf-8")


@dataclass(frozen=True)
class Replacement:
    """Words of a file to be replaced by others; they occur once."""

    path: str
    new: str
    old: str

    def apply(self, root: Path) -> None:
        """Replace the words."""
        text = (root / self.path).read_text("utf-8")
        assert text.count(self.old) == 1, f"{self.old!r} occurs {text.count(self.old)} times in {self.path}"
        (root / self.path).write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True)
class Commands:
    """Commands and their output."""

    lines: list[str]
    output: str

    @property
    def fails(self) -> bool:
        """Whether the last command fails."""
        return FAILS.fullmatch(self.output.rstrip("\n").rpartition("\n")[2]) is not None


Instruction = Insertion | Replacement | Commands


def instructions(page: str) -> Iterator[Instruction]:
    """Return the instructions of a page in their order; raise AssertionError for an unknown form."""
    parts = [(m[1], m[2] or m[3] or "") for m in PART.finditer(page)]
    assert sum(kind is not None for kind, _ in parts) * 2 == len(re.findall("^ *```", page, re.MULTILINE))
    (before, above), *rest = parts
    for n, (kind, text) in enumerate(rest, 1):
        match kind:
            case "sh":
                after, output = parts[n + 1] if n + 1 < len(parts) else (None, "")
                yield Commands(text.splitlines(), output if after == "text" else "")
            case "text":
                assert before == "sh", f"no command prints this:\n{text}"
            case None:
                yield from _replacements(text)
            case _ if kind in TEXTS:
                place = PLACE.fullmatch(above) if before is None else None
                assert place, f"no line says where this goes:\n{text}"
                path, end, key, words, becomes = place.group("path", "end", "key", "words", "becomes")
                assert bool(end) + bool(words) + bool(becomes) == 1, above
                yield Insertion(path, text, bool(end), key, words)
            case _:
                raise AssertionError(f"nothing runs a block of this kind: {kind}")
        before, above = kind, text


def _replacements(paragraph: str) -> Iterator[Replacement]:
    begins = re.match(r"In `([^`]+)`, write ", paragraph)
    edits = EDIT.findall(paragraph)
    assert bool(begins) == bool(edits), f"half a replacement: {paragraph}"
    assert len(edits) == paragraph.count(" instead of `"), paragraph
    for new, old in edits:
        assert begins
        yield Replacement(begins[1], new, old)


@dataclass
class Reader:
    """Someone who follows a page, in a folder that a block of commands may change.

    `mmru` runs the command; `enter` is called with each folder that the reader enters.
    """

    folder: Path
    mmru: Run
    enter: Callable[[Path], None]

    def follow(self, instruction: Instruction) -> None:
        """Follow an instruction, and compare what commands print with what the page shows."""
        if not isinstance(instruction, Commands):
            instruction.apply(self.folder)
            return
        printed, codes = "", []
        for line in instruction.lines:
            output, code = self._run(line)
            printed += output
            codes.append(code)
        if not matches(instruction.output, printed):
            assert printed == instruction.output, printed
        assert codes == [0] * (len(codes) - 1) + [int(instruction.fails)]

    def _run(self, line: str) -> tuple[str, int]:
        command, _, filtered = line.partition(" | ")
        match shlex.split(command):
            case ["mmru", *arguments]:
                result = self.mmru(*arguments)
                if not filtered:
                    return result.output, result.exit_code
                printed, code = self._shell(filtered, result.stdout)
                return result.stderr + printed, result.exit_code or code
            case ["cd", target]:
                self.folder = (self.folder / target).resolve(strict=True)
                self.enter(self.folder)
                return "", 0
            case ["export", *_]:
                # the fixtures set these variables
                return "", 0
        return self._shell(line, "")

    def _shell(self, line: str, text: str) -> tuple[str, int]:
        ran = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            input=text,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return ran.stdout, ran.returncode
