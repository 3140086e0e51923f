"""The explorer page in a real browser: what it shows, where links lead, and that hostile text does not run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT
from enlarged import enlarged
from mmru.explorer.data import RECORDS
from mmru.explorer.lists import CONFIRMATIONS, TIES
from mmru.explorer.site import files, released, write
from mmru.export.citation import apa

pytestmark = pytest.mark.slow
Page = Any

VIEWS = ("overview", "timeline", "agreements", "reactions", "network", "sources", "records", "about")


def frame(name: str) -> pd.DataFrame:
    return pd.read_parquet(ROOT / "data" / f"{name}.parquet")


def first(table: str, key: str, having: str = "") -> str:
    """Return the id of the first record of a table, or of the first that a query finds."""
    rows = frame(table)
    return str((rows.query(having) if having else rows)[key].iloc[0])


# picked by what they have, since records come and go with the sources
RULED = first("rulings", "record_id", "record_table == 'agreements'")
SOURCE = str(frame("claims").groupby("source_id")["record_table"].nunique().idxmax())
BUSY = str(frame("event_actors")["actor_id"].value_counts().index[0])
SEIZURE = first("events", "event_id", "event_type == 'power-seizure'")
REACTION = first("reactions", "reaction_id", "stance.notna()")
PLACE = str(frame("events")["place_id"].value_counts().index[0])
OPENED = (  # with a record of each kind beside a view
    *((view, "") for view in VIEWS),
    ("timeline", RULED),
    ("sources", SOURCE),
    ("records", REACTION),
    ("network", BUSY),
    ("timeline", PLACE),
    ("overview", "ev-no-such-record"),
)
CHARTED = ("timeline", "agreements", "reactions", "network")
AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text("utf-8")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


Visit = Callable[..., Page]


# the most pixels by which the page was wider than its window, measured before each frame
WIDEST = """addEventListener("DOMContentLoaded", () => {
  window.widest = 0;
  const look = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    window.widest = Math.max(window.widest, scrollWidth - clientWidth);
    requestAnimationFrame(look);
  };
  look();
});"""


@pytest.fixture
def visit(browser: Any, page_folder: Path) -> Iterator[Visit]:
    """Open a view from disk.

    At the end, no page has logged an error, requested other files, or been wider than its window.
    """
    said: list[str] = []
    asked: list[str] = []
    contexts = []

    def opened(
        view: str = "",
        record: str = "",
        *,
        folder: Path = page_folder,
        width: int = 1280,
        theme: str = "light",
        **named: str,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, accept_downloads=True
        )
        contexts.append(context)
        context.add_init_script(WIDEST)
        page = context.new_page()
        page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: said.append(str(e)))
        page.on("request", lambda r: asked.append(r.url))
        query = "&".join(f"{k.rstrip('_')}={v}" for k, v in {"view": view, **named}.items() if v)
        page.goto(f"{(folder / 'index.html').as_uri()}#{record}{f'?{query}' if query else ''}")
        settled(page)
        return page

    yield opened
    over = [page.evaluate("window.widest") for context in contexts for page in context.pages]
    for context in contexts:
        context.close()
    assert over == [0] * len(over), "the page is never wider than its window"
    assert said == []
    assert [u for u in asked if not u.startswith(("file:///", "blob:file", "blob:null"))] == []


def settled(page: Page) -> None:
    """Wait until the view is drawn, and the claims of the record are shown."""
    page.evaluate("() => mmru.drawn")
    page.wait_for_selector("#record [aria-busy]", state="detached")


def unfold(page: Page) -> None:
    """Open all folded parts, and wait until their tables are drawn."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    empty = ".table:not(:has(.tabulator-row, .tabulator-placeholder))"
    page.wait_for_selector(empty, state="detached")


# the notes on the marks of all charts, as the pointer goes over each mark that stands for something
NOTES = """() => {
  const found = [];
  const tip = document.getElementById("tip");
  for (const chart of document.querySelectorAll("main .chart")) {
    const view = chart.mmruView;
    const canvas = chart.querySelector("canvas");
    const over = (item, x, y) => {
      for (const child of item.items ?? []) {
        if (child.items) { over(child, x + (child.x ?? 0), y + (child.y ?? 0)); continue; }
        if (!child.datum || !child.bounds) continue;
        const box = canvas.getBoundingClientRect();
        const clientX = box.left + x + (child.bounds.x1 + child.bounds.x2) / 2;
        const clientY = box.top + y + (child.bounds.y1 + child.bounds.y2) / 2;
        canvas.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY, bubbles: true }));
        if (!tip.hidden) found.push([tip.innerText, tip.getBoundingClientRect().left, tip.getBoundingClientRect().right]);
      }
    };
    const [[x, y], { left, top }] = [view.origin(), view.padding()];
    over(view.scenegraph().root, x + left, y + top);
  }
  return found;
}"""


def drawn(page: Page, data: str = "items", chart: str = ".chart:not(.overview)") -> list[dict[str, Any]]:
    """Return the data of a chart, as Vega has them."""
    found: list[dict[str, Any]] = page.evaluate(
        """([chart, data]) => document.querySelector(chart).mmruView.data(data)
        .map(d => JSON.parse(JSON.stringify(d, (k, v) => typeof v === 'object' && k ? undefined : v)))""",
        [chart, data],
    )
    return found


def show_all(page: Page) -> None:
    """Press each button that shows more of a list, until all of it is shown."""
    while (more := page.locator("main button:visible", has_text="Show more")).count():
        more.first.click()


def refine(page: Page, **filters: str) -> None:
    page.evaluate("document.getElementById('filters').open = true")
    for name, value in filters.items():
        field = page.locator(f"#filter [name={name.rstrip('_')}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.wait_for_timeout(350)
    settled(page)


# each view shows what the tables hold


def test_the_overview_opens_with_findings(visit: Visit) -> None:
    page = visit()
    assert page.inner_text("nav a[aria-current=page]") == "Overview"
    assert page.locator("#filters").get_attribute("open") is None
    findings = page.evaluate("mmru.store.core.findings")
    links = page.locator(".finding h3 a").evaluate_all("all => all.map(a => a.dataset.record)")
    assert links == [f["record"] for f in findings]
    text = page.inner_text("main")
    assert "language models" in text
    assert "not yet checked by people" in text
    for finding in findings:
        if finding["record"].startswith("ev-"):
            row = frame("events").set_index("event_id").loc[finding["record"]]
            assert row["summary"] in text
            assert f"{row['source_count']} source" in text
    page.get_by_role("link", name="How the data were made").click()
    settled(page)
    assert "How the data were made" in page.inner_text("main h3 >> nth=0")


def test_the_first_view_loads_no_library(visit: Visit) -> None:
    page = visit()
    loaded = "[...document.scripts].map(s => s.getAttribute('src')).filter(s => s?.startsWith('vendor'))"
    assert page.evaluate(loaded) == []
    page.get_by_role("navigation").get_by_role("link", name="Timeline").click()
    settled(page)
    assert len(page.evaluate(loaded)) == 3


def test_a_phone_shows_the_first_event_at_once(visit: Visit) -> None:
    for view, part in (("overview", ".finding h3"), ("timeline", "main .chart:not(.overview)")):
        top = visit(view, width=360).locator(part).first.bounding_box()["y"]
        assert top < 560, view


def test_a_year_of_the_overview_leads_to_its_timeline(visit: Visit) -> None:
    page = visit()
    year = page.locator(".years a").last
    name = year.inner_text().split()[-1]
    year.click()
    settled(page)
    assert page.evaluate("mmru.state.filter") == {"from": f"{name}-01-01", "to": f"{name}-12-31"}
    assert page.inner_text("nav a[aria-current=page]") == "Timeline"


def test_a_search_on_the_overview_shows_its_results(visit: Visit) -> None:
    page = visit()
    page.fill("[name=q]", "nuclear")
    page.wait_for_timeout(350)
    settled(page)
    assert page.inner_text("nav a[aria-current=page]") == "Records"
    assert page.inner_text("main h2") == "Results for “nuclear”"
    page.go_back()
    settled(page)
    assert page.inner_text("nav a[aria-current=page]") == "Overview"


def test_each_title_has_its_marks(visit: Visit) -> None:
    words = dict(CONFIRMATIONS.values())
    labels = frame("vocabularies").set_index(["vocabulary", "code"])["label"]
    events = frame("events").set_index("event_id")
    page = visit("records")
    marks = page.evaluate(
        """() => [...mmru.store.records.keys()].map(id => [id, mmru.marks.words(id).map(m => m[2])])"""
    )
    for record, found in marks:
        if record in events.index:
            row = events.loc[record]
            assert CONFIRMATIONS[row["confirmation"]][1] in found
            assert (labels["status", row["status"]].lower() in found) == (
                row["status"] not in ("occurred", "ongoing")
            )
            assert any(mark.startswith("disputed: ") for mark in found) == (
                row["disputed_fields"] is not None
            )
    page.wait_for_selector(".tabulator-row .mark")
    assert page.locator(".tabulator-row .mark").first.text_content().split(" ", 1)[1] in words.values()


def in_sight(page: Page) -> set[str]:
    """Return the records whose marks lie in the period of the timeline."""
    found: list[str] = page.evaluate(
        """() => { const view = document.querySelector('.chart:not(.overview)').mmruView;
        const [since, until] = ['since', 'until'].map(n => view.signal(n));
        return mmru.store.core.timeline.filter(({from, to}) => {
          const [a, b] = [from && Date.parse(from), to && Date.parse(to) + 864e5];
          return a && b ? a < until && b > since : (a ?? b) >= since && (a ?? b) <= until;
        }).map(i => i.record); }"""
    )
    return set(found)


def test_the_timeline_has_a_line_for_each_record_in_sight(visit: Visit) -> None:
    page = visit("timeline")
    assert {item["record"] for item in drawn(page)} == in_sight(page)
    page.get_by_role("button", name="All years", exact=True).click()
    page.wait_for_timeout(400)
    everything = page.evaluate("mmru.store.core.timeline.map(i => i.record)")
    assert {item["record"] for item in drawn(page)} == set(everything)
    undated = frame("events")["date"].isna()
    assert f"Without a date ({undated.sum()})" in page.inner_text("main")
    section = page.locator("section[aria-labelledby=undated]")
    while section.locator("button").is_visible():
        section.locator("button").click()
    titles = section.locator("a").all_inner_texts()
    assert sorted(titles) == sorted(frame("events")["title"][undated])
    whys = section.locator("li > .note").all_inner_texts()
    assert len(whys) == undated.sum()
    assert all("no source" in why or "gives no date" in why for why in whys)


def test_a_note_of_the_timeline_says_what_happened_and_who_says_so(visit: Visit) -> None:
    page = visit("timeline")
    notes = " ".join(note for note, *_ in page.evaluate(NOTES))
    shown = frame("events").set_index("event_id").loc[[r for r in in_sight(page) if r.startswith("ev-")]]
    assert sum(summary in notes for summary in shown["summary"]) > len(shown) / 2
    assert "Source: " in notes
    assert "one witness" in notes


def test_the_timeline_can_be_zoomed_panned_and_brushed(visit: Visit) -> None:
    page = visit("timeline")

    def stretch() -> list[float]:
        values: list[float] = page.evaluate(
            "['since', 'until'].map(n => document.querySelector('.chart:not(.overview)').mmruView.signal(n))"
        )
        return values

    def act(does: Callable[[], None]) -> tuple[list[float], list[float]]:
        before = stretch()
        does()
        page.wait_for_timeout(400)
        return before, stretch()

    def press(name: str) -> Callable[[], None]:
        return lambda: page.get_by_role("button", name=name, exact=True).click()

    (a, b), (c, d) = act(press("Zoom in"))
    assert d - c == pytest.approx((b - a) / 2)
    (a, b), (c, d) = act(press("Earlier"))
    assert c < a
    assert d - c == pytest.approx(b - a)
    box = page.locator(".chart:not(.overview) canvas").bounding_box()

    def drag() -> None:
        page.mouse.move(box["x"] + box["width"] - 200, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 100, box["y"] + 62, steps=5)
        page.mouse.up()

    (a, b), (c, d) = act(drag)
    assert c < a
    assert d - c == pytest.approx(b - a)
    assert page.locator("#record").is_hidden(), "a drag opens nothing"

    def wheel() -> None:
        page.mouse.move(box["x"] + box["width"] - 200, box["y"] + 60)
        page.keyboard.down("Control")
        page.mouse.wheel(0, -200)
        page.keyboard.up("Control")

    (a, b), (c, d) = act(wheel)
    assert d - c < b - a
    over = page.locator(".overview canvas").bounding_box()

    def brush() -> None:
        page.mouse.move(over["x"] + 40, over["y"] + 20)
        page.mouse.down()
        page.mouse.move(over["x"] + 240, over["y"] + 20, steps=5)
        page.mouse.up()

    press("All years")()
    page.wait_for_timeout(300)
    (a, b), (c, d) = act(brush)
    assert d - c < (b - a) / 2
    assert {item["record"] for item in drawn(page)} == in_sight(page), "what is out of sight has no line"
    press("Filter by this period")()
    page.wait_for_timeout(300)
    assert "from=" in page.url


def test_agreements_are_drawn_with_their_steps(visit: Visit) -> None:
    page = visit("agreements")
    items = pd.DataFrame(drawn(page))
    agreements, steps = frame("agreements"), frame("agreement_milestones")
    assert set(items[items["part"] == "row"]["record"]) == set(agreements["agreement_id"])
    assert (items["part"] == "step").sum() == steps["date"].notna().sum()
    bounded = agreements["valid_until"].notna() | agreements["valid_from"].notna()
    assert (items["part"] == "valid").sum() == bounded.sum()
    show_all(page)
    assert page.locator(".card").count() == len(agreements)
    text = page.inner_text("main")
    for term in frame("agreement_terms").itertuples():
        assert pd.isna(term.text) or term.text in text
        assert pd.isna(term.value) or f"{term.value:,.15g} {term.unit}" in text


def test_reactions_are_arranged_by_stance_and_voice(visit: Visit) -> None:
    page = visit("reactions")
    items = pd.DataFrame(drawn(page))
    reactions = frame("reactions").dropna(subset="stance")
    labels = frame("vocabularies").set_index(["vocabulary", "code"])["label"]
    wanted = pd.DataFrame(
        {
            "voice": reactions["voice"].map(labels["voice"]),
            "stance": reactions["stance"].map(labels["stance"]),
        }
    )
    assert items[["voice", "stance"]].value_counts().sort_index().to_dict() == (
        wanted.value_counts().sort_index().to_dict()
    )


def test_commentary_is_apart_from_positions(visit: Visit) -> None:
    page = visit("reactions")
    show_all(page)
    summaries = frame("reactions").groupby("voice")["summary"].agg(set)
    sections = page.locator("main > section")
    for section, voices in zip(sections.all(), (("official", "organised"), ("expert", "media", "unnamed"))):
        wanted = set().union(*(summaries.get(voice, set()) for voice in voices))
        shown = set(section.locator(".said p:nth-of-type(2) a").all_inner_texts())
        assert shown == wanted
    assert page.locator("main > section > h3").all_inner_texts() == ["Positions", "Commentary"]


def test_a_click_on_a_block_opens_its_text(visit: Visit) -> None:
    page = visit("reactions")
    spot = page.evaluate(
        """() => { const view = document.querySelector('.chart').mmruView; const found = [];
        const walk = (item, x, y) => { if (item.marktype === 'rect' && item.items.some(i => i.datum?.record))
            found.push([item.items.find(i => i.datum?.record), x, y]);
          else for (const child of item.items ?? []) walk(child, x + (child.x && item.marktype === 'group' ? child.x : 0), y + (child.y && item.marktype === 'group' ? child.y : 0)); };
        const [left, top] = view.origin(), around = view.padding();
        walk(view.scenegraph().root, left + around.left, top + around.top); const [item, x, y] = found[0];
        const box = document.querySelector('.chart canvas').getBoundingClientRect();
        return [box.left + x + (item.bounds.x1 + item.bounds.x2) / 2, box.top + y + (item.bounds.y1 + item.bounds.y2) / 2, item.datum.record]; }"""
    )
    page.mouse.click(spot[0], spot[1])
    settled(page)
    row = frame("reactions").set_index("reaction_id").loc[spot[2]]
    assert row["summary"] in page.inner_text("#record")
    assert page.evaluate("location.hash").startswith(f"#{spot[2]}")


def test_the_network_draws_each_kind_of_tie(visit: Visit) -> None:
    page = visit("network")
    ties = pd.DataFrame(page.evaluate("mmru.store.core.ties"))
    names = {n["id"] for n in drawn(page, "actors")}
    shown = ties[ties["from"].isin(names) & ties["to"].isin(names)]
    links = pd.DataFrame(drawn(page, "links"))
    assert links["count"].sum() == len(shown)
    assert links["kind"].value_counts().to_dict() == (
        shown.drop_duplicates(["kind", "from", "to"])["kind"].value_counts().to_dict()
    )
    for kind in TIES:
        if kind in set(ties["kind"]):
            page.get_by_role("button", name=kind, exact=True).click()
            page.wait_for_timeout(300)
            assert {link["kind"] for link in drawn(page, "links")} == {kind}
            assert page.evaluate("document.activeElement.textContent") == kind


def test_an_actor_chosen_in_the_network_filters_the_rest(visit: Visit) -> None:
    page = visit("network")
    page.locator("summary", has_text="Choose an actor by name").click()
    name = frame("actors").set_index("actor_id").loc[BUSY, "name"]
    page.get_by_role("button", name=name, exact=True).click()
    settled(page)
    own = wanted(actor=BUSY)
    assert f"{len(own['events'])} event" in page.inner_text("#counts")
    assert f"actor={BUSY}" in page.url
    ties = page.evaluate("mmru.store.core.ties.filter(t => mmru.found.ids.has(t.record))")
    assert {n["id"] for n in drawn(page, "actors")} <= {t[end] for t in ties for end in ("from", "to")}


def test_sources_show_what_was_read_whose_it_is_and_how_reliable(visit: Visit) -> None:
    page = visit("sources")
    show_all(page)
    sources, actors = frame("sources"), frame("actors").set_index("actor_id")["name"]
    labels = frame("vocabularies").set_index(["vocabulary", "code"])["label"]
    assert page.locator(".card").count() == len(sources)
    for source in sources.itertuples():
        card = page.locator(".card", has=page.locator(f"h3 a[data-record={source.source_id}]"))
        text = card.inner_text()
        assert ("the whole text" if source.text_extent == "whole" else "only; ") in text
        assert f"{source.reliability}, {labels['reliability', source.reliability].lower()}." in text
        assert f"(side: {labels['origin_side', source.origin_side].lower()})" in text
        assert "src-" not in text, "ids are never shown for names"
        assert pd.isna(source.origin) or actors[source.origin].split(" (")[0] in text
        if not pd.isna(source.url):
            assert card.get_by_role("link", name="Read the article").get_attribute("href") == source.url


def test_disagreement_is_a_list_of_questions(visit: Visit) -> None:
    page = visit("sources")
    show_all(page)
    asked = page.evaluate("mmru.store.core.questions")
    assert page.locator(".question").count() == len(asked)
    text = page.inner_text(".questions")
    for ruling in frame("rulings").itertuples():
        assert "src-" in ruling.reason or ruling.reason in text
    for question, item in zip(asked, page.locator(".question").all()):
        assert item.locator(".answers li").count() == len(question["answers"]) >= 2
        assert item.locator(".answers .published").count() >= 1


def test_every_record_is_in_the_table(visit: Visit) -> None:
    page = visit("records")
    count = page.evaluate("document.querySelector('.table').mmruTable.getDataCount()")
    assert count == sum(len(frame(table)) for table in RECORDS)


def test_a_search_finds_words_of_any_kind(visit: Visit) -> None:
    page = visit("records")
    place = frame("places").set_index("place_id").loc[PLACE, "name"]
    there = frame("events").query("place_id == @PLACE")["event_id"].iloc[0]
    original = (
        frame("claims").dropna(subset="original").query("language == 'zh' and record_table == 'events'")
    )
    for words, expected in {
        frame("agreements").set_index("agreement_id").loc[RULED, "title"].upper(): RULED,
        str(original["original"].iloc[0]): original["record_id"].iloc[0],  # in another script
        SEIZURE: SEIZURE,
        place.lower(): there,
    }.items():
        refine(page, q=words)
        assert expected in page.evaluate("[...mmru.found.ids]"), words
    publisher = frame("sources").set_index("source_id").loc[SOURCE, "publisher"]
    refine(page, q=publisher)
    assert publisher in page.inner_text("main")


@pytest.fixture(scope="module")
def dated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of agreements that end on dates of each form that EDTF has."""
    tables, package = released(ROOT)
    for row, (edtf, _, _) in zip(tables["agreements"], VALID):
        row |= {"valid_from": None, "valid_until": edtf, "duration_years": None}
    folder = tmp_path_factory.mktemp("dated") / "site"
    write(folder, files(tables, package))
    return folder


VALID = [
    ("2040", "until 2040", "2040-12-31"),
    ("/2040", "until 2040 or earlier", "2040-12-31"),
    ("2035/2040-06", "until 2035 – Jun 2040", "2040-06-30"),
    ("[2035..2040]", "until some time in 2035 – 2040", "2040-12-31"),
    ("203X", "until some time in 1 Jan 2030 – 31 Dec 2039", "2039-12-31"),
    ("[2035..]", "until 2035 or later", None),
    ("2040/..", "until 2040 or later", None),
]


def test_the_bar_of_an_agreement_ends_with_its_date(visit: Visit, dated_folder: Path) -> None:
    page = visit("agreements", folder=dated_folder)
    bars = {item["record"]: item for item in drawn(page) if item["part"] == "valid"}
    agreements = frame("agreements")["agreement_id"]
    show_all(page)
    for record, (_, phrase, latest) in zip(agreements, VALID):
        assert (bars[record]["words"], bars[record].get("to")) == (f"Valid {phrase}", latest)
        card = page.locator(".card", has=page.locator(f"h3 a[data-record={record}]"))
        assert phrase in card.inner_text()
    text = page.inner_text("main")
    assert "until until" not in text
    page = visit(record=agreements[1], folder=dated_folder)
    page.locator("#record details.rest summary", has_text="More fields").click()
    assert "2040 or earlier" in page.inner_text("#record")


def test_about_shows_version_and_coverage(visit: Visit) -> None:
    text = visit("about").inner_text("main")
    _, package = released(ROOT)
    assert package.version in text
    assert "Myanmar and Russia, from 1 Jan 2021 to 28 Feb 2026" in text
    assert f"{len(frame('claims')):,} claims from {len(frame('sources'))} sources" in text
    assert "What it cannot answer" in text


# filters are shared, and kept in the address


def wanted(**filters: str) -> dict[str, set[str]]:
    """Return the records that pass the filters, found with pandas."""
    claims = frame("claims")
    found = {}
    for table, key in RECORDS.items():
        rows = frame(table)
        keep = pd.Series(True, rows.index)
        if sector := filters.get("sector"):
            if table == "reactions":
                keep &= False
            else:
                keep &= rows["sectors"].map(lambda v: v is not None and sector in list(v))
        if source := filters.get("source"):
            keep &= rows[key].isin(claims[claims["source_id"] == source]["record_id"])
        if status := filters.get("status"):
            keep &= rows["status"] == status
        if actor := filters.get("actor"):
            if table == "reactions":
                keep &= rows[["actor_id", "addressed_to_actor_id", "about_actor_id"]].eq(actor).any(axis=1)
            else:
                parts = frame({"events": "event_actors", "agreements": "agreement_actors"}[table])
                keep &= rows[key].isin(parts[parts["actor_id"] == actor][key])
        if kind := filters.get("kind"):
            named, _, code = kind.partition(":")
            column = {"events": "event_type", "agreements": "agreement_type", "reactions": "kind"}[table]
            keep &= (named == table) & ((rows[column] == code) if code else True)
        found[table] = set(rows[keep][key])
    return found


@pytest.mark.parametrize(
    "filters",
    [
        {"source": SOURCE},
        {"actor": "russia"},
        {"status": "alleged"},
        {"kind": "events:visit"},
        {"kind": "reactions"},
        {"actor": "min-aung-hlaing", "source": SOURCE},
        {"actor": "min-aung-hlaing", "kind": "agreements", "status": "alleged"},
    ],
    ids=str,
)
def test_a_filter_narrows_every_view(visit: Visit, filters: dict[str, str]) -> None:
    page = visit("records")
    refine(page, **filters)
    fits = wanted(**filters)
    everything = set().union(*fits.values())
    assert set(page.evaluate("[...mmru.found.ids]")) == everything
    for view in VIEWS[:-1]:
        page.get_by_role("navigation").get_by_role("link", name=view.capitalize(), exact=True).click()
        settled(page)
        assert f"{len(fits['events'])} event" in page.inner_text("#counts")
        shown = set(
            page.evaluate("""() => [...document.querySelectorAll('main .chart')].filter(c => c.mmruView)
            .flatMap(c => { try { return c.mmruView.data('items') } catch { return [] } }).map(d => d.record).filter(Boolean)""")
        )
        assert shown <= everything
        if view == "reactions":
            stances = frame("reactions").dropna(subset="stance")["reaction_id"]
            assert shown == fits["reactions"] & set(stances)
        if view == "agreements":
            assert shown == fits["agreements"]
        if view == "records":
            # the table fills in a moment of its own
            rows = "document.querySelector('.table')?.mmruTable.getDataCount() ?? 0"
            page.wait_for_function(f"({rows}) > 0 || !{len(everything)}")
            assert page.evaluate(rows) == len(everything)
        if not everything and view != "overview":
            assert page.locator("main .empty").count() >= 1, "an empty view says so"


def test_a_sector_filter_keeps_its_records_and_the_reactions_to_them(visit: Visit) -> None:
    sector = frame("agreements")["sectors"].explode().value_counts().index[0]
    page = visit("timeline", sector=sector)
    found = set(page.evaluate("[...mmru.found.ids]"))
    fits = wanted(sector=sector)
    assert found - set(frame("reactions")["reaction_id"]) == fits["events"] | fits["agreements"]
    reactions = frame("reactions").set_index("reaction_id")
    about = reactions.loc[[r for r in found if r.startswith("re-")], ["about_event_id", "about_agreement_id"]]
    assert about.isin(fits["events"] | fits["agreements"]).any(axis=1).all()


@pytest.mark.parametrize("undated", [False, True])
def test_a_time_filter_keeps_records_that_may_fall_into_it(visit: Visit, undated: bool) -> None:
    since, until = "2023-09-01", "2024-12-31"
    page = visit("timeline", from_=since, to=until, undated="1" if undated else "")
    events = frame("events")
    early, late = (pd.to_datetime(events[c]) for c in ("date_earliest", "date_latest"))
    may = ~(late < since) & ~(early > until)
    fits = set(events[may & (events["date"].notna() | undated)]["event_id"])
    assert {i for i in page.evaluate("[...mmru.found.ids]") if i.startswith("ev-")} == fits


def test_the_address_restores_the_view(visit: Visit, page_folder: Path) -> None:
    page = visit("timeline")
    refine(page, actor="russia", q="nuclear", status="signed")
    page.get_by_role("navigation").get_by_role("link", name="Agreements").click()
    settled(page)
    page.locator(".card a").first.click()
    settled(page)
    address, seen = page.url, page.inner_text("#record")
    page.goto("about:blank")
    page.goto(address)
    settled(page)
    assert page.inner_text("#record") == seen
    assert page.input_value("[name=q]") == "nuclear"
    assert page.input_value("[name=actor]") == "russia"
    assert page.get_attribute("nav a[aria-current=page]", "href").startswith("#?view=agreements")
    page.go_back()
    page.goto(address)
    settled(page)
    page.keyboard.press("Escape")
    assert page.locator("#record").is_hidden()
    page.locator("#filters > summary").click()
    page.locator("#clear").click()
    settled(page)
    assert "match the filter" not in page.inner_text("#counts")


def test_the_back_button_leads_from_record_to_view(visit: Visit) -> None:
    page = visit("agreements")
    page.locator(".card a").first.click()
    settled(page)
    assert page.locator("#record").is_visible()
    page.go_back()
    page.wait_for_timeout(200)
    assert page.locator("#record").is_hidden()
    assert page.locator("nav a[aria-current=page]").inner_text() == "Agreements"


# a record


@pytest.mark.parametrize(("table", "key"), RECORDS.items())
def test_a_permanent_link_opens_its_record(visit: Visit, table: str, key: str) -> None:
    rows = frame(table)
    claims = frame("claims")
    for record in rows.sample(4, random_state=7)[key]:
        page = visit(record=record)
        text = page.locator("#record").text_content()
        row = rows.set_index(key).loc[record]
        assert row["summary"] in text
        assert record in text
        own = claims[claims["record_id"] == record]
        assert page.locator("#record .claims li").count() == len(own)
        for claim in own.itertuples():
            if not pd.isna(claim.line):
                place = f"line {int(claim.line)}, characters {int(claim.char_start)}–{int(claim.char_end)}"
                assert place in text
            if not pd.isna(claim.reason):
                assert claim.reason.split("src-")[0] in text  # a source is named by its publisher
            if not pd.isna(claim.original):
                assert claim.original in text


def test_a_record_shows_rulings_and_differing_sources(visit: Visit) -> None:
    page = visit(record=RULED)
    for ruling in frame("rulings").query("record_id == @RULED").itertuples():
        assert ruling.reason in page.inner_text("#record")
    claims = frame("claims").query("record_id == @RULED")
    assert page.locator("#record .claims li.differs").count() == (~claims["agrees"]).sum() > 0
    actors = frame("actors").set_index("actor_id")["name"]
    text = page.locator("#record").text_content()
    for speaker in claims["attributed_to_actor_id"].dropna().unique():
        assert f"according to {actors[speaker].split(' (')[0]}" in text


def test_each_claim_leads_to_the_article(visit: Visit) -> None:
    record = first("events", "event_id", "source_count > 1")
    page = visit(record=record)
    unfold(page)
    sources = frame("sources").set_index("source_id")
    claims = frame("claims").query("record_id == @record")
    read = page.locator("#record .claims a", has_text="read the article")
    addresses = read.evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert sorted(addresses) == sorted(claims["source_id"].map(sources["url"]).dropna())
    for item in page.locator("#record .claims li").all()[:5]:
        text = item.inner_text()
        assert text.index("read the article") < text.index(", line "), "the place in the text comes after it"
        assert "src-" not in text


def test_an_error_report_names_the_record(visit: Visit) -> None:
    page = visit(record=RULED)
    page.locator("#record summary", has_text="Report an error").click()
    report = page.input_value("#record textarea")
    _, package = released(ROOT)
    assert f"Id of the record: {RULED}" in report
    assert f"Version: {package.version}" in report


@pytest.mark.parametrize("kind", ["PNG", "SVG"])
@pytest.mark.parametrize("view", ["timeline", "agreements", "reactions", "network"])
def test_a_chart_can_be_saved(visit: Visit, tmp_path: Path, view: str, kind: str) -> None:
    page = visit(view)
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save as {kind}").click()
    assert download.value.suggested_filename == f"{view}.{kind.lower()}"
    download.value.save_as(tmp_path / "chart")
    start = (tmp_path / "chart").read_bytes()[:8]
    assert start == b"\x89PNG\r\n\x1a\n" if kind == "PNG" else start.startswith(b"<svg")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def test_the_page_opens_from_a_server_and_requests_no_other(browser: Any, page_folder: Path) -> None:
    said: list[str] = []
    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(page_folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: said.append(str(e)))
        page.on("request", lambda r: asked.append(r.url))
        host = f"http://127.0.0.1:{server.server_port}/"
        page.goto(f"{host}index.html#{SEIZURE}?view=agreements")
        settled(page)
        title = frame("events").set_index("event_id").loc[SEIZURE, "title"]
        assert page.inner_text("#record h2") == title
        page.close()
        server.shutdown()
    assert said == []
    assert asked
    assert [url for url in asked if not url.startswith(host)] == []


def test_a_citation_and_a_link_are_copied(visit: Visit) -> None:
    page = visit(record=SEIZURE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy a citation").click()
    page.locator("#record .actions", has_text="Copied").wait_for()
    _, package = released(ROOT)
    cited = page.evaluate("navigator.clipboard.readText()")
    assert cited.startswith(f"{apa(package.about)} Record {SEIZURE}: ")
    page.get_by_role("button", name="Copy the link").click()
    page.wait_for_timeout(100)
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"index.html#{SEIZURE}")


def test_an_unknown_id_is_reported(visit: Visit) -> None:
    for record in ("ev-no-such-record", "%3Cimg%20src=x%3E", "%E0%A4%A"):
        assert "There is no record" in visit(record=record).inner_text("#record")


@pytest.mark.parametrize("table", ["events", "agreements", "reactions", "sources", "actors"])
@pytest.mark.parametrize("filters", [{}, {"source": SOURCE}], ids=["all", "filtered"])
def test_a_download_holds_the_rows_of_the_table(
    visit: Visit, tmp_path: Path, table: str, filters: dict[str, str]
) -> None:
    page = visit("records", **filters)
    page.locator("#downloads summary").click()
    with page.expect_download() as download:
        page.locator(f"[data-download={table}]").click()
    download.value.save_as(tmp_path / "rows.csv")
    assert download.value.suggested_filename == f"{table}.csv"
    published = ROOT / "data" / f"{table}.csv"
    got, whole = (
        pd.read_csv(p, dtype=str, keep_default_na=False) for p in (tmp_path / "rows.csv", published)
    )
    if not filters:
        assert (tmp_path / "rows.csv").read_bytes() == published.read_bytes()
        return
    key = whole.columns[0]
    pd.testing.assert_frame_equal(got, whole[whole[key].isin(got[key])].reset_index(drop=True))
    if table in RECORDS:
        assert set(got[key]) == wanted(**filters)[table]
    assert 0 < len(got) < len(whole) or table == "sources"


NO_VIEW = "there is no view of that name."
NO_FILTER = "there is no filter of that name."
NO_DAY = "it is not a day of the calendar, such as 2025-03-04."


@pytest.mark.parametrize(
    ("address", "messages"),
    [
        *((f"?view={name}", [f"“view={name}” was ignored: {NO_VIEW}"]) for name in ("__proto__", "constructor", "Network")),
        *((f"?from={day}", [f"“from={day}” was ignored: {NO_DAY}"]) for day in ("abc", "2025-02-30", "2025-03", "12025-01-01", "0000-01-01", "__proto__")),
        *((f"?{name}={name}", [f"“{name}={name}” was ignored: {NO_FILTER}"]) for name in ("until", "__proto__", "toString")),
        *(
            (f"?{name}={value}", [f"“{name}={value}” was ignored: the list “{name.title()}” has no such entry."])
            for name in ("actor", "sector", "source", "kind", "status")
            for value in ("__proto__", "hasOwnProperty")
        ),
        ("?kind=events:constructor", ["“kind=events:constructor” was ignored: the list “Kind” has no such entry."]),
        ("?undated=yes", ["“undated=yes” was ignored: the only value is 1."]),
        ("?from=2025-01-01&to=2020-01-01", ["The dates were ignored: 2025-01-01 is later than 2020-01-01."]),
        ("?view=timeline&view=network", ["The view is set twice; the first one is used."]),
        ("?view=x&to=1&a", [f"“view=x” was ignored: {NO_VIEW}", f"“to=1” was ignored: {NO_DAY}", f"“a=” was ignored: {NO_FILTER}"]),
        (f"?{'x' * 99}=1", [f"“{'x' * 60}…=1” was ignored: {NO_FILTER}"]),
        ("?view=&from=&actor=", []),
    ],
)  # fmt: skip
def test_a_part_of_the_address_that_is_wrong_is_ignored_with_a_message(
    visit: Visit, page_folder: Path, address: str, messages: list[str]
) -> None:
    page = visit()
    everything = page.inner_text("#counts")
    page.goto(f"{(page_folder / 'index.html').as_uri()}#{address}")
    settled(page)
    assert page.locator("#ignored p").all_inner_texts() == messages
    assert page.inner_text("nav a[aria-current=page]") in ("Overview", "Timeline")
    assert page.inner_text("#counts") == everything
    page.get_by_role("navigation").get_by_role("link", name="Records").click()
    settled(page)
    assert page.locator("#ignored p").count() == 0, "the message goes with the address that it is about"


def test_what_is_right_in_an_address_is_used_beside_what_is_wrong(visit: Visit) -> None:
    page = visit("network", actor="russia", status="__proto__", from_="2020-01-01", to="soon")
    assert page.locator("#ignored p").count() == 2
    assert page.inner_text("nav a[aria-current=page]") == "Network"
    assert page.evaluate("mmru.state.filter") == {"from": "2020-01-01", "actor": "russia"}


def test_dates_in_the_wrong_order_in_the_form_are_ignored_with_a_message(visit: Visit) -> None:
    page = visit("timeline")
    refine(page, from_="2025-01-01", to="2020-01-01")
    assert page.locator("#ignored p").all_inner_texts() == [
        "The dates were ignored: 2025-01-01 is later than 2020-01-01."
    ]
    refine(page, to="2025-06-30")
    assert page.locator("#ignored p").count() == 0
    assert "from=2025-01-01&to=2025-06-30" in page.url


@pytest.mark.parametrize("named", [{}, {"from_": "0001-01-01"}, {"to": "9999-12-31"}], ids=str)
def test_the_timeline_stays_within_the_years_of_the_calendar(visit: Visit, named: dict[str, str]) -> None:
    page = visit("timeline", **named)
    for _ in range(20):
        for name in ("Zoom out", "Earlier"):
            page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_timeout(400)
    assert page.inner_text("main [role=status]").startswith("1 Jan 1 to ")
    page.get_by_role("button", name="Filter by this period").click()
    settled(page)
    assert page.locator("#ignored p").count() == 0


# hostile text

HOSTILE = [
    '<img src=x onerror="window.ran = 1">',
    "<script>window.ran = 1</script>",
    '"><svg onload=window.ran=1>',
    "</script><script>window.ran = 1</script>",
    "javascript:window.ran=1",
    "${window.ran = 1} {{window.ran = 1}} `",
    "\u05d0\u05d1\u05d2 \u0627\u0644\u0639\u0631\u0628\u064a\u0629",  # written from right to left
    "Aa" * 2000,
    "' OR '1'='1\\",
    "__proto__",
    "constructor",
    "toString",
    "line\u2028separator\u2029s & <!-- ]]>",
    "\U0001f1f2\U0001f1f2 e\u0301\u0301\u0301",
]
LONG = max(HOSTILE, key=len)
FREE = {
    "title", "summary", "name", "description", "text", "reason", "original", "demand", "publisher",
    "reliability_reason", "label", "definition", "unit", "rights", "url", "aliases", "name_my", "name_ru",
    "name_zh", "sectors",
}  # fmt: skip


def put(folder: Path, texts: Sequence[str]) -> Path:
    """Write the page of tables in which each column of free text holds these texts in turn."""
    tables, package = released(ROOT)
    turn: defaultdict[str, Iterator[str]] = defaultdict(lambda: cycle(texts))
    for rows in tables.values():
        for row in rows:
            for column in FREE & row.keys():
                if row[column] is not None:
                    text = next(turn[column])
                    row[column] = [text] if isinstance(row[column], list) else text
    for claim in tables["claims"]:
        if claim["field"] in ("summary", "demand") or claim["field"].endswith(".text"):
            claim["value"] = next(turn["value"])
    about = dict(zip(("title", "version", "description"), cycle(texts)))
    package.descriptor.update(about)
    write(folder, files(tables, package))
    return folder


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of tables in which each free text is an attack on the page."""
    return put(tmp_path_factory.mktemp("hostile") / "site", HOSTILE)


@pytest.fixture(scope="module")
def long_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of tables in which each free text is one long word."""
    return put(tmp_path_factory.mktemp("long") / "site", [LONG])


@pytest.mark.parametrize(("view", "record"), OPENED)
def test_hostile_text_is_shown_and_does_not_run(
    visit: Visit, hostile_folder: Path, view: str, record: str
) -> None:
    page = visit(view, record, folder=hostile_folder)
    unfold(page)
    notes = page.evaluate(NOTES)  # they are shown as text, too
    assert bool(notes) == (view in CHARTED)
    assert page.evaluate("window.ran") is None
    assert page.locator("img, svg, iframe, object, embed, body script, #record script").count() == 0
    assert page.inner_text("#title") == page.title().split(" · ")[1] == HOSTILE[0]
    assert page.locator("a[href^='javascript']").count() == 0
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], "long words do not push the page wider than the window"
    if view == "agreements":
        assert HOSTILE[0] in page.inner_text("main")


FILTERED = [
    ("network", {"actor": "min-aung-hlaing"}),
    ("records", {"q": LONG}),
    ("timeline", {"source": SOURCE, "status": "occurred", "kind": "events:visit"}),
]


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    ("view", "record", "filters"), [*((*o, {}) for o in OPENED), *((v, "", f) for v, f in FILTERED)]
)
def test_no_word_is_too_long_for_the_window(
    visit: Visit, long_folder: Path, view: str, record: str, filters: dict[str, str], width: int
) -> None:
    page = visit(view, record, folder=long_folder, width=width, **filters)
    unfold(page)
    for note, left, right in page.evaluate(NOTES):
        assert note
        assert 0 <= left < right <= width
    for part in ("html", "#record"):
        wide = page.locator(part).evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert wide[0] <= wide[1], f"a long word makes {part} wider than it is"


def test_a_script_put_into_the_page_does_not_run(visit: Visit, page_folder: Path, browser: Any) -> None:
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda m: refused.append(m.text))
    page.goto((page_folder / "index.html").as_uri())
    settled(page)
    page.evaluate("""() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s);
        const d = document.createElement('div'); d.innerHTML = '<img src=x onerror="window.ran = 1">'; document.body.append(d); }""")
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert sum("Content Security Policy" in line for line in refused) >= 2
    page.close()


# few and many


def test_an_empty_dataset_is_reported(visit: Visit, tmp_path: Path) -> None:
    tables, package = released(ROOT)
    kept = {name: rows if name == "vocabularies" else [] for name, rows in tables.items()}
    write(tmp_path / "site", files(kept, package))
    for view in VIEWS[:-1]:
        page = visit(view, SEIZURE, folder=tmp_path / "site")
        assert page.locator("main .empty").count() >= 1
        assert "There is no record" in page.inner_text("#record")
        assert page.inner_text("#counts") == "0 events, 0 agreements and 0 reactions from 0 sources."


@pytest.fixture(scope="module")
def large_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of ten thousand events."""
    tables, package = released(ROOT)
    folder = tmp_path_factory.mktemp("large") / "site"
    write(folder, files(enlarged(tables), package))
    return folder


@pytest.mark.parametrize("view", VIEWS)
def test_of_ten_thousand_events_only_those_in_sight_are_drawn(
    visit: Visit, large_folder: Path, view: str
) -> None:
    page = visit(view, folder=large_folder)
    assert page.inner_text("#counts").startswith("10,000 events, 1,000 agreements and 3,000 reactions ")
    assert page.locator("*").count() < 6000


def test_the_timeline_counts_events_that_are_too_many_for_lines(visit: Visit, large_folder: Path) -> None:
    page = visit("timeline", folder=large_folder)
    assert "too many for a line each" in page.inner_text("main [role=status]")
    bins = pd.DataFrame(drawn(page, "bins"))
    since, until = page.evaluate(
        "['since', 'until'].map(n => document.querySelector('.chart:not(.overview)').mmruView.signal(n))"
    )
    items = pd.DataFrame(page.evaluate("mmru.store.core.timeline"))
    start, end = ((pd.to_datetime(items[c]) - pd.Timestamp(0)) / pd.Timedelta("1ms") for c in ("from", "to"))
    end += pd.Timedelta(days=1) / pd.Timedelta("1ms")
    last = bins["start"].max()
    may = items[~(start >= until) & ~(end <= last)]
    shown = bins[bins["start"] == last].set_index("lane")["count"].to_dict()
    assert shown == may["lane"].value_counts().to_dict()
    assert since < last
    for _ in range(8):
        page.get_by_role("button", name="Zoom in", exact=True).click()
        page.wait_for_timeout(300)
    assert "too many" not in page.inner_text("main [role=status]")
    assert 0 < len(drawn(page)) <= 160


# for everyone


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("view", "record"), OPENED)
def test_axe_finds_no_violation(visit: Visit, view: str, record: str, theme: str) -> None:
    page = visit(view, record, theme=theme)
    unfold(page)
    page.evaluate(AXE)
    found = page.evaluate("s => axe.run(document, { runOnly: s, preload: false })", STANDARDS)
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []
    assert len(found["passes"]) > 20


@pytest.mark.parametrize("width", [320, 360, 768, 1920])
@pytest.mark.parametrize(("view", "record"), OPENED[:8])
def test_the_page_fits_phones_and_wide_screens(visit: Visit, view: str, record: str, width: int) -> None:
    page = visit(view, record, width=width)
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    for canvas in page.locator(".chart:not(.scrolls) canvas").all():
        inside = canvas.evaluate(
            "c => [c.getBoundingClientRect().right, c.parentElement.getBoundingClientRect().right]"
        )
        assert inside[0] <= inside[1] + 1, "a chart ends within its frame"


def test_the_page_can_be_used_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit("timeline")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("nav a", has_text="Agreements").focus()
    page.keyboard.press("Enter")
    settled(page)
    assert page.evaluate("document.activeElement.textContent") == "Agreements"
    for _ in range(60):  # to the first card
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.card') !== null"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus is seen"
    link = page.evaluate("document.activeElement.dataset.record")
    page.keyboard.press("Enter")
    settled(page)
    assert page.evaluate("document.activeElement.id") == "record-title"
    assert link in page.inner_text("#record")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.record") == link


def test_a_table_is_sorted_with_the_keyboard(visit: Visit) -> None:
    page = visit("records")
    page.wait_for_selector(".tabulator-row")
    page.locator(".tabulator-col", has_text="What").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    rows = page.evaluate("document.querySelector('.table').mmruTable.getData('active').map(d => d.row.title)")
    assert rows == sorted(rows, key=lambda t: page.evaluate("t => t", t)) or rows[0] <= rows[-1]
    assert page.get_attribute(".tabulator-col[aria-sort=ascending]", "aria-sort") == "ascending"


def test_the_theme_can_be_chosen(visit: Visit) -> None:
    page = visit("overview")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("#theme").click()
    page.locator("#theme").click()
    settled(page)
    assert page.inner_text("#theme") == "Theme: dark"
    assert page.evaluate(ground) != light
    page.reload()
    settled(page)
    assert page.inner_text("#theme") == "Theme: dark"


def test_a_print_shows_the_view_without_its_controls(visit: Visit) -> None:
    page = visit("agreements", theme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for control in ("#filter", "nav", ".save", "main button"):
        assert page.locator(control).first.is_hidden(), control
    assert page.locator(".card").first.is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.chart canvas')).filter") != "none"
    assert page.pdf().startswith(b"%PDF")


def test_without_scripts_the_page_shows_a_notice(browser: Any, page_folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((page_folder / "index.html").as_uri())
    assert "needs JavaScript" in page.inner_text("main")
    context.close()


def test_counts_are_announced(visit: Visit) -> None:
    page = visit("timeline")
    assert page.get_attribute("#counts", "aria-live") == "polite"
    before = page.inner_text("#counts")
    refine(page, status="alleged")
    assert page.inner_text("#counts") != before
    assert page.inner_text("#counts").endswith("match the filter.")
