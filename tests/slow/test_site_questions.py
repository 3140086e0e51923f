"""Ten questions of a journalist, answered from the explorer page alone, in a few steps each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow


def frame(name: str) -> pd.DataFrame:
    return pd.read_parquet(ROOT / "data" / f"{name}.parquet")


class Reader:
    """A reader who opens the page, clicks and types; counts these steps."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.steps = 0

    def click(self, role: str, name: str) -> None:
        self.press(self.page.get_by_role(role, name=name, exact=True).first)

    def press(self, target: Any) -> None:
        self.steps += 1
        target.click()
        self.wait()

    def search(self, words: str) -> None:
        self.steps += 1
        self.page.fill("[name=q]", words)
        self.page.wait_for_timeout(350)
        self.wait()

    def wait(self) -> None:
        self.page.wait_for_timeout(50)
        self.page.evaluate("() => mmru.drawn")
        self.page.wait_for_selector("#record [aria-busy]", state="detached")

    def sees(self, part: str = "main") -> str:
        """Return the text of a part of the page."""
        return str(self.page.inner_text(part))


@pytest.fixture
def reader(browser: Any, page_folder: Path) -> Iterator[Reader]:
    """A reader who has just opened the page."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((page_folder / "index.html").as_uri())
    found = Reader(page)
    found.wait()
    yield found
    page.close()


def test_when_did_the_leaders_last_meet_and_who_says_so(reader: Reader) -> None:
    finding = reader.page.locator(".finding", has_text="The latest meeting of the leaders")
    record = finding.locator("h3 a").get_attribute("data-record")
    row = frame("events").set_index("event_id").loc[record]
    publishers = frame("sources").set_index("source_id")["publisher"]
    assert f"{row['date_latest']:%Y}" in finding.locator(".when").inner_text()
    assert any(publishers[s] in finding.inner_text() for s in row["source_ids"])
    assert reader.steps == 0


def test_which_agreements_of_a_year_are_disputed(reader: Reader) -> None:
    year = reader.page.locator(".years a").nth(-2)
    name = year.inner_text().split()[-1]
    reader.press(year)
    reader.click("link", "Agreements")
    steps = frame("agreement_milestones").dropna(subset="date")
    bounds = steps.groupby("agreement_id")[["date_earliest", "date_latest"]].agg(["min", "max"])
    shown = reader.page.locator(".card h3 a").evaluate_all("all => all.map(a => a.dataset.record)")
    within = bounds[
        (bounds["date_earliest", "min"] >= name) & (bounds["date_latest", "max"] < str(int(name) + 1))
    ]
    assert set(within.index) <= set(shown)
    disputed = frame("agreements").dropna(subset="disputed_fields")["agreement_id"]
    marked = reader.page.locator(".card", has=reader.page.locator(".mark.disputed")).locator("h3 a")
    assert set(marked.evaluate_all("all => all.map(a => a.dataset.record)")) == set(shown) & set(disputed)
    assert reader.steps == 2


def test_who_says_that_a_visit_was_unofficial(reader: Reader) -> None:
    ranks = frame("event_details").query("detail == 'rank'")
    assert not ranks.empty
    rank = ranks.iloc[0]
    title = frame("events").set_index("event_id").loc[rank["event_id"], "title"]
    reader.search(rank["text"])
    reader.press(reader.page.locator(f".tabulator-row a[data-record={rank['event_id']}]").first)
    assert reader.sees("#record h2") == title
    claims = frame("claims").query("record_id == @rank.event_id and field.str.startswith('details.rank')")
    publishers = frame("sources").set_index("source_id")["publisher"]
    evidence = reader.page.locator("#record .field", has_text=rank["text"]).first.inner_text()
    assert any(publishers[source] in evidence for source in claims["source_id"])
    assert reader.steps == 2


def test_how_large_is_what_was_agreed(reader: Reader) -> None:
    term = frame("agreement_terms").dropna(subset=["value", "unit"]).iloc[0]
    reader.click("link", "Agreements")
    reader.search(frame("agreements").set_index("agreement_id").loc[term["agreement_id"], "title"])
    card = reader.page.locator(".card", has=reader.page.locator(f"h3 a[data-record={term.agreement_id}]"))
    assert f"{term['value']:,.15g} {term['unit']}" in card.inner_text()
    assert card.locator(".mark").count() >= 1, "the card says how well it is confirmed"
    assert reader.steps == 2


def test_who_supplies_whom(reader: Reader) -> None:
    reader.click("link", "Network")
    reader.click("button", "supplies")
    roles = frame("event_actors")
    names = frame("actors").set_index("actor_id")["name"]
    supplies = roles[roles["role"] == "supplier"].merge(roles[roles["role"] == "recipient"], on="event_id")
    top = supplies.groupby(["actor_id_x", "actor_id_y"]).size().idxmax()
    assert f"{names[top[0]]} supplies {names[top[1]]}" in reader.sees()
    assert reader.steps == 2


def test_which_states_and_organisations_condemned_it(reader: Reader) -> None:
    reader.click("link", "Reactions")
    official = frame("reactions").query("voice == 'official' and stance == 'condemns'")
    positions = reader.page.locator("main > section", has_text="Positions").first
    said = positions.locator(".said", has_text="Condemns")
    assert set(official["summary"]) <= set(said.locator("p:nth-of-type(2)").all_inner_texts())
    assert reader.steps == 1


def test_where_do_the_sources_disagree_and_how_was_it_decided(reader: Reader) -> None:
    reader.click("link", "Sources")
    reader.press(reader.page.get_by_role("link", name="on which they disagree"))
    # the first twenty questions are shown, those on agreements before those on events
    reason = frame("rulings").query("record_table == 'agreements'")["reason"].iloc[0]
    assert reason in reader.sees(".questions") or "src-" in reason
    question = reader.page.locator(".question").first
    assert question.locator(".answers li").count() >= 2
    assert "published" in question.inner_text()
    assert question.is_visible()
    assert reader.page.evaluate("scrollY") > 0
    assert reader.steps == 2


def test_what_is_only_alleged(reader: Reader) -> None:
    reader.press(reader.page.locator("#filters > summary"))
    reader.steps += 1
    reader.page.select_option("[name=status]", "alleged")
    reader.page.wait_for_timeout(100)
    reader.wait()
    alleged = frame("events").query("status == 'alleged'")
    agreements = frame("agreements").query("status == 'alleged'")
    reactions = frame("reactions").query("status == 'alleged'")
    found = set(reader.page.evaluate("[...mmru.found.ids]"))
    assert found == {*alleged["event_id"], *agreements["agreement_id"], *reactions["reaction_id"]}
    rows = reader.page.locator(".tabulator-row")
    assert all("alleged" in text for text in rows.all_inner_texts())
    assert reader.steps == 2


def test_how_reliable_is_a_report_and_where_can_i_read_it(reader: Reader) -> None:
    finding = reader.page.locator(".finding h3 a").first
    reader.press(finding)
    sources = frame("sources").set_index("source_id")
    links = reader.page.locator("#record .plain > li")
    source = links.first.locator("a").first.get_attribute("data-record")
    read = links.first.get_by_role("link", name="read the article")
    assert read.get_attribute("href") == sources.loc[source, "url"]
    reader.press(links.first.locator("a").first)
    assert sources.loc[source, "reliability_reason"].split("src-")[0] in reader.sees("#record")
    assert reader.steps == 2


def test_what_happened_in_a_year(reader: Reader) -> None:
    year = reader.page.locator(".years a").nth(2)
    name = year.inner_text().split()[-1]
    reader.press(year)
    events = frame("events").dropna(subset=["date_earliest", "date_latest"])
    within = events[(events["date_earliest"] >= name) & (events["date_latest"] < str(int(name) + 1))]
    drawn = reader.page.evaluate(
        "document.querySelector('.chart:not(.overview)').mmruView.data('items').map(i => i.title)"
    )
    assert not within.empty
    steps = ("signing", "announcement", "agreement-step")  # a line with their agreement
    assert set(within[~within["event_type"].isin(steps)]["title"]) <= set(drawn)
    assert reader.steps == 1
