"""The lines of a made-up article: nothing but their lengths and hashes, and what became of them."""

from __future__ import annotations

from random import Random

from names import Row

ASIDE = ("headline", "repetition", "off-topic")  # between lines that are cited


class Lines:
    """The lines of an article in which so many places are cited; each line is cited, or set aside."""

    def __init__(self, draw: Random, language: str, places: int) -> None:
        self.draw, self.places, self.rows = draw, places, list[Row]()
        self.whole: set[int] = set()
        number = self._add("metadata", self._add("headline", 0))
        for n in range(min(places, draw.randint(9, 17))):
            if n and n % 4 == 0:
                number = self._add(draw.choice(ASIDE), number)
            number = self._add("", number)
        self.coded = [row for row in self.rows if "use" not in row]
        for _ in range(draw.randint(1, 3)):
            number = self._add("boilerplate", number)
        if language != "en":
            for row in self.coded[: draw.choice((0, 5))]:
                number = self._add("translation", number, row["line"])

    def locator(self, place: int) -> str:
        """A locator for the place of that number, from 0, in the order of the lines."""
        draw, row = self.draw, self.coded[place * len(self.coded) // self.places]
        start = draw.randrange(row["chars"] - 20)
        end = min(row["chars"], start + draw.randint(15, 120))
        # a line is cited whole but once, so that nothing is claimed twice from the same words
        if draw.random() < 0.05 and row["line"] not in self.whole:
            self.whole.add(row["line"])
            return f"L{row['line']}~{row['sha256'][:8]}"
        start += end - start == row["chars"]
        return f"L{row['line']}.{start}-{end}~{draw.getrandbits(32):08x}"

    def _add(self, use: str, after: int, of: int = 0) -> int:
        """Add a line behind that of a number, or behind an empty one; its own number."""
        draw = self.draw
        number = after + draw.choice((1, 1, 2))
        chars = draw.randint(12, 80) if use and not of else draw.randint(60, 520)
        self.rows.append({"line": number, "chars": chars, "sha256": f"{draw.getrandbits(256):064x}"})
        self.rows[-1] |= {"language": "en"} if of else {}
        self.rows[-1] |= {"use": use} if use else {}
        self.rows[-1] |= {"translation_of_line": of} if of else {}
        return number
