"""vocabularies.ttl: the controlled vocabularies in SKOS, written as Turtle.

Source: https://www.w3.org/TR/2009/REC-skos-reference-20090818/.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from mmru.export.facts import About
from mmru.model.schema import Code, Schemas

PREFIXES = {
    "dct": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}


def skos(about: About, schemas: Schemas) -> bytes:
    """Return the content of vocabularies.ttl: a concept scheme for each vocabulary, a concept for each code.

    Their addresses are relative to the file, since the dataset has no address of its own.
    """
    prefixes = [f"@prefix {name}: <{address}> .\n" for name, address in PREFIXES.items()]
    parts = (part for name in schemas.vocabularies for part in _vocabulary(about, name, schemas))
    return "\n".join(["".join(prefixes), *parts]).encode()


def _vocabulary(about: About, name: str, schemas: Schemas) -> Iterator[str]:
    """Yield the scheme of a vocabulary and its concepts."""
    codes = schemas.vocabularies[name].values()
    label = name.replace("_", " ")
    editions = {code.edition for code in codes if code.edition}
    yield _node(
        _address(name),
        "skos:ConceptScheme",
        [
            ("rdfs:label", _text(label)),
            ("dct:title", _text(f"{about['title']}: {label}")),
            ("dct:license", f"<{about['licenses'][0]['path']}>"),
            *(("dct:source", _text(edition)) for edition in sorted(editions)),
            *(("skos:hasTopConcept", _address(name, code.code)) for code in codes),
        ],
    )
    for code in codes:
        yield _node(_address(name, code.code), "skos:Concept", _concept(name, code))


def _concept(vocabulary: str, code: Code) -> Iterator[tuple[str, str]]:
    """Yield the properties of a code."""
    yield "skos:inScheme", _address(vocabulary)
    yield "skos:topConceptOf", _address(vocabulary)
    yield "skos:notation", json.dumps(code.code)
    yield "skos:prefLabel", _text(code.label)
    yield "skos:definition", _text(code.definition)
    for match in code.mapping:
        yield "skos:note", _text(f"The same in another scheme: {match}.")


def _node(address: str, kind: str, properties: Iterable[tuple[str, str]]) -> str:
    lines = [f"{address} a {kind}", *(f"    {name} {value}" for name, value in properties)]
    return " ;\n".join(lines) + " .\n"


def _address(vocabulary: str, code: str = "") -> str:
    return f"<#{quote(vocabulary)}/{quote(code, safe='')}>" if code else f"<#{quote(vocabulary)}>"


def _text(text: str) -> str:
    """Return a text in English; the escapes of JSON are escapes of Turtle, too."""
    return f"{json.dumps(text, ensure_ascii=False)}@en"
