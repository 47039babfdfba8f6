"""What an agreement's states, steps and capabilities are called, for people. Lazy gettext texts."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

Label = str | Promise

STATES: Mapping[str, Label] = {
    "draft": _p("agreement", "Draft"),
    "negotiated": _p("agreement", "Under negotiation"),
    "signed": _p("agreement", "Signed, not in force"),
    "provisional": _p("agreement", "Applied provisionally"),
    "in_force": _p("agreement", "In force"),
    "ended": _p("agreement", "Ended"),
}

STEPS: Mapping[str, Label] = {
    "basis": _("draft approved as a basis for negotiation"),
    "signature": _("signed"),
    "procedure": _("domestic procedure complete"),
    "note": _("note sent that the procedures are complete"),
    "note_received": _("note received"),
    "provisional": _("provisional application declared"),
    "publication": _("published"),
    "amendment": _("protocol of amendment signed"),
    "objection": _("renewal objected to"),
    "termination": _("notice of termination sent"),
    "termination_received": _("notice of termination received"),
}

# What the clauses make of the statements.
COMPUTED: Mapping[str, Label] = {
    "signed": _("Signed by all parties"),
    "provisional": _("Provisional application begins"),
    "in_force": _("Entry into force"),
    "renewed": _("Renewed by itself"),
    "joined": _("In force for this party"),
    "left": _("Out of the agreement"),
    "ended": _("End of the agreement"),
}

CAPABILITIES: Mapping[str, Label] = {
    "agreement.life": _("steps of the agreement"),
    "exchange.public": _("exchange of public data"),
    "exchange.confidential": _("exchange of confidential data and letters"),
    "assistance": _("requests for assistance"),
    "enforcement": _("joint enforcement"),
    "licensing": _("licensing and technology transfer"),
    "positions": _("positions on international platforms"),
    "laws": _("changes of the laws"),
    "awareness": _("public awareness"),
}

WHY: Mapping[str, Label] = {
    "open": _p("capability", "open"),
    "always": _p("capability", "always open"),
    "trial": _("open for trial: this node holds demonstration data only"),
    "finishing": _("what was begun is finished; nothing new starts"),
    "no_agreement": _("no agreement is adopted"),
    "not_agreed": _("not every party has adopted the same edition"),
    "no_party": _("no party to the agreement"),
    "not_named": _("the profile does not name it"),
    "not_yet": _("not in force and not applied provisionally"),
    "left": _("a party has left the agreement"),
    "ended": _("the agreement has ended"),
}

ROLES: Mapping[str, Label] = {
    "agreement": _p("document", "agreement"),
    "protocol": _p("document", "protocol of amendment"),
    "act": _p("document", "act"),
    "note": _p("document", "diplomatic note"),
    "other": _p("document", "other document"),
}


def text(texts: Mapping[str, str]) -> str:
    """What a profile says in the reader's language; else in the first language that it says it in."""
    language = (get_language() or "en")[:2]
    return texts.get(language) or next((said for said in texts.values() if said), "")
