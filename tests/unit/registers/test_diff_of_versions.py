"""What changed between two versions of a record."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from comity.registers.domain.diff import Change, differences
from comity.registers.domain.record import Classification, Event, Image, Party, RightRecord, Text

MARK = RightRecord(
    office="RU",
    kind="trademark",
    number="1008824",
    status="in_force",
    expiry_date="2034-05-14",
    titles=(Text(text="ЛИСТВЕНЬ", lang="ru"), Text(text="LISTVEN")),
    classes=(
        Classification(scheme="nice", code="3", texts=(Text(text="cosmetics"),)),
        Classification(scheme="nice", code="5"),
    ),
    parties=(Party(role="holder", entity="legal", names=(Text(text="ООО «Листвень»"),), country="RU"),),
)


def test_same_record_has_no_differences() -> None:
    assert differences(MARK, replace(MARK)) == []


def test_plain_fields_carry_their_inid_code() -> None:
    changed = replace(MARK, expiry_date="2044-05-14", status="lapsed")
    assert differences(MARK, changed) == [
        Change("status", "in_force", "lapsed", ""),
        Change("expiry_date", "2034-05-14", "2044-05-14", "180"),
    ]


def test_codes_are_those_of_the_kind() -> None:
    design = replace(MARK, kind="industrial_design")
    assert differences(design, replace(design, expiry_date=""))[0] == Change("expiry_date", "2034-05-14", "", "18")


def test_change_of_holder_is_one_change() -> None:
    other = Party(role="holder", entity="legal", names=(Text(text="УП «Чысты лес»"),), country="BY")
    assert differences(MARK, replace(MARK, parties=(other,))) == [
        Change("parties.holder", "ООО «Листвень», RU", "УП «Чысты лес», BY", "732")
    ]


def test_lists_differ_by_element() -> None:
    added = Classification(scheme="nice", code="30")
    narrowed = Classification(scheme="nice", code="3", texts=(Text(text="soap"),))
    assert differences(MARK, replace(MARK, classes=(narrowed, added))) == [
        Change("classes.nice", "3: cosmetics", "3: soap", "511"),
        Change("classes.nice", "5", "", "511"),
        Change("classes.nice", "", "30", "511"),
    ]


def test_new_event_is_an_addition() -> None:
    event = Event(code="renewed", date="2034-02-01", recorded="2034-02-03")
    assert differences(MARK, replace(MARK, events=(event,))) == [
        Change("events", "", "2034-02-01 (2034-02-03) local renewed", "")
    ]


def test_other_order_is_one_difference() -> None:
    assert differences(MARK, replace(MARK, titles=MARK.titles[::-1])) == [
        Change("titles", "ЛИСТВЕНЬ (ru) · LISTVEN", "LISTVEN · ЛИСТВЕНЬ (ru)", "540")
    ]


def test_sealed_person_shows_that_something_changed_and_not_what() -> None:
    old = replace(MARK, parties=(Party(role="author", country="BY", cm="AAAAAAAAAAAAAAAAAAA="),))
    new = replace(MARK, parties=(Party(role="author", country="BY", cm="BBBBBBBBBBBBBBBBBBB="),))
    assert differences(old, new) == [Change("parties.author", "[AAAAAAAAAAAA], BY", "[BBBBBBBBBBBB], BY", "")]


def test_image_is_told_by_its_content() -> None:
    old, new = (replace(MARK, images=(Image(sha256=letter * 64, width=2, height=3),)) for letter in "ab")
    assert differences(old, new) == [Change("images", "a" * 16 + ", 2×3", "b" * 16 + ", 2×3", "540")]


records = st.builds(
    replace,
    st.just(MARK),
    status=st.sampled_from(["in_force", "lapsed"]),
    titles=st.lists(st.sampled_from([Text(text="А", lang="ru"), Text(text="B"), Text(text="C")]), max_size=4).map(
        tuple
    ),
    classes=st.lists(
        st.builds(Classification, scheme=st.sampled_from(["nice", "vienna"]), code=st.sampled_from(["1", "2"])),
        max_size=3,
    ).map(tuple),
)


@given(records, records)
def test_only_equal_records_have_none_and_both_ways_have_as_many(old: RightRecord, new: RightRecord) -> None:
    there, back = differences(old, new), differences(new, old)
    assert (there == []) == (old == new)
    assert len(there) == len(back)
    assert differences(old, new) == there
