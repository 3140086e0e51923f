"""Codes on the explorer page: label, order, group and mark. The scripts and the charts get them from here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from mmru.model.claim import BASES
from mmru.model.schema import DOUBTFUL

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]

LANES = {  # the groups of types of events, in the order of the timeline
    "visits": "Visits",
    "meetings": "Meetings",
    "agreements": "Agreements",
    "military": "Military",
    "other": "Other dealings",
    "background": "Background",
}


class Meaning(NamedTuple):
    """What the page knows of a code; its scripts get it as a list."""

    label: str
    definition: str
    score: float | None
    group: str | None


Labels = Mapping[str, Mapping[str, Meaning]]  # by vocabulary and code


class Step(NamedTuple):
    """How a step of an agreement is shown."""

    shape: str  # in the chart
    sign: str  # in the legend
    stage: str  # its colour, a key of STAGES in agreements.js


# the first eight are the way that an agreement can take, in this order
STEPS = {
    "proposed": Step("triangle-up", "▲", "talk"),
    "discussed": Step("circle", "●", "talk"),
    "announced": Step("diamond", "◆", "announcement"),
    "reached": Step("square", "■", "agreement"),
    "initialled": Step("triangle-right", "▶", "agreement"),
    "signed": Step("circle", "●", "agreement"),
    "ratified": Step("cross", "✚", "agreement"),
    "in-force": Step("square", "■", "agreement"),
    "amended": Step("diamond", "◆", "change"),
    "expires": Step("triangle-down", "▼", "end"),
    "expired": Step("triangle-down", "▼", "end"),
    "terminated": Step("cross", "✖", "end"),
}
PATH = tuple(code for code, step in STEPS.items() if step.stage not in ("change", "end"))
CONFIRMATIONS = {  # from the best: the mark beside a title, and its words
    "independent": ("●●", "independently confirmed"),
    "both-governments": ("◐", "only both governments say so"),
    "single-witness": ("○", "one witness"),
    "unconfirmed": ("?", "unconfirmed"),
}
VOICES = {  # who reacts: the positions first, then the commentary
    "official": "positions",
    "organised": "positions",
    "expert": "commentary",
    "media": "commentary",
    "unnamed": "commentary",
}
TIES = {  # how one actor is tied to another in the network, and whether the tie has a direction
    "meets": False,
    "signs with": False,
    "supplies": True,
    "sanctions": True,
    "accuses": True,
    "cooperates with": False,
}
WORD_JOINER = "\u2060"  # it is not seen
OBJECT_PROPERTIES = {"__proto__", "constructor", "hasOwnProperty", "toLocaleString", "toString", "valueOf"}
KIND_NOTES = {  # how the value of a column comes about, unless a source gives it
    "claimed": "",
    "derived": "computed",
    "coded": "set by the codebook",
    "looked-up": "from a register",
    "editorial": "in our own words",
}


def labels(vocabularies: Iterable[Row]) -> Labels:
    """Return the meaning of each code of each vocabulary."""
    found: dict[str, dict[str, Meaning]] = defaultdict(dict)
    for row in vocabularies:
        # a chart loses a label that is also the name of a property of every JavaScript object
        label = f"{row['label']}{WORD_JOINER}" if row["label"] in OBJECT_PROPERTIES else row["label"]
        found[row["vocabulary"]][row["code"]] = Meaning(label, row["definition"], row["score"], row["group"])
    return found


def script_lists(labels: Labels) -> dict[str, Any]:
    """Return the lists that the scripts need."""
    return {
        "bases": BASES,
        "unproven": unproven(labels),
        "doubtful": doubtful(labels),
        "steps": [
            {"code": code, "label": _label(labels, "milestone", code), "sign": step.sign, "stage": step.stage}
            for code, step in STEPS.items()
        ],
        "path": PATH,
        "confirmations": [[code, *mark] for code, mark in CONFIRMATIONS.items()],
        "voices": [*VOICES.items()],
        "stances": stances(labels),
        "ties": [*TIES.items()],
    }


def chart_lists(labels: Labels) -> dict[str, list[str]]:
    """Return the lists that chart specifications name as `$name`."""
    return {
        "lanes": [*LANES.values()],
        "steps": [_label(labels, "milestone", code) for code in STEPS],
        "shapes": [step.shape for step in STEPS.values()],
        "stances": [_label(labels, "stance", code) for code in stances(labels)],
        "ties": [*TIES],
    }


def unproven(labels: Labels) -> list[str]:
    """Return the statuses of what is not known to have happened, which are shown beside a title."""
    return [code for code, meaning in labels["status"].items() if meaning.group != "actual"]


def doubtful(labels: Labels) -> list[str]:
    """Return the statuses of agreements that are shown beside a title: those of what may not exist."""
    return [code for code, meaning in labels["agreement_status"].items() if meaning.group == DOUBTFUL]


def stances(labels: Labels) -> list[str]:
    """Return the codes of stances, from those that condemn to those that support."""
    return sorted(labels["stance"], key=lambda code: labels["stance"][code].score or 0)


def _label(labels: Labels, vocabulary: str, code: str) -> str:
    """Return the label of a code; the code itself where the vocabulary lacks it."""
    meaning = labels.get(vocabulary, {}).get(code)
    return meaning.label if meaning else code
