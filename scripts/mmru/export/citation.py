"""How to cite the dataset, in the words of datapackage.json; what is not there is not invented."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

About = Mapping[str, Any]
# what TeX would read as a command
TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: f"\\{c}" for c in "&%$#_"},
}


def apa(about: About) -> str:
    """A reference in the style of APA 7 for data sets: who (when), what, version, kind, where."""
    *others, last = authors(about)
    comma = ", " if len(others) > 1 else " "
    names = f"{', '.join(others)}{comma}& {last}" if others else last
    where = f" {about['homepage']}" if about.get("homepage") else ""
    return f"{names}. ({_year(about)}). {about['title']} (Version {about['version']}) [Data set].{where}"


def bibtex(about: About) -> str:
    """An entry of type dataset, as biblatex defines it; styles of BibTeX take it for misc."""
    fields = {
        "author": " and ".join(f"{{{_tex(author)}}}" for author in authors(about)),
        "title": f"{{{_tex(about['title'])}}}",
        "year": _year(about),
        "version": _tex(about["version"]),
        "note": _tex(f"Data set, {_licences(about)}"),
    }
    if about.get("homepage"):
        fields["url"] = _one_line(about["homepage"]).replace("{", "%7B").replace("}", "%7D")
    lines = ",\n".join(f"  {name:<8}= {{{value}}}" for name, value in fields.items())
    return f"@dataset{{{about['name']}-{about['version']},\n{lines}\n}}"


def ris(about: About) -> str:
    """A record of type DATA, as the tags of RIS name its parts: ET is the version, N1 the licence."""
    return "\n".join(f"{tag}  - {_one_line(value)}" for tag, value in _ris(about)) + "\nER  - "


def _ris(about: About) -> Iterator[tuple[str, str]]:
    yield "TY", "DATA"
    yield from (("AU", author) for author in authors(about))
    yield "PY", _year(about)
    yield "DA", about["created"][:10].replace("-", "/")
    yield "TI", about["title"]
    yield "ET", about["version"]
    yield "AB", about["description"]
    yield from (("KW", word) for word in about["keywords"])
    yield "N1", _licences(about)
    if about.get("homepage"):
        yield "UR", about["homepage"]


STYLES = {"apa": apa, "bibtex": bibtex, "ris": ris}


def authors(about: About) -> list[str]:
    """Who made the dataset: the contributors in the role of creator, or all, where none has it."""
    everyone = [person["title"] for person in about["contributors"]]
    return [p["title"] for p in about["contributors"] if "creator" in p.get("roles", ())] or everyone


def _year(about: About) -> str:
    return str(about["created"][:4])


def _licences(about: About) -> str:
    return ", ".join(licence["name"] for licence in about["licenses"])


def _tex(text: str) -> str:
    return "".join(TEX.get(c, c) for c in _one_line(text))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
