"""What a party does under an agreement while the storm goes on, as orders of `tools.storm.office`: changes of its law,
requests for assistance and their answers. Each may be repeated until it is acknowledged and is then done once.
"""

from __future__ import annotations

import tomllib
from typing import Any

from django.contrib.auth.models import User

from comity.accounts.policy import CLERK, HEAD
from comity.accounts.services import give_role
from comity.agreement import selectors as agreements
from comity.agreement import services as agreement
from comity.agreement.domain.blank import blank
from comity.agreement.domain.life import Step as Stage
from comity.agreement.selectors import AgreementView
from comity.assistance import selectors, services
from comity.assistance.domain.steps import Step
from comity.journal.selectors import own
from comity.kernel.errors import NotFoundError
from comity.kernel.handling import AMBER, Label
from comity.positions import selectors as positions
from comity.positions import services as laws

CODE, DAY = "storm", "2026-01-01"
LABEL = Label(AMBER, frozenset(), None, onward=False)
SUBJECT = {"subject": "Storm", "type": "information", "action": "Tell.", "reason": "To see."}


def _people() -> tuple[User, User]:
    """Who writes and who signs, in the office."""
    made = []
    for name, role in (("writer", CLERK), ("signer", HEAD)):
        user, new = User.objects.get_or_create(username=name)
        if new:
            give_role(user, role)
        made.append(user)
    return made[0], made[1]


def agree(order: dict[str, Any]) -> Any:
    """Adopt the agreement of the storm's parties and sign it; it is in force when all have done so."""
    data = tomllib.loads(blank(CODE, order["parties"]))
    data["clauses"]["entry"]["rule"] = "signature"
    try:
        agreements.agreement(CODE)
    except NotFoundError:
        agreement.adopt(None, data)
    if all(row.journal.party != own().party for row in agreements.statements(CODE)):
        agreement.state(None, CODE, Stage.SIGNATURE, DAY)
    _people()
    return True


def in_force(order: dict[str, Any]) -> Any:
    return agreements.open_gate("assistance", order["partner"]).why == "open"


def law(order: dict[str, Any]) -> Any:
    values = {"act": order["act"], "day": DAY, "topic": "storm"}
    return laws.tell_law(None, CODE, order["code"], values)


def request(order: dict[str, Any]) -> Any:
    """Ask a partner for assistance, unless a request with these facts was sent before."""
    writer, signer = _people()
    if order["facts"] in _requests(signer):
        return False
    texts = {**SUBJECT, "facts": order["facts"]}
    services.sign(signer, services.write_request(writer, body="", to=order["to"], texts=texts, label=LABEL).pk)
    return True


def answer(order: dict[str, Any]) -> Any:
    """Answer the requests of partners that wait; how many."""
    writer, signer = _people()
    waiting = [one for one in selectors.cases(signer, side="requested", only_open=True) if one.request is not None]
    for one in waiting[: order["most"]]:
        texts = {"text": "Told."}
        services.sign(signer, services.write_step(writer, one.party, one.token, Step.ANSWER, texts=texts).pk)
    return len(waiting)


def joint(order: dict[str, Any]) -> Any:
    """What is known here of the changes of all parties' laws, and of the requests that are open to this office."""
    view: AgreementView = agreements.agreement(CODE)
    columns = [column for topic in positions.laws(view) for column in topic.columns]
    known = {f"{party} {row.code}": row.act for party, rows in columns for row in rows}
    return {"laws": known, "requests": _requests(_people()[1])}


def _requests(actor: User) -> dict[str, list[str]]:
    """The facts of each request that somebody may read, with the states of those that have them."""
    found: dict[str, list[str]] = {}
    for one in selectors.cases(actor):
        if one.request is not None:
            found.setdefault(one.request.texts["facts"], []).append(one.course.state.value)
    return found
