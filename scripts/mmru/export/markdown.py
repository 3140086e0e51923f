"""Parts of the generated pages in Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence


def table(
    names: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[str] = ()
) -> Iterator[str]:
    """Yield the lines of a table; the columns of numbers are aligned to the right."""
    rule = ["---:" if name in numbers else "---" for name in names]
    for row in (names, rule, *rows):
        cells = (cell.replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"
