"""The named rules that hold across the columns of a table and across tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.engine import PLACE, Frame
from mmru.checks.registry import Rule, Tables, differs, either, registrar, within, without

RULES: list[Rule] = []
rule = registrar(RULES)


@rule(
    "T10",
    "sources actor_roles events agreements agreement_milestones reactions",
    "a date is not EDTF",
    "write it in EDTF",
)
def edtf_dates(every: Tables) -> Frame:
    columns = [c.name for c in every.table.columns if c.format == "edtf"]
    rows = every.dated(every.rows, *columns)
    return either(rows.filter(~col(c).is_null() & col(f"meant_{c}_precision").is_null()) for c in columns)


@rule(
    "T11",
    "sources events agreements agreement_milestones reactions",
    "the bounds of a date are not those of its EDTF text",
    "rebuild: bounds are computed",
)
def bounds_match(every: Tables) -> Frame:
    name = next(c for c in ("published", "signed", "date") if c in every.table.names)
    bounds = ((col(f"{name}_{end}"), col(f"meant_{name}_{end}")) for end in ("earliest", "latest"))
    return every.dated(every.rows, name).filter(
        nw.any_horizontal(*(differs(*b) for b in bounds), ignore_nulls=True)
    )


@rule("T12", "agreements actor_roles", "it ends before it begins", "put valid_from and valid_until in order")
def validity_in_order(every: Tables) -> Frame:
    rows = every.dated(every.rows, "valid_from", "valid_until")
    return rows.filter(col("meant_valid_from_earliest") > col("meant_valid_until_latest"))


@rule("T13", "agreement_milestones", "it is dated before an earlier stage", "put the steps in order")
def milestones_in_order(every: Tables) -> Frame:
    rows = every.coded(every.rows, "milestone", "milestone", "stage")
    others = rows.select("agreement_id", col("stage").alias("other"), col("date_earliest").alias("since"))
    pairs = rows.join(others, on="agreement_id", how="inner")
    return pairs.filter((col("other") < col("stage")) & (col("since") > col("date_latest")))


@rule("T14", "events reactions", "date_precision does not fit the date", "rebuild: it is computed")
def precision_matches(every: Tables) -> Frame:
    rows = every.dated(every.rows, "date")
    return rows.filter(differs(col("date_precision"), col("meant_date_precision")))


@rule(
    "T17",
    "agreements",
    "its status has no milestone of its own, or a milestone goes beyond it",
    "code milestones.<stage>, or mend the status",
)
def status_and_milestones(every: Tables) -> Frame:
    known = list(every.schemas.vocabularies["agreement_status"])
    rows = every.coded(every.rows, "status", "agreement_status", "stage").filter(col("status").is_in(known))
    steps = every.coded(every["agreement_milestones"], "milestone", "milestone", "step")
    reached = steps.select("agreement_id", col("milestone").alias("status"))
    beyond = rows.join(steps.select("agreement_id", "step"), on="agreement_id", how="inner")
    return either(
        [
            without(rows, reached, ["agreement_id", "status"]),
            beyond.filter(col("step").fill_null(0.0) > col("stage")),
        ]
    )


@rule("T25", "events", "its PLOVER mode does not belong to its PLOVER type", "choose a mode of that type")
def plover_mode_fits(every: Tables) -> Frame:
    modes = every.schemas.vocabularies["plover_mode"]
    pairs = [(kind.removeprefix("plover:"), code) for code, mode in modes.items() for kind in mode.mapping]
    columns = {name: pa.array(values) for name, values in zip(("plover_type", "plover_mode"), zip(*pairs))}
    rows = every.rows.filter(~col("plover_mode").is_null())
    return without(rows, every.engine.lookup(pa.table(columns)), ["plover_type", "plover_mode"])


@rule("T26", "events reactions", "a score is not that of its code", "rebuild: scores are looked up")
def scores_match(every: Tables) -> Frame:
    name, score, vocabulary = (
        ("cameo_code", "goldstein", "cameo")
        if "goldstein" in every.table.names
        else ("stance", "stance_score", "stance")
    )
    rows = every.coded(every.rows, name, vocabulary, "wanted")
    return rows.filter(differs(col(score).cast(nw.Float64), col("wanted")))


@rule("T27", "events places actors", "it is a part of itself", "mend part_of")
def parts_end(every: Tables) -> Frame:
    key = every.table.primary_key[0]
    pairs = every.rows.select(col(key).alias("part"), col(f"part_of_{key}").alias("whole"))
    found = every.told(pairs.filter(~col("part").is_null() & ~col("whole").is_null()))
    endless = pa.array(_endless({pair["part"]: pair["whole"] for pair in found}), pa.string())
    return within(every.rows, every.engine.lookup(pa.table({key: endless})), [key])


def _endless(wholes: Mapping[str, str]) -> list[str]:
    """The parts from which no way upwards ends."""
    ends: dict[str | None, bool] = {None: True}
    for part in wholes:
        way: dict[str | None, None] = {}
        at: str | None = part
        while at not in ends and at not in way:
            way[at] = None
            at = wholes.get(at) if at else None
        ends |= dict.fromkeys(way, ends.get(at, False))
    return [part for part in wholes if not ends[part]]


@rule(
    "T28", "agreements", "it names a place that is not defined", "register it in seeds/registry/places.yaml"
)
def listed_ids_defined(every: Tables) -> Frame:
    listed = every.rows.select(*PLACE, col("place_ids").alias("place_id")).filter(~col("place_id").is_null())
    return without(listed.explode("place_id"), every["places"], ["place_id"])


@rule("T29", "actors places", "its country is not in ISO 3166-1", "use the alpha-3 code")
def countries_exist(every: Tables) -> Frame:
    import pycountry

    known = [country.alpha_3 for country in pycountry.countries]
    columns = [c for c in ("country", "iso3") if c in every.table.names]
    return either(every.rows.filter(~col(c).is_null() & ~col(c).is_in(known)) for c in columns)


@rule("T30", "actors", "only states have codes of states", "remove iso3, gw_code and cow_code")
def codes_of_states(every: Tables) -> Frame:
    given = nw.any_horizontal(
        *(~col(n).is_null() for n in ("iso3", "gw_code", "cow_code")), ignore_nulls=True
    )
    return every.rows.filter((col("kind") != "state").fill_null(True) & given)


@rule(
    "T31", "redirects", "the old id is still in use, or the new one is not", "redirect to an id that stands"
)
def redirects_lead_on(every: Tables) -> Frame:
    keys = {t.name: t.primary_key[0] for t in every.schemas.tables.values() if len(t.primary_key) == 1}
    ids = nw.concat(
        [
            every[name].select(nw.lit(name).alias("record_table"), col(key).alias("new_id"))
            for name, key in keys.items()
            if name != "redirects"
        ]
    )
    leading = every.rows.filter(~col("new_id").is_null())
    return either(
        [
            within(every.rows, ids.select(col("new_id").alias("old_id")), ["old_id"]),
            without(leading, ids, ["record_table", "new_id"]),
        ]
    )


@rule("T32", "events", "the dates of a part lie outside the whole", "mend one of the dates")
def parts_within_wholes(every: Tables) -> Frame:
    wholes = every.rows.select(
        col("event_id").alias("whole"), col("date_earliest").alias("begins"), col("date_latest").alias("ends")
    )
    rows = every.rows.join(wholes, left_on="part_of_event_id", right_on="whole", how="inner")
    late, early = col("date_earliest") > col("ends"), col("date_latest") < col("begins")
    return rows.filter(late.fill_null(False) | early.fill_null(False))


@rule(
    "T38",
    "event_actors event_details agreement_terms",
    "its side or its unit is not that of its code, or its numbering has a gap",
    "rebuild: they are looked up and counted",
)
def codes_looked_up(every: Tables) -> Frame:
    assert every.table.helper
    key = every.table.helper.key
    looked_up = "side" if "side" in every.table.names else "unit"
    codes = every.schemas.codes(every.table[key])
    meant = {
        key: pa.array(list(codes), pa.string()),
        "meant": pa.array([getattr(code, looked_up) for code in codes.values()], pa.string()),
    }
    rows = every.rows.join(every.engine.lookup(pa.table(meant)), on=key, how="left")
    wrong = [rows.filter(differs(col(looked_up), col("meant")))]
    if "sequence" in every.table.names:
        address = [every.table.primary_key[0], key]
        numbered = every.rows.group_by(*address).agg(
            nw.len().alias("count"),
            col("sequence").min().alias("first"),
            col("sequence").max().alias("last"),
            col("sequence").n_unique().alias("distinct"),
        )
        gaps = (col("first") != 1) | (col("last") != col("count")) | (col("distinct") != col("count"))
        wrong.append(within(every.rows, numbered.filter(gaps), address))
    return either(wrong)


@rule(
    "T39",
    "agreements",
    "signed and date_basis are not those of its first dated signing",
    "rebuild: they are taken from its milestones",
)
def signed_by_milestone(every: Tables) -> Frame:
    signings = every.dated(every["agreement_milestones"].filter(col("milestone") == "signed"), "date")
    dated = signings.filter(~col("meant_date_precision").is_null()).select(
        "agreement_id",
        "sequence",
        col("date").alias("meant_signed"),
        col("date_basis").alias("meant_basis"),
        col("meant_date_latest").fill_null(nw.lit(date.max)).alias("until"),
    )
    for name in ("until", "sequence"):
        first = dated.group_by("agreement_id").agg(col(name).min())
        dated = within(dated, first, ["agreement_id", name])
    rows = every.rows.join(dated, on="agreement_id", how="left")
    return rows.filter(
        differs(col("signed"), col("meant_signed")) | differs(col("date_basis"), col("meant_basis"))
    )


@rule(
    "T40",
    "coder_agreement",
    "coders agree too little on it, and nothing was sharpened",
    "make the codebook clearer, and say in seeds/twice/sharpened.yaml what was made clearer",
)
def sharpened_where_low(every: Tables) -> Frame:
    low = (col("measure") == "alpha") & (col("value") < 0.8)
    return every.rows.filter(low & col("sharpened").is_null())
