"""Draw the imports between the sub-packages of mmru as the picture in ARCHITECTURE.md.

    python scripts/architecture.py [--verify]

An arrow leads from a package to one that it imports; an arrow that follows from others is left out. With
--verify, nothing is written; exit code 1 where the page has another picture.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import grimp
from mmru.io.atomic import replace_file

PAGE = Path(__file__).parent.parent / "ARCHITECTURE.md"
PICTURE = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)


def imports() -> grimp.ImportGraph:
    """Return the imports between the sub-packages and the modules beside them, wherever in a module."""
    modules = grimp.build_graph("mmru", cache_dir=None)
    parts = modules.find_children("mmru") - {"mmru.__main__"}  # it imports by name what users call
    graph = grimp.ImportGraph()
    for part in parts:
        modules.squash_module(part)
        graph.add_module(part)
    for part in parts:
        for name in modules.find_modules_directly_imported_by(part) & parts:
            graph.add_import(importer=part, imported=name)
    return graph


def reduce(graph: grimp.ImportGraph) -> grimp.ImportGraph:
    """Return the graph without the imports that others imply."""
    for part in sorted(graph.modules):
        for name in sorted(graph.find_modules_directly_imported_by(part)):
            graph.remove_import(importer=part, imported=name)
            if not graph.chain_exists(importer=part, imported=name):
                graph.add_import(importer=part, imported=name)
    return graph


def picture(graph: grimp.ImportGraph) -> str:
    """Return the picture as a block of Mermaid."""
    arrows = sorted(
        (part.removeprefix("mmru."), name.removeprefix("mmru."))
        for part in graph.modules
        for name in graph.find_modules_directly_imported_by(part)
    )
    lines = [f"    {part} --> {name}" for part, name in arrows]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def main(arguments: list[str]) -> int:
    """Write the picture into the page, or compare; return the exit code."""
    old = PAGE.read_text("utf-8")
    new, count = PICTURE.subn(lambda _: picture(reduce(imports())), old)
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
