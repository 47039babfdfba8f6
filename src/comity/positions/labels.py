"""What the states of points and texts, steps, forms of activities and topics are called, for people."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from comity.agreement.domain.profile import Profile
from comity.agreement.labels import text
from comity.registers import labels as registers
from comity.registers.domain.record import KINDS

Label = str | Promise

POINTS: Mapping[str, Label] = {
    "agreed": _p("paragraph", "agreed"),
    "same": _p("paragraph", "alike, not approved by all"),
    "one_sided": _p("paragraph", "not every party has one"),
    "differing": _p("paragraph", "differing"),
}

ITEMS: Mapping[str, Label] = {
    "agreed": _p("position", "Agreed by all parties"),
    "divergent": _p("position", "Divergent"),
    "open": _p("position", "Alike, not approved by all"),
    "one_sided": _p("position", "Not every party has shared a position"),
    "nothing": _p("position", "No position shared yet"),
}

STEPS: Mapping[str, Label] = {
    "speaker": _("speaker"),
    "statement": _("statement"),
    "outcome": _("outcome"),
    "report": _p("agenda item", "report"),
}

FORMS: Mapping[str, Label] = {
    "seminar": _("seminar"),
    "training": _("training"),
    "conference": _("conference"),
    "campaign": _("campaign"),
    "publication": _p("awareness", "publication"),
    "competition": _("competition"),
    "exhibition": _("exhibition"),
    "other": _p("awareness", "other"),
}


def topic(profile: Profile, code: str) -> str:
    """What a topic of the laws is called: a kind of right, a matter of the profile, else its code."""
    if code in KINDS:
        return registers.kind(code)
    matter = next((one for one in profile.matters if one.code == code), None)
    return text(matter.names) or code if matter else code


def topics(profile: Profile) -> list[tuple[str, str]]:
    """The topics to choose from, in the reader's language: the kinds of right of the agreement, and its matters."""
    codes = [code for code in profile.kinds if code in KINDS] + [one.code for one in profile.matters]
    return [(code, topic(profile, code)) for code in codes]
