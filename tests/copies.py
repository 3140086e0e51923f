"""Copies of the small dataset side by side in one dataset, each edited in another way.

So one build makes the tables of all copies. In copy n each id ends in `-copy-n`, and each name begins with n.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import yaml
from mmru.pipeline.build import Dataset, build
from steps import edit

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
Edit = tuple[str, str, str]  # a file, a text that occurs once in it, the text that replaces it
NAME = re.compile(r"\b(name|title): ")
TEXT_HASH = re.compile(r'^(text_sha256: ".{8}).{8}', re.MULTILINE)  # a locator has the first digits


def built_together(sound: Path, folder: Path, copies: Sequence[Sequence[Edit]]) -> list[Tables]:
    """Return the tables of each copy, as if it had been built alone; a copy is its edits.

    An edit of no text adds a text at the end of a file, or writes a new file.
    """
    seeds: dict[Path, str] = {}
    for number, edits in enumerate(copies):
        copy = folder / str(number)
        shutil.copytree(sound / "seeds", copy / "seeds")
        for file, old, new in edits:
            if old:
                edit(copy / file, old, new)
            else:
                with (copy / file).open("a", encoding="utf-8") as end:
                    end.write(new)
        for name, text in _renamed(copy / "seeds", number):
            seeds[name] = seeds.get(name, "") + text
    together = folder / "dataset"
    shutil.copytree(sound / "schemas", together / "schemas")
    for name, text in seeds.items():
        (together / "seeds" / name).parent.mkdir(parents=True, exist_ok=True)
        (together / "seeds" / name).write_text(text or "[]\n", "utf-8")
    for path in (sound / "seeds").glob("*.yaml"):
        if path.name != "rulings.yaml":
            shutil.copy(path, together / "seeds")
    built = build(together)
    return [_of_copy(built, f"-copy-{number}") for number in range(len(copies))]


def _renamed(seeds: Path, number: int) -> Iterator[tuple[Path, str]]:
    """Yield the files of a copy that hold records, with ids and names of this copy."""
    listed = [
        row for path in seeds.glob("registry/*.yaml") for row in yaml.safe_load(path.read_text("utf-8"))
    ]
    ids = [next(iter(row.values())) for row in listed] + [path.stem for path in seeds.glob("articles/*.yaml")]
    own_id = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, ids))})(?![\w-])")
    for path in [*seeds.glob("*/*.yaml"), seeds / "rulings.yaml"]:
        text = own_id.sub(rf"\1-copy-{number}", path.read_text("utf-8").removeprefix("[]\n"))
        if path.parent.name == "registry":
            text = NAME.sub(rf"\g<0>{number} ", text)
        name = own_id.sub(rf"\1-copy-{number}", path.stem)
        yield path.relative_to(seeds).with_name(f"{name}.yaml"), TEXT_HASH.sub(rf"\g<1>{number:08}", text)


def _of_copy(built: Dataset, suffix: str) -> Tables:
    """Return the rows that name a record of a copy, with the ids of the small dataset, sorted by key."""
    own = re.compile(rf"{suffix}(?!\d)")

    def bare(value: Any) -> Any:
        if isinstance(value, list):
            return [bare(member) for member in value]
        return own.sub("", value) if isinstance(value, str) else value

    tables = {}
    for name, table in built.tables.items():
        key = itemgetter(*built.schemas.tables[name].primary_key)
        rows = [(row, {column: bare(value) for column, value in row.items()}) for row in table.to_pylist()]
        tables[name] = sorted((found for row, found in rows if found != row), key=key)
    return tables
