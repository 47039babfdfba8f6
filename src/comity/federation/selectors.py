"""What may be asked of the partners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from comity.federation import about, confirmations, cosignatures, receipts
from comity.federation.confirmations import AnswerView
from comity.federation.models import Partner
from comity.journal.finality import Holder
from comity.journal.models import Cosignature, Fork, Held, Journal
from comity.journal.selectors import own


@dataclass(frozen=True, slots=True)
class PartnerView:
    """A partner as a page shows it. `lag_entries`: what it has signed and this node has not applied.

    `their_cosigned_size`: how much of our journal its witness or its mirror has cosigned; `their_mirrored_size`: how
    much of it its mirror durably holds.
    """

    party: str
    name: str
    origin: str
    url: str
    state: str
    fingerprint: str
    last_contact: datetime | None
    last_error: str
    failures: int
    next_try: datetime | None
    size: int
    lag_entries: int
    lag_seconds: int | None
    their_cosigned_size: int
    their_mirrored_size: int
    held: int
    forks: int
    # What its receipts say of our journal, and how many deletions it has not confirmed.
    answer: AnswerView | None
    unconfirmed: int
    # What its node says of itself.
    release: str
    unknown_there: tuple[str, ...]
    unknown_here: tuple[str, ...]


def receipts_due() -> int:
    """How many partners' journals are still to be answered with a receipt."""
    return sum(receipts.outstanding(row) for row in Partner.objects.select_related("journal"))


def partners() -> list[PartnerView]:
    result = []
    unconfirmed = confirmations.count_unconfirmed() if Journal.objects.filter(own=True).exists() else {}
    own_cosigned = Cosignature.objects.filter(journal__own=True)
    for row in Partner.objects.select_related("journal").order_by("party", "pk"):
        journal = row.journal
        lag = None
        if row.last_contact is not None:
            lag = max(0, int((timezone.now() - row.last_contact).total_seconds()))
        cosigned = own_cosigned.filter(party=row.party).order_by("-size").values_list("size", flat=True).first()
        mirrored = cosignatures.last_size(own(), f"{journal.origin}/mirror") if journal else 0
        result.append(
            PartnerView(
                party=row.party,
                name=journal.name if journal else "",
                origin=journal.origin if journal else "",
                url=row.url,
                state=row.state,
                fingerprint=row.fingerprint,
                last_contact=row.last_contact,
                last_error=row.last_error,
                failures=row.failures,
                next_try=row.next_try,
                size=row.their_size,
                lag_entries=max(0, row.their_size - journal.applied) if journal else 0,
                lag_seconds=lag,
                their_cosigned_size=cosigned or 0,
                their_mirrored_size=mirrored or 0,
                held=Held.objects.filter(journal=journal).count() if journal else 0,
                forks=Fork.objects.filter(journal=journal).count() if journal else 0,
                answer=confirmations.answer_of(journal) if journal else None,
                unconfirmed=unconfirmed.get(row.party, 0),
                release=row.release,
                unknown_there=tuple(about.unknown_there(row)),
                unknown_here=tuple(about.unknown_here(row)),
            )
        )
    return result


def mirrors() -> tuple[Holder, ...]:
    """The mirrors of the paired partners: what they all hold is final where no policy file says otherwise.

    A partner need not hold what was there before it came in for that to stay final; the first must hold all.
    """
    rows = Partner.objects.filter(state=Partner.State.PAIRED, journal__isnull=False).order_by("since")
    known = list(rows.values_list("journal__origin", "since"))
    return tuple(Holder(f"{origin}/mirror", since if at else 0) for at, (origin, since) in enumerate(known))
