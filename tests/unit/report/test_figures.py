"""The report's figures are the signed entries, counted by block or live alike; each leads to just its entries."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.test import Client, RequestFactory

from comity.journal import home, standing
from comity.journal.models import Journal
from comity.kernel.entry import parse_entry
from comity.kernel.errors import FormatError, NotFoundError
from comity.positions import services as positions
from comity.report import selectors, services, tally
from comity.report.models import Tally
from tests import node
from tests.unit.agreement.worlds import CODE
from tests.unit.positions.worlds import ITEM_REF, item, session, shares, text, with_item

pytestmark = pytest.mark.django_db
YEAR = datetime.now(UTC).year


@pytest.fixture
def mine(settings: Any, tmp_path: Path) -> Journal:
    """Both sides' entries on an item, one activity, all signed."""
    made = with_item(settings, tmp_path / "ours")
    node.partner_tells([session(), item(), shares(text(("1", "Мы возражаем.", "7")))])
    days = {"begin": f"{YEAR}-03-01", "end": f"{YEAR}-03-02"}
    positions.tell_activity(None, CODE, "a", {**days, "title": "Lecture", "form": "seminar", "reached": 40})
    node.sequence(made)
    made.refresh_from_db()
    return made


def by_hand(journal: Journal) -> Counter[str]:
    return Counter(parse_entry(data).kind for _, data in home.store(journal).entries(0, tally.signed_size(journal)))


def figures(report: selectors.Report) -> dict[str, dict[str, int]]:
    told = [figure for area in report.areas for activity in area.activities for figure in activity.figures]
    return {figure.kind: dict(figure.by_party) for figure in (*told, *report.besides)}


def test_every_signed_entry_is_counted_once_under_its_kind_and_party(mine: Journal) -> None:
    report = selectors.report(CODE, YEAR)
    counted = figures(report)
    for journal in Journal.objects.all():
        assert {kind: row[journal.party] for kind, row in counted.items() if row[journal.party]} == by_hand(journal)
    assert report.total == sum(by_hand(journal).total() for journal in Journal.objects.all())
    assert selectors.report(CODE, YEAR - 1).total == 0


def test_an_entry_that_is_not_signed_is_no_figure_yet(mine: Journal) -> None:
    before = selectors.report(CODE, YEAR).total
    positions.tell_item(None, ITEM_REF, "Anew")
    assert selectors.report(CODE, YEAR).total == before
    node.sequence(mine)
    assert selectors.report(CODE, YEAR).total == before + 1


def test_blocks_counted_beforehand_change_no_figure_and_no_list(mine: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    before = selectors.report(CODE, YEAR)
    listed = selectors.facts("BY", "agreement.step", YEAR) + selectors.facts("RU", "positions.item", YEAR)
    monkeypatch.setattr(tally, "BLOCK", 2)
    monkeypatch.setattr(selectors, "PAGE", 2)
    while tally.count_one():
        pass
    assert Tally.objects.exists()
    assert selectors.report(CODE, YEAR) == before
    walked: list[Any] = []
    for party, kind in (("BY", "agreement.step"), ("RU", "positions.item")):
        origin, below = "", None
        while rows := selectors.facts(party, kind, YEAR, origin, below):
            walked += rows
            origin, below = rows[-1][0], rows[-1][1].index
    assert walked == listed


def test_a_node_that_reads_only_counts_on_without_writing(mine: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "BLOCK", 2)
    before = selectors.report(CODE, YEAR)
    standing.mark(standing.DATABASE)
    assert not tally.count_one()
    assert (Tally.objects.count(), selectors.report(CODE, YEAR)) == (0, before)


def test_what_is_done_stands_under_its_area_and_article(mine: Journal) -> None:
    report = selectors.report(CODE, YEAR)
    places = {
        activity.capability: (area.area.code if area.area else "", activity.article)
        for area in report.areas
        for activity in area.activities
    }
    assert (places["positions"], places["awareness"]) == (("platforms", ""), ("awareness", "1"))
    assert set(places) == {one.code for one in report.agreement.profile.capabilities}
    assert selectors.uses()["awareness"] == 1
    assert (report.results.activities, report.results.reached) == (1, 40)


def test_data_and_table_have_the_same_figures_and_every_link_leads_to_its_facts(mine: Journal) -> None:
    reader = Client()
    reader.force_login(node.user("kira", "coordinator"))
    data = json.loads(reader.get(f"/report/{CODE}/{YEAR}/report.json").content)
    table = b"".join(reader.get(f"/report/{CODE}/{YEAR}/report.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["kind"], row["party"], int(row["entries"])) for row in rows] == [
        (row["kind"], row["party"], row["entries"]) for row in data["figures"]
    ]
    assert sum(row["entries"] for row in data["figures"]) == data["entries"]
    page = reader.get(f"/report/{CODE}/{YEAR}").content.decode()
    for row in data["figures"]:
        path = row["facts"].removeprefix("https://office-by.example")
        assert path.replace("&", "&amp;") in page
        shown = reader.get(path).content.decode()
        assert shown.count(f'href="/exchange/{row["party"]}/') == row["entries"]
    assert reader.get(f"/report/{CODE}/{YEAR}/report.xml").status_code == 404
    assert reader.get(f"/report/{CODE}/0001").status_code == 404


def test_the_pdf_speaks_three_languages_and_links_every_figure(mine: Journal) -> None:
    report = selectors.report(CODE, YEAR)
    link = services.links(RequestFactory().get("/"), CODE, YEAR)
    for language, word in (("en", "Report on the year"), ("ru", "Отчёт за"), ("be", "Справаздача за")):
        read = pypdf.PdfReader(io.BytesIO(services.pdf(report, link, language)))
        assert word in read.pages[0].extract_text()
        links = [note["/A"]["/URI"] for one in read.pages for note in one.get("/Annots", []) if "/A" in note]
        assert set(links) == {row[-1] for row in services.rows(report, link)}
    with pytest.raises(FormatError):
        services.pdf(report, link, "fr")


def test_there_is_no_report_where_there_is_no_agreement_or_party(mine: Journal) -> None:
    with pytest.raises(NotFoundError):
        selectors.report("nothing", YEAR)
    with pytest.raises(NotFoundError):
        selectors.facts("KZ", "positions.item", YEAR)


def test_the_articles_say_how_much_they_are_used(mine: Journal) -> None:
    reader = Client()
    reader.force_login(node.user("vera", "viewer"))
    page = reader.get(f"/agreement/{CODE}/articles").content.decode()
    assert "public awareness <b>1</b>" in page
