"""A request is written by one, signed by another, sealed to the addressed body, and computed from both sides' facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from comity.accounts.policy import AUDITOR, COORDINATOR, EXAMINER, HEAD, OPERATOR, VIEWER
from comity.agreement import services as agreement
from comity.agreement.domain import life
from comity.assistance import policy, selectors, services
from comity.assistance.domain.steps import Side, State, Step
from comity.assistance.entries import STEP, about
from comity.assistance.models import Draft, Fact
from comity.confidential import services as letters
from comity.confidential.domain import Attachment
from comity.journal import digest, fsck, rebuild
from comity.journal import services as journals
from comity.journal.models import Held, Journal
from comity.journal.services import Draft as Entry
from comity.kernel import clock
from comity.kernel.errors import ConflictError, FormatError, NotFoundError, PolicyError, RecordError
from comity.kernel.handling import AMBER, GREEN, RED, Label
from tests import node
from tests.unit.agreement.worlds import CODE, adopts, plain, step
from tests.unit.assistance import world
from tests.unit.assistance.world import (
    FILE,
    MINE,
    THEIRS,
    TOKEN,
    asks,
    clerk,
    head,
    person,
    request,
    sent,
    takes,
    theirs,
)

pytestmark = pytest.mark.django_db
TODAY = date.today().isoformat()


@pytest.fixture(autouse=True)
def mine(settings: Any, tmp_path: Path) -> Journal:
    return world.set_up(settings, tmp_path / "ours")


def last() -> int:
    """The place of the own side's last entry."""
    return Journal.objects.get(own=True).next_index - 1


def test_what_is_written_leaves_the_node_only_signed_by_another(mine: Journal) -> None:
    before = last()
    row = request()
    assert last() == before
    with pytest.raises(PolicyError, match="its head signs"):
        services.sign(clerk(), row.pk)
    own_hand = services.write_request(head(), body=MINE, to=f"RU/{THEIRS}", texts=world.ASK, label=world.PLAIN)
    with pytest.raises(PolicyError, match="does not sign"):
        services.sign(head(), own_hand.pk)
    services.discard(head(), own_hand.pk)
    party, token, index = services.sign(head(), row.pk)
    view = selectors.case(clerk(), party, token)
    assert (view.side, view.course.state, view.subject) == (Side.REQUESTING, State.SENT, world.ASK["subject"])
    assert (view.facts[0].index, view.addresses) == (index, (f"BY/{MINE}", f"RU/{THEIRS}"))
    row.refresh_from_db()
    assert (row.state, row.content, row.signer) == (Draft.State.SENT, "{}", head())
    with pytest.raises(ConflictError):
        services.sign(head(), row.pk)


def test_who_rewrote_it_does_not_sign_it_either() -> None:
    row = request()
    services.give_back(head(), row.pk, "Кратче")
    assert selectors.draft(clerk(), row.pk).remark == "Кратче"
    other = person("other", HEAD)
    services.rewrite(other, row.pk, texts={**world.ASK, "subject": "Обувь"}, label=world.PLAIN)
    for actor in (clerk(), other):
        with pytest.raises(PolicyError):
            services.sign(actor, row.pk)
    party, token, _ = services.sign(head(), row.pk)
    assert selectors.case(head(), party, token).subject == "Обувь"


def test_a_request_has_what_a_request_needs() -> None:
    for texts in ({"subject": ""}, {"type": "favour"}, {"action": " "}, {"subject": "a\nb"}, {"colour": "red"}):
        with pytest.raises(FormatError):
            request(texts=texts)
    for to in ("RU/police", "KZ", "BY/by-customs"):
        with pytest.raises((NotFoundError, FormatError)):
            services.write_request(clerk(), body=MINE, to=to, texts=world.ASK, label=world.PLAIN)
    assert not Draft.objects.exists()


def test_nobody_writes_or_reads_for_a_body_that_is_not_his() -> None:
    party, token, index = sent()
    strangers = [person("operator", OPERATOR, ""), person("auditor", AUDITOR, ""), person("viewer", VIEWER, "")]
    strangers += [person("e", EXAMINER, ""), person("court", HEAD, "by-court"), person("gknt", COORDINATOR, "gknt")]
    for actor in strangers:
        assert selectors.cases(actor) == []
        for ask in (lambda who: selectors.case(who, party, token), lambda who: selectors.fact(who, party, index)):
            with pytest.raises(NotFoundError):
                ask(actor)
        with pytest.raises(PolicyError):
            services.write_request(actor, body=MINE, to=f"RU/{THEIRS}", texts=world.ASK, label=world.PLAIN)
        with pytest.raises(NotFoundError):
            services.sign(actor, request().pk)
        assert selectors.drafts(actor) == []
    assert [view.token for view in selectors.cases(person("reader", VIEWER))] == [token]
    with pytest.raises(PolicyError):
        services.sign(person("deputy", EXAMINER), request().pk)
    gone = clerk()
    gone.is_active = False
    gone.save()
    assert selectors.cases(gone) == []


def test_the_whole_way_of_a_request() -> None:
    """Asked back, the clock stopped, answered with an attachment, onward use refused."""
    party, token, first = sent()
    node.partner_tells([theirs(Step.ACKNOWLEDGED, token, {"number": "7/26"}, day=TODAY, seen=first)])
    view = selectors.case(clerk(), party, token)
    assert view.course.state is State.RUNNING
    assert view.due is not None
    assert view.due.day is not None
    assert view.due.day >= date.today() + timedelta(days=30)
    node.partner_tells([theirs(Step.ASKED, token, {"text": "Какая партия?"}, seen=first)])
    view = selectors.case(clerk(), party, token)
    assert view.course.state is State.WAITING
    assert view.due is not None
    assert (view.due.day, view.due.left) == (None, 30)
    takes(party, token, Step.SUPPLEMENT, texts={"text": "Партия 12"})
    assert selectors.case(clerk(), party, token).course.state is State.RUNNING
    answer = theirs(Step.ANSWER, token, {"text": "Право действует"}, attachments=[FILE], seen=last(), label=Label(RED))
    journal = node.partner_tells([answer])
    view = selectors.case(clerk(), party, token)
    assert (view.course.state, view.days_left, view.facts[-1].label) == (State.ANSWERED, None, Label(RED))
    assert view.facts[-1].content is not None
    assert view.facts[-1].content.attachments == (FILE,)
    of = f"RU/{journal.next_index - 1}"
    _, _, asked = takes(party, token, Step.CONSENT_ASKED, texts={"of": of, "whom": "RU/fips", "reasons": "суд"})
    node.partner_tells([theirs(Step.CONSENT_REFUSED, token, {"reasons": "нет"}, seen=asked, re=asked)])
    view = selectors.case(clerk(), party, token)
    assert list(view.course.consents.values()) == [Step.CONSENT_REFUSED]
    assert all(one.effective for one in view.facts)


def test_a_received_request_is_answered_here() -> None:
    node.partner_tells([asks()])
    view = selectors.case(clerk(), "RU", TOKEN)
    assert (view.side, view.own_body, view.other) == (Side.REQUESTED, MINE, ("RU", THEIRS))
    assert view.acknowledge_by is not None
    assert Step.ANSWER in view.course.steps(view.side)
    takes("RU", TOKEN, Step.ACKNOWLEDGED, day=TODAY)
    takes("RU", TOKEN, Step.POSTPONED, day="2199-01-05", texts={"reasons": "следствие", "consultation": "звонок"})
    view = selectors.case(clerk(), "RU", TOKEN)
    assert view.course.state is State.POSTPONED
    assert view.due is not None
    assert view.due.day is not None
    assert view.due.day >= date(2199, 1, 5)
    takes("RU", TOKEN, Step.PARTLY_REFUSED, texts={"ground": "security", "part": "имена", "reasons": "тайна"})
    takes("RU", TOKEN, Step.ANSWER, texts={"text": "остальное"})
    view = selectors.case(clerk(), "RU", TOKEN)
    assert (view.course.state, view.course.partly) == (State.ANSWERED, True)
    with pytest.raises(ConflictError, match="not possible"):
        services.write_step(clerk(), "RU", TOKEN, Step.ASKED, texts={"text": "?"})


def test_what_came_meanwhile_is_looked_at_before_it_is_signed() -> None:
    node.partner_tells([asks()])
    row = services.write_step(clerk(), "RU", TOKEN, Step.ANSWER, texts={"text": "да"})
    node.partner_tells([theirs(Step.WITHDRAWN, TOKEN, {}, origin=node.PARTNER_ORIGIN)])
    with pytest.raises(ConflictError):
        services.sign(head(), row.pk)


def test_an_oral_request_is_confirmed_in_writing() -> None:
    party, token, _ = sent(oral_on=TODAY, texts={"urgency": "urgent", "spoken_with": "дежурный"})
    view = selectors.case(clerk(), party, token)
    assert view.course.unconfirmed
    takes(party, token, Step.CONFIRMED, texts={**world.ASK, "subject": "Письменно"})
    view = selectors.case(clerk(), party, token)
    assert (view.course.unconfirmed, view.subject) == (False, "Письменно")


@pytest.mark.parametrize(
    ("step", "day"), [(Step.ACKNOWLEDGED, "2199-01-01"), (Step.POSTPONED, "2020-01-01"), (Step.ACKNOWLEDGED, "")]
)
def test_days_that_cannot_be_are_refused(step: Step, day: str) -> None:
    node.partner_tells([asks()])
    with pytest.raises(FormatError):
        services.write_step(clerk(), "RU", TOKEN, step, texts={"reasons": "x", "consultation": "y"}, day=day)


def test_a_step_is_never_handled_below_its_request() -> None:
    party, token, _ = sent(label=Label(RED, frozenset({"H1"}), frozenset({"customs"})))
    row = services.write_step(clerk(), party, token, Step.WITHDRAWN, texts={}, label=Label(GREEN, onward=True))
    assert row.label == Label(RED, frozenset({"H1"}), frozenset({"customs"})).to_json()


def test_only_the_addressed_body_answers() -> None:
    party, token, _ = sent()
    others = [theirs(Step.ANSWER, token, {"text": "да"}, by="fips"), theirs(Step.WITHDRAWN, token, {})]
    node.partner_tells(others)
    view = selectors.case(clerk(), party, token)
    # A withdrawal by the requested side is none; what another body says is no fact of this request.
    assert (view.course.state, len(view.facts)) == (State.SENT, 2)
    assert [one.effective for one in view.facts] == [True, False]


def test_entries_that_are_wrong_become_nothing(mine: Journal) -> None:
    _party, token, index = sent()
    row = Fact.objects.get(entry=index)
    close = {"cm": row.cm, "label": row.label, "to": [{"party": "RU", "body": THEIRS}]}
    good = {"by": MINE, "step": "supplement", "sealed": close}
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("assistance:nowhere", good),
        (about(node.ORIGIN, token), {**good, "step": "request"}),
        (about(node.ORIGIN, token), {**good, "day": "2026-01-01"}),
        (about(node.ORIGIN, token), {**good, "step": "acknowledged"}),
        (about(node.ORIGIN, token), {**good, "step": "consent_given"}),
        (about(node.ORIGIN, token), {**good, "sealed": {**close, "to": [{"party": "RU"}, {"party": "KZ"}]}}),
    ]
    for subject, body in wrong:
        with pytest.raises((RecordError, FormatError)), transaction.atomic():
            journals.append(mine, [Entry(STEP, 1, subject, body)])
    request_body = {"by": MINE, "step": "request", "sealed": close}
    for subject in (about(node.ORIGIN, token), about(node.PARTNER_ORIGIN, "f" * 16)):
        with pytest.raises(RecordError), transaction.atomic():
            journals.append(mine, [Entry("assistance.request", 1, subject, request_body)])
    assert Fact.objects.count() == 1


def test_a_partner_takes_no_name_of_ours() -> None:
    """A request of the partner under the same digits is another request."""
    _, token, _ = sent()
    journal = node.partner_tells([theirs(Step.REQUEST, token, world.ASK, origin=node.ORIGIN), asks(token)])
    assert Held.objects.filter(journal=journal).count() == 1
    assert {(one.party, one.token) for one in selectors.cases(clerk())} == {("BY", token), ("RU", token)}
    assert [len(selectors.case(clerk(), party, token).facts) for party in ("BY", "RU")] == [1, 1]


def test_what_was_received_goes_nowhere_else_without_consent() -> None:
    party, token, _ = sent()
    answer = theirs(Step.ANSWER, token, {"text": "да"}, attachments=[FILE], seen=last())
    journal = node.partner_tells([answer])
    of = f"RU/{journal.next_index - 1}"

    def elsewhere(**values: Any) -> Draft:
        return services.write_request(clerk(), body=MINE, to="RU/fips", texts=world.ASK, label=world.PLAIN, **values)

    def letter() -> tuple[str, int]:
        to = ["RU/fips"]
        return letters.send(
            clerk(),
            desk=MINE,
            to=to,
            label=Label(),
            subject="s",
            text="",
            attachments=[Attachment("x", "x/y", FILE.data)],
        )

    def all_refused() -> None:
        for attempt in (lambda: elsewhere(quotes=[of]), lambda: elsewhere(attachments=[FILE]), letter):
            with pytest.raises(PolicyError, match="may not be passed on to RU/fips"):
                attempt()

    all_refused()
    # To those who have it, it may be quoted; its label comes along.
    row = services.write_request(
        clerk(), body=MINE, to=f"RU/{THEIRS}", texts=world.ASK, label=Label(GREEN, onward=True), quotes=[of]
    )
    again = selectors.case(clerk(), *services.sign(head(), row.pk)[:2])
    assert again.label == Label(AMBER)
    for said in (Step.CONSENT_REFUSED, Step.CONSENT_GIVEN):
        _, _, asked = takes(party, token, Step.CONSENT_ASKED, texts={"of": of, "whom": "RU/fips"})
        texts = {"reasons": "x"} if said is Step.CONSENT_REFUSED else {}
        if said is Step.CONSENT_GIVEN:
            all_refused()
        node.partner_tells([theirs(said, token, texts, seen=asked, re=asked)])
    assert elsewhere(quotes=[of], attachments=[FILE]).pk
    assert letter()


def test_what_is_bound_to_a_purpose_serves_no_other_without_consent() -> None:
    party, token, _ = sent()
    bound = Label(AMBER, purposes=frozenset({"customs"}))
    journal = node.partner_tells([theirs(Step.ANSWER, token, {"text": "да"}, seen=last(), label=bound)])
    of, wanted = f"RU/{journal.next_index - 1}", Label(AMBER, purposes=frozenset({"court"}))

    def quoting() -> Draft:
        to = f"RU/{THEIRS}"
        return services.write_request(clerk(), body=MINE, to=to, texts=world.ASK, label=wanted, quotes=[of])

    with pytest.raises(PolicyError, match="purpose"):
        quoting()
    _, _, asked = takes(party, token, Step.CONSENT_ASKED, texts={"of": of, "whom": f"BY/{MINE}", "purpose": "court"})
    node.partner_tells([theirs(Step.CONSENT_GIVEN, token, {}, seen=asked, re=asked)])
    _, made, _ = services.sign(head(), quoting().pk)
    assert selectors.case(clerk(), "BY", made).label.purposes == frozenset({"court"})


def test_after_the_end_of_the_agreement_what_was_begun_is_finished(settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": False})
    terms = plain(CODE)
    terms["clauses"] = {"entry": {"rule": "signature"}, "notice": {"months": 6, "counted_from": "sent"}}
    with clock.at(datetime(2026, 5, 4, 9, tzinfo=UTC)):
        agreement.adopt(None, terms)
        agreement.state(None, CODE, life.Step.SIGNATURE, "2025-03-13")
        ends = step(life.Step.TERMINATION, "2026-01-01", "BY")
        node.partner_tells([adopts(terms), step(life.Step.SIGNATURE, "2025-03-13"), ends])
        party, token, _ = sent()
    with pytest.raises(PolicyError, match="does not open assistance"):
        request()
    takes(party, token, Step.CONSENT_ASKED, texts={"of": f"BY/{last()}", "whom": "RU/fips"})
    assert len(selectors.case(clerk(), party, token).facts) == 2


def test_tables_are_a_function_of_the_journals(mine: Journal) -> None:
    party, token, _ = sent()
    node.partner_tells([theirs(Step.ACKNOWLEDGED, token, {}, day=TODAY), asks()])
    takes(party, token, Step.WITHDRAWN)
    node.sequence(mine)
    before = digest.digest()
    assert Fact.objects.count() == 4
    rebuild.rebuild()
    assert digest.digest().total == before.total
    report = fsck.fsck()
    assert report.clean, report.findings


def test_the_office_itself_asks_too() -> None:
    examiner = person("e", EXAMINER, "")
    row = services.write_request(examiner, body="", to="RU", texts=world.ASK, label=world.PLAIN)
    boss = person("boss", HEAD, "")
    party, token, _ = services.sign(boss, row.pk)
    assert selectors.case(examiner, party, token).addresses == ("BY", "RU")
    assert selectors.cases(clerk()) == []
    assert policy.address("RU", "") == "RU"
