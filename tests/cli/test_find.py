"""Finding registered records, registering new ones, and what mmru new proposes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT
from mmru.cli.curate import RECORDS
from mmru.curating.entries import Entries, Entry
from mmru.curating.propose import MOST, proposals
from mmru.io.yaml_file import Document
from mmru.seeds.reader import REGISTRY
from steps import Run

Spoil = Callable[[str, str, str], None]
ACTORS, EVENTS = "seeds/registry/actors.yaml", "seeds/registry/events.yaml"
SUMMARY = ("--summary", "The minister left the island.")


def found(mmru: Run, *words: str) -> list[str]:
    """Return the ids that mmru find lists."""
    ran = mmru("find", *words)
    assert ran.exit_code == 0, ran.output
    return [line.split()[0] for line in ran.stdout.splitlines() if line[0] not in " …"]


def test_what_can_be_registered_is_what_the_registry_has() -> None:
    assert {f"{record}s" for record in RECORDS} == set(REGISTRY)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["quill", "visit", "2031-05"], "ev-visit-quill-lindos"),
        (["Visit of QUILL, 2 May 2031"], "ev-visit-quill-lindos"),
        (["meeting", "bo-ren"], "ev-meeting-quill-ren"),
        (["ag-ferry"], "ag-ferry"),
        (["fery", "signing"], "ev-signing-ferry"),
        (["Port Lindos"], "pl-port-lindos"),
        (["ren", "welcomes"], "re-ren-welcomes"),
        (["bo", "rén"], "bo-ren"),
    ],
)
def test_the_record_that_is_meant_comes_first(
    built_small: Path, mmru: Run, words: list[str], first: str
) -> None:
    assert found(mmru, *words)[0] == first


@pytest.mark.parametrize("name", ["阿达", "Квилл", "အေဒါ", "Adela Quilla"])
def test_names_in_other_scripts_count(built_small: Path, mmru: Run, spoil: Spoil, name: str) -> None:
    new = "name: Ada Quill\n  aliases: [阿达, Ада Квилл, အေဒါ, Adela Quilla]"
    spoil(ACTORS, "name: Ada Quill", new)
    assert found(mmru, name)[0] == "ada-quill"
    assert found(mmru, name, "visit")[0] == "ev-visit-quill-lindos"


def test_a_record_comes_with_what_sources_say(built_small: Path, mmru: Run) -> None:
    assert mmru("find", "visit", "2 May 2031").stdout == (
        "ev-visit-quill-lindos  Visit of Ada Quill to Lindos  2031-05-02, occurred\n"
        "    src-alpha L4: date 2031-05-02; src-beta L1: date [2031-05-01..2031-05-10]\n"
    )


def test_a_table_and_a_number_limit_the_list(built_small: Path, mmru: Run) -> None:
    assert found(mmru, "--table", "agreements", "ferry") == ["ag-ferry"]
    assert mmru("find", "--limit", "1", "quill").stdout.splitlines()[2:] == [
        "… and 4 more; add a word, or --limit 5"
    ]


def test_without_built_tables_the_registry_is_searched(small: Path, mmru: Run) -> None:
    assert mmru("find", "ferry", "signing").stdout == (
        "ev-signing-ferry  Signing of the ferry agreement\n    registered; no source in data/ names it yet\n"
    )


def test_nothing_found_names_the_nearest(built_small: Path, mmru: Run) -> None:
    ran = mmru("find", "--table", "actors", "Boren")
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr == "found nothing for 'Boren' in actors; did you mean 'Bo Ren' or 'Arden'?\n"
    ran = mmru("find", "zzz")
    assert ran.stderr == (
        "found nothing for 'zzz' in actors, places, events, agreements, reactions; "
        "try fewer words, or another spelling\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [],
            "find:1:1: R09 there is no word to search for; "
            "write words of a title, a date as 2025-03, or the name or id of an actor or a place",
        ),
        (
            ["quill", "2031-02-30"],
            "2031-02-30:1:1: C04 '2031-02-30' is not a day of the calendar; "
            "write a date as 2025-03-04, 2025-03 or 2025-03-01/2025-03-10",
        ),
        (
            ["2031-21"],
            "2031-21:1:1: C04 '2031-21' is valid EDTF that the dataset does not use; "
            "write its months, as 2031-03/2031-05",
        ),
    ],
)
def test_a_search_that_is_none_is_refused(
    built_small: Path, mmru: Run, words: list[str], message: str
) -> None:
    ran = mmru("find", *words)
    assert ran.exit_code == 1
    assert ran.stderr.splitlines() == [message, "1 problem"]


def test_an_unknown_table_is_wrong_use(built_small: Path, mmru: Run) -> None:
    ran = mmru("find", "--table", "event", "x")
    assert ran.exit_code == 2
    assert "'event' is not one of 'events', 'agreements', 'reactions', 'actors', 'places'." in ran.stderr


def test_a_registry_with_an_error_is_named(built_small: Path, mmru: Run) -> None:
    (built_small / ACTORS).write_text("- actor_id: [\n", "utf-8")
    (built_small / "texts/new.txt").write_text("Ada Quill left.", "utf-8")
    for command in (
        ["find", "x"],
        ["register", "place", "Foo", "--kind", "city"],
        ["new", "texts/new.txt", "src-x"],
    ):
        ran = mmru(*command)
        assert ran.exit_code == 1
        assert ran.stderr.startswith(f"{ACTORS}:1:")
        assert " R03 is not YAML: " in ran.stderr


# registering


def test_an_entry_goes_to_its_place_and_the_rest_stays(built_small: Path, mmru: Run, spoil: Spoil) -> None:
    spoil(EVENTS, "- event_id: ev-signing", "# the ferry\n- event_id: ev-signing")
    before = (built_small / EVENTS).read_text("utf-8")
    ran = mmru("register", "event", "Return of Ada Quill, 4 May 2031", *SUMMARY, "--set", "cameo_code=040")
    assert ran.stdout == f"{EVENTS}: registered ev-return-ada-quill-2031-05-04\n"
    entry = (
        "- event_id: ev-return-ada-quill-2031-05-04\n"
        "  title: Return of Ada Quill, 4 May 2031\n"
        "  summary: The minister left the island.\n"
        "  cameo_code: '040'\n"
    )
    assert (built_small / EVENTS).read_text("utf-8") == before.replace(
        "# the ferry\n", f"{entry}# the ferry\n"
    )
    # a second run refuses
    again = mmru("register", "event", "Return of Ada Quill, 4 May 2031", *SUMMARY)
    assert again.stderr.splitlines()[0] == (
        f"ev-return-ada-quill-2031-05-04:1:1: C02 is registered already, at {EVENTS}:7; "
        "use it, or give another id with --id"
    )
    assert found(mmru, "return")[0] == "ev-return-ada-quill-2031-05-04"


@pytest.mark.parametrize(
    ("title", "date", "record"),
    [
        ("Visit of the minister to Arden, March 2031", None, "ev-visit-minister-arden-2031-03"),
        ("Talks on the “Ärger” in Lindos", "[2031-05-01..2031-05-10]", "ev-talks-on-arger-lindos-2031"),
        ("Talks on fish", None, "ev-talks-on-fish"),
        ("Talks on fish, 2030", "2031-05", "ev-talks-on-fish-2031-05"),
    ],
)
def test_an_id_is_made_of_title_and_date(
    small: Path, mmru: Run, title: str, date: str | None, record: str
) -> None:
    ran = mmru("register", "event", title, *SUMMARY, *(("--date", date) if date else ()))
    assert ran.stdout == f"{EVENTS}: registered {record}\n"


def test_every_table_can_be_added_to(small: Path, mmru: Run) -> None:
    long = "A made-up paper that " + "prints the reports of others and " * 3 + "no more."
    for arguments in (
        [
            "actor",
            "The Gamma",
            "--kind",
            "media",
            "--country",
            "MMR",
            "--summary",
            long,
            "--set",
            "aliases=Gamma; Γ",
        ],
        [
            "place",
            "Gull Quay",
            "--kind",
            "zone",
            "--set",
            "latitude=1.5",
            "--set",
            "part_of_place_id=pl-port-lindos",
        ],
        ["agreement", "Fish for Arden", *SUMMARY],
        ["reaction", "Quill on fish"],
    ):
        assert mmru("register", *arguments).exit_code == 0
    added = {
        name: {row[next(iter(row))]: row for row in Document.read(small, f"seeds/registry/{name}.yaml").data}
        for name in REGISTRY
    }
    assert added["actors"]["the-gamma"]["aliases"] == ["Gamma", "Γ"]
    assert added["actors"]["the-gamma"]["description"] == long
    assert max(map(len, (small / ACTORS).read_text("utf-8").splitlines())) <= 100
    assert added["places"]["pl-gull-quay"]["latitude"] == 1.5
    assert "ag-fish-arden" in added["agreements"]
    assert "re-quill-on-fish" in added["reactions"]


def test_an_empty_registry_gets_its_first_entry(small: Path, mmru: Run) -> None:
    path = small / "seeds/registry/reactions.yaml"
    path.write_text("# the reactions\n[]\n", "utf-8")
    assert mmru("register", "reaction", "Quill on fish").exit_code == 0
    assert path.read_text("utf-8") == "# the reactions\n- reaction_id: re-quill-on-fish\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["actor", "Quill Ada", "--kind", "person", *SUMMARY],
            "quill-ada:1:1: C02 there is already ada-quill, 'Ada Quill'; use it, or add --new if this is another one",
        ),
        (
            ["actor", "Ада Квилл", "--kind", "person", *SUMMARY],
            "ada-kvill:1:1: C02 there is already ada-quill, 'Ada Quill'; use it, or add --new if this is another one",
        ),
        (
            ["event", "Ada Quill on Lindos: a visit", "--date", "2031-05", *SUMMARY],
            "ev-ada-quill-on-lindos-visit-2031-05:1:1: C02 there is already ev-visit-quill-lindos, "
            "'Visit of Ada Quill to Lindos'; use it, or add --new if this is another one",
        ),
    ],
)
def test_a_likely_duplicate_needs_new(
    built_small: Path, mmru: Run, arguments: list[str], message: str
) -> None:
    before = (built_small / f"seeds/registry/{arguments[0]}s.yaml").read_bytes()
    ran = mmru("register", *arguments)
    assert ran.exit_code == 1
    assert ran.stderr.splitlines() == [message, "1 problem; nothing was written"]
    assert (built_small / f"seeds/registry/{arguments[0]}s.yaml").read_bytes() == before
    assert mmru("register", *arguments, "--new").exit_code == 0


def test_a_pair_can_be_settled_at_once(built_small: Path, mmru: Run) -> None:
    settled = ("--new", "--set", "distinct_from=ada-quill; bo-ren")
    assert mmru("register", "actor", "Quill Ada", "--kind", "person", *SUMMARY, *settled).exit_code == 0
    assert "\n  distinct_from: [ada-quill, bo-ren]\n" in (built_small / ACTORS).read_text("utf-8")


def test_the_same_title_at_another_time_is_no_duplicate(built_small: Path, mmru: Run) -> None:
    assert mmru("register", "event", "Visit of Ada Quill to Lindos, July 2029", *SUMMARY).exit_code == 0


KINDS = "person, state, government-body, armed-forces, international-organisation, company, media, "
KINDS += "academic-institution, party, opposition, civil-society, group"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["event", "?! …", *SUMMARY],
            "'?! …':1:1: R09 has no Latin letters for an id; give it with --id, such as ev-a-few-words",
        ),
        (
            ["actor", "敏昂莱", "--kind", "person", *SUMMARY],
            "'敏昂莱':1:1: R09 has no Latin letters for an id; give it with --id, such as a-few-words",
        ),
        (
            ["event", "Talks on fish", "--date", "2031-13", *SUMMARY],
            "--date:1:1: C04 '2031-13' is not a day of the calendar; "
            "write a date as 2025-03-04, 2025-03 or 2025-03-01/2025-03-10",
        ),
        (
            ["event", "Talks on fish", *SUMMARY, "--id", "talks"],
            "talks:1:1: R09 'talks' has the wrong form; it must match ev-[a-z0-9]+(-[a-z0-9]+)*",
        ),
        (
            ["event", "Talks on fish"],
            "ev-talks-on-fish:1:1: R06 the summary is missing; add --summary with a sentence in your own words",
        ),
        (
            ["actor", "Mara Finn", *SUMMARY],
            f"mara-finn:1:1: R06 the kind is missing; add --kind with one of {KINDS}",
        ),
        (
            ["actor", "Mara Finn", *SUMMARY, "--kind", "persn"],
            "mara-finn:1:1: R08 'persn' is not among the codes of actor_kind; did you mean 'person'?",
        ),
        (
            ["event", "Talks on fish", *SUMMARY, "--set", "summry=x"],
            "ev-talks-on-fish:1:1: R05 entries of events have no column 'summry'; did you mean 'summary'?",
        ),
        (
            ["event", "Talks on fish", *SUMMARY, "--set", "title=Talks on boats"],
            "ev-talks-on-fish:1:1: R04 the title is given twice; leave out --set title=",
        ),
    ],
)
def test_a_wrong_entry_is_refused(small: Path, mmru: Run, arguments: list[str], message: str) -> None:
    ran = mmru("register", *arguments)
    assert ran.exit_code == 1
    assert ran.stderr.splitlines() == [message, "1 problem; nothing was written"]


def test_a_setting_names_its_column(small: Path, mmru: Run) -> None:
    ran = mmru("register", "reaction", "Quill on fish", "--set", "fish")
    assert ran.exit_code == 2
    assert "'fish' is not COLUMN=VALUE" in ran.stderr
    ran = mmru("register", "place", "Bay of Quill", "--kind", "water", "--set", "kind=city")
    assert ran.exit_code == 2
    assert "kind is given twice" in ran.stderr


# proposals


def test_a_new_extraction_proposes_records_and_stays_valid(built_small: Path, mmru: Run) -> None:
    text = (ROOT / "tests/curating/gamma.txt").read_text("utf-8")
    (built_small / "texts/gamma.txt").write_text(text, "utf-8")
    assert mmru("new", "texts/gamma.txt", "src-gamma", "--published", "2031-05-05").exit_code == 0
    written = (built_small / "seeds/articles/src-gamma.yaml").read_text("utf-8")
    assert Document.parse("", written).data["source"]["published"] == "2031-05-05"
    listed = [line.removeprefix("# - ") for line in written.splitlines() if line.startswith("# - ")]
    assert listed[0] == (
        "ev-visit-quill-lindos: Visit of Ada Quill to Lindos (2031-05-02): "
        "L4.37-42~3b71e2cf L4.0-9~c9962252 L4.27-33~9286aa26"
    )
    ids = [line.partition(":")[0] for line in listed]
    assert set(ids[1:3]) == {"ag-ferry", "ev-signing-ferry"}
    assert {"ada-quill", "bo-ren", "pl-port-lindos", "state-radio", "2031-05-03"} <= set(ids)
    # the date of the article itself is none of its dates
    assert "2031-05-05" not in ids
    # no words of the text but names that are registered
    for word in ("Doubts", "nets", "fishes", "route", "Saturday"):
        assert word not in written.partition("defaults:")[2]


def test_a_record_after_the_article_is_not_proposed(built_small: Path, mmru: Run) -> None:
    (built_small / "texts/old.txt").write_text("Ada Quill went on a visit to Lindos.", "utf-8")
    for day, expected in (("2031-06-01", True), ("2029-06-01", False)):
        assert mmru("new", "texts/old.txt", "src-old", "--published", day).exit_code == 0
        path = built_small / "seeds/articles/src-old.yaml"
        assert ("# - ev-visit-quill-lindos:" in path.read_text("utf-8")) == expected
        path.unlink()


def test_proposals_are_few() -> None:
    entries = [Entry(f"a{n}", "actors", {"name": f"Name{n}x"}, {}, (), frozenset()) for n in range(99)]
    text = "\n".join(f"Name{n}x on {n % 28 + 1} May 20{n % 30 + 10}" for n in range(99))
    assert len(proposals(Entries(entries), text, None)) == MOST
