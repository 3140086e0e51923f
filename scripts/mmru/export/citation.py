"""References to the dataset, in the formats that authors and reference managers read.

Missing facts are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from mmru.export.facts import About, Article, authors, whole_description, without_empty

# characters that are commands of TeX
TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: f"\\{c}" for c in "&%$#_"},
}


def apa(about: About) -> str:
    """Return a reference in the style of APA 7 for data sets: who (when), what, version, kind, where."""
    *others, last = authors(about)
    comma = ", " if len(others) > 1 else " "
    names = f"{', '.join(others)}{comma}& {last}" if others else last
    where = f" {about['homepage']}" if about.get("homepage") else ""
    what = f"{about['title']} (Version {about['version']}) [Data set]"
    return f"{names}. ({about['released'][:4]}). {what}.{where}"


def bibtex(about: About) -> str:
    """Return an entry of biblatex's type dataset; styles of BibTeX treat it as misc."""
    fields = {
        "author": " and ".join(f"{{{_tex(author)}}}" for author in authors(about)),
        "title": f"{{{_tex(about['title'])}}}",
        "year": about["released"][:4],
        "version": _tex(about["version"]),
        "note": _tex(f"Data set, {_licences(about)}"),
    }
    if about.get("homepage"):
        fields["url"] = _one_line(about["homepage"]).replace("{", "%7B").replace("}", "%7D")
    lines = ",\n".join(f"  {name:<8}= {{{value}}}" for name, value in fields.items())
    return f"@dataset{{{about['name']}-{about['version']},\n{lines}\n}}"


def ris(about: About) -> str:
    """Return a RIS record of type DATA; ET is the version, N1 the licence."""
    fields = [
        ("TY", "DATA"),
        *(("AU", author) for author in authors(about)),
        ("PY", about["released"][:4]),
        ("DA", about["released"].replace("-", "/")),
        ("TI", about["title"]),
        ("ET", about["version"]),
        ("AB", whole_description(about)),
        *(("KW", word) for word in about["keywords"]),
        ("N1", _licences(about)),
        *([("UR", about["homepage"])] if about.get("homepage") else []),
    ]
    return "\n".join(f"{tag}  - {_one_line(value)}" for tag, value in fields) + "\nER  - "


STYLES = {"apa": apa, "bibtex": bibtex, "ris": ris}


def cff(about: About, sources: Sequence[Article]) -> bytes:
    """Return CITATION.cff. Its licence is that of the data: several would mean a choice between them.

    Each reference is one line of JSON, which is YAML too.

    Source: https://github.com/citation-file-format/citation-file-format (schema 1.2.0).
    """
    import yaml

    head = {
        "cff-version": "1.2.0",
        "message": "Please cite the version that you used.",
        "type": "dataset",
        "title": about["title"],
        "version": about["version"],
        "date-released": about["released"],
        "authors": [{"name": name} for name in authors(about)],
        "abstract": whole_description(about),
        "keywords": about["keywords"],
        "license": about["licenses"][0]["name"],
        "url": about.get("homepage"),
    }
    references = [
        {
            "type": "generic",
            "title": a.title,
            "authors": [{"name": a.publisher}],
            "date-published": a.day,
            "languages": [a.language.partition("-")[0]],
            "url": a.url,
        }
        for a in sources
    ]
    written = yaml.safe_dump(without_empty(head), sort_keys=False, allow_unicode=True, width=100)
    lines = (f"- {json.dumps(without_empty(r), ensure_ascii=False)}\n" for r in references)
    return "".join([written, *(["references:\n"] if references else []), *lines]).encode()


def _licences(about: About) -> str:
    return ", ".join(licence["name"] for licence in about["licenses"])


def _tex(text: str) -> str:
    return "".join(TEX.get(c, c) for c in _one_line(text))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
