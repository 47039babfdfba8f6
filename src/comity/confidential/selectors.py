"""Questions about letters and bodies. Every answer about a letter starts from what the asker may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from comity.accounts import audit
from comity.confidential import policy
from comity.confidential.domain import Content, read_content
from comity.confidential.models import Body, Letter, SealedBytes
from comity.confidential.policy import may_send, visible_to
from comity.confidential.sealed import PATH
from comity.journal import home, vault
from comity.journal.models import Journal, Opening
from comity.journal.selectors import own
from comity.kernel.errors import FormatError, NotFoundError
from comity.kernel.handling import Label, read_label

PAGE = 50


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter as its reader sees it. `frozen`: it stands in a journal from which another goes on, so `party` and
    `index` alone do not name it. `content` is None where it is not open here; `why` says why."""

    party: str
    origin: str
    index: int
    own: bool
    frozen: bool
    by: str
    to: tuple[str, ...]
    at: str
    label: Label
    content: Content | None
    why: str

    @property
    def where(self) -> str:
        """What an address of the letter adds to party and index: the query that names a frozen journal, or nothing."""
        return f"?{urlencode({'journal': self.origin})}" if self.frozen else ""


@dataclass(frozen=True, slots=True)
class BodyView:
    """A body that can be written to, or written from."""

    party: str
    code: str
    name: str

    @property
    def address(self) -> str:
        return f"{self.party}/{self.code}" if self.code else self.party


def letters(actor: Any, *, before: str = "", limit: int = PAGE) -> list[LetterView]:
    """The newest letters that somebody may read; `before`: only those of an earlier time. The audit trail notes it."""
    rows = _visible(actor).order_by("-at", "-pk")
    if before:
        rows = rows.filter(at__lt=before)
    found = _views(rows[:limit])
    if opened := [f"{view.party}/{view.index}" for view in found if view.content is not None]:
        audit.note(actor, audit.VIEW, "letters", subjects=" ".join(opened))
    return found


def letter(actor: Any, party: str, index: int, origin: str = "") -> LetterView:
    """One letter. NotFoundError where there is none, and where there is one that is not for the asker: he learns
    nothing of it. `origin`: of the journal in which it stands; that in which the party writes now if empty.
    The audit trail notes who has read what.
    """
    rows = _visible(actor).filter(journal__party=party, entry=index)
    rows = rows.filter(journal__origin=origin) if origin else rows.exclude(journal__origin__in=_continued())
    found = _views(rows[:1])
    if not found:
        raise NotFoundError("There is no such letter for you.", place=f"{party} {index}")
    if found[0].content is not None:
        audit.note(actor, audit.VIEW, f"letter {party}/{index}")
    return found[0]


def desks(actor: Any) -> list[BodyView]:
    """In whose name somebody may write: the office first, then his bodies that have a key."""
    mine = own()
    known = Body.objects.filter(journal=mine, code__in=policy.desks(actor)).order_by("code")
    office = [BodyView(mine.party, "", mine.name)] if may_send(actor, "") else []
    return office + [BodyView(mine.party, body.code, body.name) for body in known if may_send(actor, body.code)]


def addressees() -> list[BodyView]:
    """To whom one can write: each partner, and its bodies."""
    found = [BodyView(journal.party, "", journal.name) for journal in _others()]
    rows = Body.objects.filter(journal__in=_others()).select_related("journal")
    found += [BodyView(body.journal.party, body.code, body.name) for body in rows]
    return sorted(found, key=lambda view: (view.party, view.code))


def bodies_known() -> list[tuple[BodyView, bool]]:
    """Every body of every party, and whether this node has the key that opens for it."""
    here = {str(key.public) for key in home.sealing_keys()}
    rows = Body.objects.select_related("journal").order_by("-journal__own", "journal__party", "code")
    return [(BodyView(body.journal.party, body.code, body.name), body.key in here) for body in rows]


def keys_of(journal: Journal, codes: Iterable[str]) -> dict[str, str]:
    """The public sealing keys of bodies, by code, of those that have one."""
    return dict(Body.objects.filter(journal=journal, code__in=list(codes)).values_list("code", "key"))


def _others() -> QuerySet[Journal]:
    journals = Journal.objects.filter(own=False, former=False).exclude(party="")
    return journals.exclude(origin__in=_continued()).order_by("party")


def _continued() -> frozenset[str]:
    """Origins of the frozen journals: those from which another goes on."""
    return frozenset(Journal.objects.exclude(continues="").values_list("continues", flat=True))


def _visible(actor: Any) -> QuerySet[Letter]:
    return Letter.objects.filter(visible_to(actor, own())).select_related("journal")


def _views(rows: Iterable[Letter]) -> list[LetterView]:
    views = []
    frozen = _continued()
    for row in rows:
        data = Opening.objects.filter(journal=row.journal, index=row.entry).values_list("data", flat=True).first()
        content, why = None, ""
        if data is not None:
            try:
                content = read_content(vault.load(data)[PATH][1])
            except (FormatError, KeyError):
                why = "unreadable"
        elif vault.redacted(row.journal, [row.entry]):
            why = "taken back"
        elif SealedBytes.objects.filter(journal=row.journal, index=row.entry).exists():
            why = "sealed"
        else:
            why = "withheld"
        label = read_label(row.label)
        views.append(
            LetterView(
                party=row.journal.party,
                origin=row.journal.origin,
                index=row.entry,
                own=row.journal.own or row.journal.former,
                frozen=row.journal.origin in frozen,
                by=row.by,
                to=tuple(row.to.split()),
                at=row.at,
                label=content.label(label) if content else label,
                content=content,
                why=why,
            )
        )
    return views
