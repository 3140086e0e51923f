"""The named rules that hold across the columns of a table and across tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from mmru.rule import Row, Rule, Tables, plain, registrar, rows, span

RULES: list[Rule] = []
rule = registrar(RULES)


@rule(
    "T10",
    "sources actor_roles events agreements agreement_milestones reactions",
    "a date is not EDTF",
    "write it in EDTF",
)
def edtf_dates(every: Tables) -> pd.Series:
    columns = [c.name for c in every.table.columns if c.format == "edtf"]
    return rows(every, lambda row: all(row[c] is None or span(row[c]) is not None for c in columns))


@rule(
    "T11",
    "sources events agreements agreement_milestones reactions",
    "the bounds of a date are not those of its EDTF text",
    "rebuild: bounds are computed",
)
def bounds_match(every: Tables) -> pd.Series:
    name = next(c for c in ("published", "signed", "date") if c in every.frame)

    def keeps(row: Row) -> bool:
        meant = span(row[name])
        bounds = (row[f"{name}_earliest"], row[f"{name}_latest"])
        return bounds == ((meant.earliest, meant.latest) if meant else (None, None))

    return rows(every, keeps)


@rule("T12", "agreements actor_roles", "it ends before it begins", "put valid_from and valid_until in order")
def validity_in_order(every: Tables) -> pd.Series:
    def keeps(row: Row) -> bool:
        start, end = span(row["valid_from"]), span(row["valid_until"])
        return not (start and end and start.earliest and end.latest and start.earliest > end.latest)

    return rows(every, keeps)


@rule("T13", "agreement_milestones", "it is dated before an earlier stage", "put the steps in order")
def milestones_in_order(every: Tables) -> pd.Series:
    stages = every.schemas.vocabularies["milestone"]
    steps = [
        (row["agreement_id"], stages[row["milestone"]].score, row["date_earliest"])
        for row in every.rows(every.table.name)
        if row["milestone"] in stages
    ]

    def keeps(row: Row) -> bool:
        stage = stages[row["milestone"]].score if row["milestone"] in stages else None
        latest = row["date_latest"]
        return (
            stage is None
            or latest is None
            or not any(
                agreement == row["agreement_id"]
                and other is not None
                and other < stage
                and pd.notna(earliest)
                and earliest > latest
                for agreement, other, earliest in steps
            )
        )

    return rows(every, keeps)


@rule("T14", "events reactions", "date_precision does not fit the date", "rebuild: it is computed")
def precision_matches(every: Tables) -> pd.Series:
    def keeps(row: Row) -> bool:
        meant = span(row["date"])
        return bool(row["date_precision"] == (meant.precision if meant else None))

    return rows(every, keeps)


@rule(
    "T17",
    "agreements",
    "its status has no milestone of its own, or a milestone goes beyond it",
    "code milestones.<stage>, or mend the status",
)
def status_and_milestones(every: Tables) -> pd.Series:
    stages = {code: meaning.score for code, meaning in every.schemas.vocabularies["milestone"].items()}
    reached: dict[str, set[str]] = {}
    for agreement, milestone in every.frames["agreement_milestones"][
        ["agreement_id", "milestone"]
    ].itertuples(index=False):
        reached.setdefault(agreement, set()).add(milestone)
    order = {code: meaning.score for code, meaning in every.schemas.vocabularies["agreement_status"].items()}

    def keeps(row: Row) -> bool:
        steps = reached.get(row["agreement_id"], set())
        stage = order.get(row["status"])
        if stage is None:
            return True
        return row["status"] in steps and all((stages.get(s) or 0) <= stage for s in steps)

    return rows(every, keeps)


@rule("T25", "events", "its PLOVER mode does not belong to its PLOVER type", "choose a mode of that type")
def plover_mode_fits(every: Tables) -> pd.Series:
    modes = every.schemas.vocabularies["plover_mode"]

    def keeps(row: Row) -> bool:
        mode = row["plover_mode"]
        return mode is None or (mode in modes and f"plover:{row['plover_type']}" in modes[mode].mapping)

    return rows(every, keeps)


@rule("T26", "events reactions", "a score is not that of its code", "rebuild: scores are looked up")
def scores_match(every: Tables) -> pd.Series:
    name, score, vocabulary = (
        ("cameo_code", "goldstein", "cameo")
        if "goldstein" in every.frame
        else ("stance", "stance_score", "stance")
    )
    codes = every.schemas.vocabularies[vocabulary]

    def keeps(row: Row) -> bool:
        code = codes.get(row[name]) if row[name] else None
        return bool(row[score] == (code.score if code else None))

    return rows(every, keeps)


@rule("T27", "events places actors", "it is a part of itself", "mend part_of")
def parts_end(every: Tables) -> pd.Series:
    table = every.table
    key = table.primary_key[0]
    whole = {r[key]: r[f"part_of_{key}"] for r in every.rows(every.table.name)}

    def keeps(row: Row) -> bool:
        seen, at = set(), row[key]
        while at and at not in seen:
            seen.add(at)
            at = whole.get(at)
        return at is None

    return rows(every, keeps)


@rule(
    "T28", "agreements", "it names a place that is not defined", "register it in seeds/registry/places.yaml"
)
def listed_ids_defined(every: Tables) -> pd.Series:
    known = set(every.frames["places"]["place_id"])
    return rows(every, lambda row: set(row["place_ids"] or ()) <= known)


@rule("T29", "actors places", "its country is not in ISO 3166-1", "use the alpha-3 code")
def countries_exist(every: Tables) -> pd.Series:
    import pycountry

    known = {country.alpha_3 for country in pycountry.countries}
    columns = [c for c in ("country", "iso3") if c in every.frame]
    return rows(every, lambda row: all(row[c] is None or row[c] in known for c in columns))


@rule("T30", "actors", "only states have codes of states", "remove iso3, gw_code and cow_code")
def codes_of_states(every: Tables) -> pd.Series:
    names = ("iso3", "gw_code", "cow_code")
    return rows(every, lambda row: row["kind"] == "state" or all(row[n] is None for n in names))


@rule(
    "T31", "redirects", "the old id is still in use, or the new one is not", "redirect to an id that stands"
)
def redirects_lead_on(every: Tables) -> pd.Series:
    keys = {t.name: t.primary_key[0] for t in every.schemas.tables.values() if len(t.primary_key) == 1}
    in_use = {i for name, key in keys.items() if name != "redirects" for i in every.frames[name][key]}

    def keeps(row: Row) -> bool:
        table = every.schemas.tables[row["record_table"]]
        known = set(every.frames[table.name][table.primary_key[0]])
        return row["old_id"] not in in_use and (row["new_id"] is None or row["new_id"] in known)

    return rows(every, keeps)


@rule("T32", "events", "the dates of a part lie outside the whole", "mend one of the dates")
def parts_within_wholes(every: Tables) -> pd.Series:
    spans = {r["event_id"]: (r["date_earliest"], r["date_latest"]) for r in every.rows(every.table.name)}

    def keeps(row: Row) -> bool:
        start, end = spans.get(row["part_of_event_id"], (None, None))
        late = end and row["date_earliest"] and row["date_earliest"] > end
        early = start and row["date_latest"] and row["date_latest"] < start
        return not late and not early

    return rows(every, keeps)


@rule(
    "T38",
    "event_actors event_details agreement_terms",
    "its side or its unit is not that of its code, or its numbering has a gap",
    "rebuild: they are looked up and counted",
)
def codes_looked_up(every: Tables) -> pd.Series:
    assert every.table.helper
    key = every.table.helper.key
    codes = every.schemas.codes(every.table[key])
    looked_up = "side" if "side" in every.frame else "unit"
    numbered: dict[tuple[Any, ...], list[int]] = {}
    if "sequence" in every.frame:
        for owner, code, number in every.frame[[every.table.primary_key[0], key, "sequence"]].itertuples(
            index=False
        ):
            numbered.setdefault((owner, code), []).append(number)

    def keeps(row: Row) -> bool:
        meant = getattr(codes.get(row[key]), looked_up, None)
        numbers = numbered.get((row[every.table.primary_key[0]], row[key]), [])
        return bool(row[looked_up] == meant and sorted(numbers) == list(range(1, len(numbers) + 1)))

    return rows(every, keeps)


@rule(
    "T39",
    "agreements",
    "signed and date_basis are not those of its first dated signing",
    "rebuild: they are taken from its milestones",
)
def signed_by_milestone(every: Tables) -> pd.Series:
    signings: dict[str, list[tuple[Any, ...]]] = {}
    columns = ["agreement_id", "milestone", "date", "date_basis"]
    for agreement, milestone, day, basis in every.frames["agreement_milestones"][columns].itertuples(
        index=False
    ):
        meant = span(plain(day)) if milestone == "signed" else None
        if meant:
            signings.setdefault(agreement, []).append((meant.latest or date.max, day, plain(basis)))

    def keeps(row: Row) -> bool:
        dated = sorted(signings.get(row["agreement_id"], []), key=lambda signing: signing[0])
        return (row["signed"], row["date_basis"]) == (dated[0][1:] if dated else (None, None))

    return rows(every, keeps)


@rule(
    "T40",
    "coder_agreement",
    "coders agree too little on it, and nothing was sharpened",
    "make the codebook clearer, and say in seeds/twice/sharpened.yaml what was made clearer",
)
def sharpened_where_low(every: Tables) -> pd.Series:
    def keeps(row: Row) -> bool:
        low = row["measure"] == "alpha" and row["value"] is not None and row["value"] < 0.8
        return bool(not low or row["sharpened"])

    return rows(every, keeps)
