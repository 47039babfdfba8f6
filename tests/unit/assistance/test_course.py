"""The course of a request follows from both sides' facts, in whatever order they arrived."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.assistance.domain.course import NOTHING, Course, Fact, course, in_order
from comity.assistance.domain.steps import OPENS, SIDES, Side, State, Step

ASKS, ASKED = Side.REQUESTING, Side.REQUESTED


def at(second: int) -> str:
    return f"2026-11-01T{second // 60:02}:{second % 60:02}:00Z"


def run(*steps: tuple[Side, Step] | tuple[Side, Step, str]) -> Course:
    """Steps of both sides, each made with knowledge of all before it."""
    facts: list[Fact] = []
    for n, (side, step, *day) in enumerate(steps):
        seen = max((one.index for one in facts if one.side is not side), default=NOTHING)
        answered = {Step.CONSENT_GIVEN, Step.CONSENT_REFUSED}
        re = next((one.index for one in reversed(facts) if one.step is Step.CONSENT_ASKED), NOTHING)
        facts.append(
            Fact(
                side=side,
                index=n,
                step=step,
                at=at(n),
                day=day[0] if day else "",
                seen=seen,
                re=re if step in answered else NOTHING,
            )
        )
    found = course(facts)
    assert found is not None
    return found


@st.composite
def journals(draw: st.DrawFn) -> list[Fact]:
    """Facts of both sides as their owners might state them, lies and clocks that go wrong included."""
    facts = []
    count = {ASKS: draw(st.integers(1, 6)), ASKED: draw(st.integers(0, 6))}
    for side in Side:
        for n in range(count[side]):
            step = draw(st.sampled_from(list(Step)))
            facts.append(
                Fact(
                    side=side,
                    index=n,
                    step=Step.REQUEST if side is ASKS and n == 0 else step,
                    at=at(draw(st.integers(0, 40))),
                    day="2026-12-01",
                    seen=draw(st.integers(-1, 5)),
                    re=draw(st.integers(-1, 5)),
                )
            )
    return facts


@given(journals(), st.randoms(use_true_random=False))
def test_any_interleaving_of_two_journals_gives_the_same_course(facts: list[Fact], dice: object) -> None:
    shuffled = list(facts)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert course(shuffled) == course(facts)


@given(journals())
def test_each_side_keeps_its_own_order_and_nothing_is_lost(facts: list[Fact]) -> None:
    ordered = in_order(facts)
    assert sorted(ordered, key=repr) == sorted(facts, key=repr)
    for side in Side:
        indexes = [one.index for one in ordered if one.side is side]
        assert indexes == sorted(indexes)
    found = course(facts)
    assert found is not None
    assert len(found.moments) == len(facts)


@given(journals())
def test_what_ended_stays_ended_and_the_clock_stands_only_while_more_is_awaited(facts: list[Fact]) -> None:
    found = course(facts)
    assert found is not None
    ended = False
    for moment in found.moments:
        assert not (ended and moment.state.open)
        ended = not moment.state.open
    assert bool(found.ended) is not found.state.open
    stopped = bool(found.pauses) and not found.pauses[-1].end
    assert stopped is (found.state is State.WAITING)
    assert all(one.end for one in found.pauses[:-1])
    for moment in found.moments:
        assert not moment.effective or moment.fact.side in SIDES[moment.fact.step]


@given(journals())
def test_a_step_that_may_be_taken_has_effect(facts: list[Fact]) -> None:
    found = course(facts)
    assert found is not None
    for side in Side:
        for step in found.steps(side):
            if step in (Step.CONSENT_GIVEN, Step.CONSENT_REFUSED):
                continue
            fact = Fact(side=side, index=99, step=step, at=at(50), day="2026-12-01", seen=98)
            more = course([*facts, fact])
            assert more is not None
            assert (more.moments[-1].fact, more.moments[-1].effective) == (fact, True)


ACKED = (ASKED, Step.ACKNOWLEDGED, "2026-11-02")


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([], State.SENT),
        ([ACKED], State.RUNNING),
        ([(ASKED, Step.ASKED)], State.WAITING),
        ([ACKED, (ASKED, Step.ASKED), (ASKS, Step.SUPPLEMENT)], State.RUNNING),
        ([ACKED, (ASKED, Step.PARTIAL_ANSWER)], State.RUNNING),
        ([ACKED, (ASKED, Step.PARTLY_REFUSED), (ASKED, Step.ANSWER)], State.ANSWERED),
        ([ACKED, (ASKED, Step.POSTPONED, "2027-02-01")], State.POSTPONED),
        ([(ASKED, Step.POSTPONED, "2027-02-01"), (ASKED, Step.ASKED), (ASKS, Step.SUPPLEMENT)], State.POSTPONED),
        ([(ASKED, Step.REFUSED)], State.REFUSED),
        ([ACKED, (ASKS, Step.WITHDRAWN), (ASKED, Step.ANSWER)], State.WITHDRAWN),
        ([ACKED, (ASKED, Step.ANSWER), (ASKED, Step.ASKED)], State.ANSWERED),
        # What is not of a side has no effect.
        ([(ASKS, Step.ANSWER), (ASKED, Step.WITHDRAWN)], State.SENT),
    ],
)
def test_steps_lead_to_states(steps: Sequence[tuple[Side, Step]], state: State) -> None:
    assert run((ASKS, Step.REQUEST), *steps).state is state


def test_without_a_request_there_is_no_course() -> None:
    assert course([Fact(side=ASKED, index=1, step=Step.ANSWER, at=at(1))]) is None
    assert course([Fact(side=ASKED, index=1, step=Step.REQUEST, at=at(1))]) is None


def test_an_answer_that_crossed_with_the_withdrawal_stays_readable_without_effect() -> None:
    facts = [
        Fact(side=ASKS, index=1, step=Step.REQUEST, at=at(0)),
        Fact(side=ASKED, index=1, step=Step.ANSWER, at=at(9), seen=1),
        Fact(side=ASKS, index=2, step=Step.WITHDRAWN, at=at(5)),
    ]
    found = course(facts)
    assert found is not None
    assert found.state is State.WITHDRAWN
    assert [(one.fact.step, one.effective) for one in found.moments][-1] == (Step.ANSWER, False)


def test_what_was_known_counts_more_than_clocks() -> None:
    """The supplement was written with the question at hand, though its clock says that it was before."""
    facts = [
        Fact(side=ASKS, index=1, step=Step.REQUEST, at=at(0)),
        Fact(side=ASKED, index=1, step=Step.ASKED, at=at(30), seen=1),
        Fact(side=ASKS, index=2, step=Step.SUPPLEMENT, at=at(20), seen=1),
    ]
    found = course(facts)
    assert found is not None
    assert (found.state, found.pauses[0].begin, found.pauses[0].end) == (State.RUNNING, at(30), at(30))


def test_an_oral_request_waits_for_its_confirmation() -> None:
    oral = run((ASKS, Step.ORAL, "2026-11-01"))
    assert oral.unconfirmed
    assert Step.CONFIRMED in oral.steps(ASKS)
    done = run((ASKS, Step.ORAL, "2026-11-01"), (ASKS, Step.CONFIRMED))
    assert not done.unconfirmed
    assert Step.CONFIRMED not in done.steps(ASKS)
    assert Step.CONFIRMED not in run((ASKS, Step.REQUEST)).steps(ASKS)


def test_consent_is_asked_by_one_side_and_answered_once_by_the_other() -> None:
    asked = run((ASKS, Step.REQUEST), ACKED, (ASKED, Step.ANSWER), (ASKS, Step.CONSENT_ASKED))
    assert {Step.CONSENT_GIVEN, Step.CONSENT_REFUSED} <= set(asked.steps(ASKED))
    assert not {Step.CONSENT_GIVEN, Step.CONSENT_REFUSED} & set(asked.steps(ASKS))
    steps = [(ASKS, Step.REQUEST), ACKED, (ASKED, Step.ANSWER), (ASKS, Step.CONSENT_ASKED)]
    refused = run(*steps, (ASKED, Step.CONSENT_REFUSED), (ASKED, Step.CONSENT_GIVEN))
    assert list(refused.consents.values()) == [Step.CONSENT_REFUSED]
    assert [one.effective for one in refused.moments][-2:] == [True, False]


def test_after_the_end_only_consent_and_costs_remain() -> None:
    ended = run((ASKS, Step.REQUEST), ACKED, (ASKED, Step.ANSWER))
    assert set(ended.steps(ASKS)) == {Step.CONSENT_ASKED}
    assert set(ended.steps(ASKED)) == {Step.CONSENT_ASKED, Step.COSTS}
    assert not OPENS & set(ended.steps(ASKS))
