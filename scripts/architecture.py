"""Draw the imports between the sub-packages of mmru as the picture in ARCHITECTURE.md.

    python scripts/architecture.py [--verify]

An arrow leads from a package to one that it imports; an arrow that follows from others is left out. With
--verify, nothing is written; exit code 1 where the page has another picture.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from mmru.io.atomic import replace_file

ROOT = Path(__file__).parent.parent
CODE = ROOT / "scripts" / "mmru"
PAGE = ROOT / "ARCHITECTURE.md"
PICTURE = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)
HIDDEN = {"__init__", "__main__"}  # they import by name what users call
Imports = Mapping[str, set[str]]


def parts() -> list[str]:
    """Return the sub-packages and the modules beside them, by name."""
    return sorted(
        {p.stem for p in CODE.iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()} - HIDDEN
    )


def imported(path: Path) -> Iterator[str]:
    """Return the parts of mmru that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("mmru."))


def imports() -> Imports:
    """Return for each part the other parts that its modules import."""
    found: dict[str, set[str]] = {}
    for part in parts():
        folder = CODE / part
        paths = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
        found[part] = {name for path in paths for name in imported(path)} & set(parts()) - {part}
    return found


def reached(part: str, graph: Imports) -> set[str]:
    """Return the parts that a part imports, directly or through others."""
    seen: set[str] = set()
    waiting = [part]
    while waiting:
        for name in graph[waiting.pop()] - seen:
            seen.add(name)
            waiting.append(name)
    return seen


def reduced(graph: Imports) -> Imports:
    """Return the imports that no others imply; those into a cycle stay, since they imply each other."""
    indirect = {part: reached(part, graph) for part in graph}
    direct = {}
    for part, names in graph.items():
        ahead = {name for name in names if part not in indirect[name]}
        implied = {far for name in ahead for far in indirect[name] if name not in indirect[far]}
        direct[part] = names - implied
    return direct


def picture(graph: Imports) -> str:
    """Return the picture as a block of Mermaid."""
    lines = [
        f"    {part} --> {name}" for part, names in sorted(reduced(graph).items()) for name in sorted(names)
    ]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def main(arguments: list[str]) -> int:
    """Write the picture into the page, or compare; return the exit code."""
    old = PAGE.read_text("utf-8")
    new, count = PICTURE.subn(lambda _: picture(imports()), old)
    if count != 1:
        print(f"{PAGE.name}: {count} blocks of mermaid instead of one", file=sys.stderr)
        return 1
    if arguments == ["--verify"]:
        if new != old:
            print(f"{PAGE.name}: is not what the imports give; run scripts/architecture.py", file=sys.stderr)
        return int(new != old)
    replace_file(PAGE, new.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
