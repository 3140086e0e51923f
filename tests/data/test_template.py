"""The template of a new extraction: what `mmru new` writes can be read back."""

from __future__ import annotations

from typing import Any

import yaml
import yaml_rs
from hypothesis import given
from hypothesis import strategies as st
from mmru.model.locator import digest, parse, passages
from mmru.seeds.template import _template, _yaml


@given(
    st.text("0123456789abcdef.-+_ox", min_size=1, max_size=12) | st.sampled_from(["no", "null", "", "12:30"])
)
def test_a_text_stays_a_text_in_both_versions_of_yaml(value: str) -> None:
    written = _yaml({"key": value})
    assert "\n" not in written
    assert yaml_rs.loads(written, parse_datetime=False) == yaml.safe_load(written) == {"key": value}


@given(st.text("aB1 .!?”。\n我", max_size=80))
def test_the_template_lists_the_place_of_each_sentence_line_by_line(text: str) -> None:
    template = _template(text, "src-x")
    data: Any = yaml_rs.loads(template)
    assert (data["defaults"], data["set_aside"], data["records"]) == ({}, {}, [])
    assert data["source"]["rights"] is None
    lines = text.split("\n")
    comments = [row.removeprefix("#   ") for row in template.splitlines() if row.startswith("#   ")]
    for passage, comment in zip(passages(text), comments, strict=True):
        places = [parse(place) for place in comment.split()]
        assert all(place.line == passage.line for place in places)
        words = [place.cut(lines[place.line - 1]) for place in places]
        assert [digest(w)[:8] for w in words] == [place.digest for place in places]
        assert "".join("".join(words).split()) == "".join(lines[places[0].line - 1].split())
