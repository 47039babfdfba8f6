"""What is agreed follows from every party's own approval of the same hash, in whatever order the journals arrive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from comity.positions.domain.marks import marks
from comity.positions.domain.points import Approval, Joint, PointState, Shared, joint
from comity.positions.domain.texts import Content, Paragraph

ABOUT = "item:a/f/s/1"
PARTIES = ("BY", "KZ", "RU")


def text(*words: str, salt: str = "a") -> Content:
    parts = tuple(Paragraph(str(n), one, salt * 32) for n, one in enumerate(words, 1) if one)
    return Content("en", parts)


def shared(party: str, content: Content, place: int = 0, round_: int = 1) -> Shared:
    return Shared(party, place, round_, content.digest(ABOUT), content)


TEXTS = [text("a", "b"), text("a", "c"), text("a", "b", salt="b"), text("", "c"), text("d")]
facts = st.lists(
    st.one_of(
        st.builds(
            lambda party, n, place: shared(party, TEXTS[n], place, place + 1),
            st.sampled_from(PARTIES),
            st.integers(0, len(TEXTS) - 1),
            st.integers(0, 8),
        ),
        st.builds(
            Approval,
            st.sampled_from(PARTIES),
            st.integers(0, 8),
            st.sampled_from(
                [one.digest(ABOUT) for one in TEXTS] + [part.digest for one in TEXTS for part in one.paragraphs]
            ),
            st.booleans(),
        ),
    ),
    max_size=14,
    # A party has one entry at a place.
    unique_by=lambda one: (one.party, one.place),
)


def computed(told: list[Shared | Approval], parties: tuple[str, ...] = PARTIES) -> Joint:
    return joint(
        parties,
        [one for one in told if isinstance(one, Shared)],
        [one for one in told if isinstance(one, Approval)],
    )


@given(facts, st.randoms(use_true_random=False))
def test_any_order_of_the_journals_gives_the_same(told: list[Shared | Approval], chance: object) -> None:
    before = computed(told)
    chance.shuffle(told)  # type: ignore[attr-defined]
    assert computed(told) == before


@given(facts)
def test_nobody_is_bound_without_an_approval_of_its_own(told: list[Shared | Approval]) -> None:
    made = computed(told)
    last: dict[tuple[str, str], Approval] = {}
    for one in sorted((one for one in told if isinstance(one, Approval)), key=lambda one: one.place):
        last[one.party, one.digest] = one
    standing = {key for key, one in last.items() if not one.withdrawn}
    if made.agreed is not None:
        assert {(party, made.agreed.digest) for party in PARTIES} <= standing
    for point in made.agreed_points:
        assert point.agreed is not None
        digest = point.agreed.paragraph.digest
        texts = {
            one.digest
            for one in told
            if isinstance(one, Shared) and one.content and digest in {part.digest for part in one.content.paragraphs}
        }
        for party in PARTIES:
            assert (party, digest) in standing or any((party, whole) in standing for whole in texts)


@given(facts)
def test_a_party_that_takes_everything_back_leaves_nothing_agreed(told: list[Shared | Approval]) -> None:
    digests = {one.digest for one in told if isinstance(one, Approval)}
    back = [Approval("RU", 100 + n, digest, True) for n, digest in enumerate(sorted(digests))]
    made = computed([*told, *back])
    assert made.agreed is None
    assert made.agreed_points == ()


@given(facts)
def test_what_strangers_say_changes_nothing(told: list[Shared | Approval]) -> None:
    two = ("BY", "RU")
    assert computed(told, two) == computed([one for one in told if one.party in two], two)


def test_alike_words_are_not_agreed_until_both_have_approved_them() -> None:
    first = text("a")
    told: list[Shared | Approval] = [shared("BY", first), shared("RU", first)]
    assert [one.state for one in computed(told, ("BY", "RU")).points] == [PointState.SAME]
    told.append(Approval("BY", 1, first.paragraphs[0].digest))
    assert computed(told, ("BY", "RU")).state == "open"
    told.append(Approval("RU", 1, first.digest(ABOUT)))
    made = computed(told, ("BY", "RU"))
    assert [one.state for one in made.points] == [PointState.AGREED]
    assert made.agreed is None
    told.append(Approval("BY", 2, first.digest(ABOUT)))
    agreed = computed(told, ("BY", "RU"))
    assert (agreed.state, agreed.agreed and agreed.agreed.digest) == ("agreed", first.digest(ABOUT))


def test_a_wording_of_a_later_round_opens_an_agreed_point_again() -> None:
    first, second = text("a"), text("b")
    digest = first.paragraphs[0].digest
    told: list[Shared | Approval] = [
        shared("BY", first),
        shared("RU", first),
        Approval("BY", 1, digest),
        Approval("RU", 1, digest),
        shared("RU", second, 2, 2),
    ]
    assert [one.state for one in computed(told, ("BY", "RU")).points] == [PointState.DIFFERING]


def test_the_same_words_on_another_item_have_another_hash() -> None:
    assert text("a").digest("item:a/f/s/1") != text("a").digest("item:a/f/s/2")
    assert text("a").paragraphs[0].digest != text("a", salt="b").paragraphs[0].digest


def test_two_wordings_are_marked_where_they_differ() -> None:
    found = marks("We support marking, two years.", "We support labels, three years.")
    assert found == ((False, "We support "), (True, "marking"), (False, ", "), (True, "two"), (False, " years."))


def test_work_for_wordings_that_have_nothing_in_common_does_not_grow_with_their_spaces() -> None:
    # Ten such paragraphs of 740 words took minutes when each space was compared with each.
    ours, theirs = (" ".join(f"{side}{n}" for n in range(740)) for side in "ab")
    for _ in range(10):
        assert marks(ours, theirs) == ((True, ours),)
    same = " ".join("ab"[n % 2] for n in range(740))
    assert marks(f"{same} a", f"b {same}") == ((True, f"{same} a"),)
