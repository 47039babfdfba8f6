"""A profile describes any agreement of two or more parties; what contradicts itself is refused with its place."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from comity.agreement.domain.checks import gaps, read_profile
from comity.agreement.domain.gates import CAPABILITIES
from comity.kernel.errors import FormatError
from tests.unit.agreement.worlds import plain, profile


def test_the_shipped_profile_says_what_is_known_and_names_what_is_not() -> None:
    shipped = profile("by-ru-2025")
    assert [one.code for one in shipped.parties] == ["BY", "RU"]
    assert shipped.parties[0].coordinator == "gknt"
    open_places = {(gap.place, gap.missing) for gap in gaps(shipped, CAPABILITIES)}
    assert ("parties.RU", "coordinator") in open_places
    assert ("capabilities.assistance", "article") in open_places
    assert not [gap for gap in gaps(shipped, CAPABILITIES) if gap.missing in ("text", "capability")]


def test_no_article_past_the_first_is_shipped() -> None:
    assert [article.number for article in profile("by-ru-2025").articles] == ["1"]


def test_an_invented_profile_of_three_parties_reads_alike() -> None:
    three = profile()
    assert [one.code for one in three.parties] == ["PT", "IS", "NZ"]
    assert three.recipients("IS") == ("PT",)
    assert three.recipients("PT") == ()


def test_without_a_depositary_each_party_notifies_each_other() -> None:
    assert profile("by-ru-2025").recipients("BY") == ("RU",)


def test_who_is_competent_depends_on_the_day() -> None:
    three = profile()
    assert [one.code for one in three.competent("designs", date(2027, 12, 31), "PT")] == ["lighthouse"]
    assert [one.code for one in three.competent("designs", date(2028, 1, 1), "PT")] == ["quay"]
    assert three.competent("designs", date(2019, 12, 31), "PT") == ()


def _with(path: str, value: Any) -> dict[str, Any]:
    data = plain()
    node: Any = data
    *parents, last = path.split(".")
    for name in parents:
        node = node[int(name)] if name.isdigit() else node.setdefault(name, {})
    node[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("schema", "comity/profile/9", "schema"),
        ("edition", 0, "edition"),
        ("edition", True, "edition"),
        ("parties", [{"code": "PT", "names": {}}], "parties"),
        ("parties.1.code", "PT", "parties"),
        ("parties.1.code", "SU", "parties[1].code"),
        ("parties.1.coordinator", "nobody", "parties[1].coordinator"),
        ("parties.1.coordinator", "reef", "parties[1].coordinator"),
        ("bodies.0.party", "ZZ", "bodies[0].party"),
        ("bodies.0.code", "Light House", "bodies[0].code"),
        ("bodies.0.since", "yesterday", "bodies[0].since"),
        ("bodies.0.competences.0.matter", "fishing", "bodies[0].competences[0].matter"),
        ("bodies.0.competences.0.until", "2019-01-01", "bodies[0].competences[0]"),
        ("capabilities.0.article", "V", "capabilities[0].article"),
        ("capabilities.0.opens", "soon", "capabilities[0].opens"),
        ("articles.0.areas", ["elsewhere"], "articles[0].areas"),
        ("clauses.depositary", "BY", "clauses.depositary"),
        ("clauses.entry", {"rule": "date"}, "clauses.entry.date"),
        ("clauses.term", {"years": 0, "renewal_years": 5}, "clauses.term.renewal_years"),
        ("clauses.notice.months", -1, "clauses"),
        ("clauses.penalty", 5, "clauses"),
        ("names", "Convention", "names"),
        ("names", {"en": "a\x00b"}, "names.en"),
        ("names", {"en": "a" * 5000}, "names.en"),
        ("deadlines", {"request_days": 0}, "deadlines"),
    ],
)
def test_a_mistake_is_refused_with_its_place(path: str, value: Any, place: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_profile(_with(path, value))
    assert caught.value.place == place


def test_what_is_no_table_at_all_is_refused() -> None:
    for data in (None, [], "profile", 7):
        with pytest.raises(FormatError):
            read_profile(data)
