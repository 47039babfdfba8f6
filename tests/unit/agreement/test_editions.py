"""An edition holds when every party that it names has adopted the same bytes of it; editions can be compared."""

from __future__ import annotations

from typing import Any

from comity.agreement.domain.editions import Adopted, compare, standing
from tests.unit.agreement.worlds import plain, profile


def adopted(party: str, edition: int = 1, digest: str = "", index: int = 0, **altered: Any) -> Adopted:
    return Adopted(party, digest or f"e{edition}", profile("by-ru-2025", edition=edition, **altered), index)


def test_nothing_holds_before_all_have_adopted_it() -> None:
    found = standing([adopted("BY")])
    assert found.agreed is None
    assert [one.party for one in found.open] == ["BY"]
    assert found.profile("BY") is not None
    assert found.profile("RU") is None


def test_the_same_edition_in_other_words_does_not_hold() -> None:
    assert standing([adopted("BY", digest="a"), adopted("RU", digest="b")]).agreed is None


def test_the_newest_that_all_have_adopted_holds_while_the_next_is_open() -> None:
    found = standing([adopted("BY"), adopted("RU"), adopted("RU", 2)])
    assert found.agreed is not None
    assert found.agreed.edition == 1
    assert [(one.party, one.profile.edition) for one in found.open] == [("RU", 2)]
    both = standing([adopted("BY"), adopted("RU"), adopted("RU", 2), adopted("BY", 2)])
    assert both.agreed is not None
    assert both.agreed.edition == 2
    assert both.open == ()


def test_a_third_party_is_in_when_it_and_the_others_have_adopted_the_edition_that_names_it() -> None:
    parties = [*plain("by-ru-2025")["parties"], {"code": "KZ", "names": {}, "accedes": True}]
    before = [adopted("BY"), adopted("RU"), adopted("BY", 2, parties=parties), adopted("KZ", 2, parties=parties)]
    found = standing(before)
    assert found.agreed is not None
    assert found.agreed.edition == 1
    after = standing([*before, adopted("RU", 2, parties=parties)])
    assert after.agreed is not None
    assert after.agreed.party("KZ") is not None


def test_two_editions_are_compared_place_by_place() -> None:
    data = plain("by-ru-2025")
    data["edition"] = 2
    data["articles"] = [{"number": "0"}, *data["articles"]]
    data["bodies"] = data["bodies"][1:]
    data["clauses"]["notice"]["months"] = 12
    data["parties"][0]["coordinator"] = ""
    found = {one.place: (one.change, one.before, one.after) for one in compare(profile("by-ru-2025"), profile_of(data))}
    assert found["clauses.notice.months"] == ("changed", "6", "12")
    assert found["articles[0].number"] == ("added", None, "0")
    assert found["bodies[gknt].party"] == ("removed", "BY", None)
    assert found["parties[BY].coordinator"] == ("removed", "gknt", None)
    assert not [place for place in found if place.startswith("articles[1]")]


def profile_of(data: dict[str, Any]) -> Any:
    return profile("by-ru-2025", **data)
