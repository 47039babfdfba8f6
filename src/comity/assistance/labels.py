"""What steps, states, fields and codes of requests are called, for people. Lazy gettext texts."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

Label = str | Promise

STEPS: Mapping[str, Label] = {
    "request": _p("assistance", "request"),
    "oral": _p("assistance", "oral request, urgent"),
    "confirmed": _p("assistance", "oral request confirmed in writing"),
    "acknowledged": _p("assistance", "receipt acknowledged"),
    "asked": _p("assistance", "more information asked for"),
    "supplement": _p("assistance", "more information given"),
    "partial_answer": _p("assistance", "answer in part"),
    "answer": _p("assistance", "answer"),
    "postponed": _p("assistance", "postponed"),
    "partly_refused": _p("assistance", "refused in part"),
    "refused": _p("assistance", "refused"),
    "consent_asked": _p("assistance", "consent to onward use asked for"),
    "consent_given": _p("assistance", "consent to onward use given"),
    "consent_refused": _p("assistance", "consent to onward use refused"),
    "withdrawn": _p("assistance", "withdrawn"),
    "costs": _p("assistance", "costs stated"),
}

# What the button that begins a step says.
VERBS: Mapping[str, Label] = {
    "request": _("Request assistance"),
    "oral": _("Note an oral request"),
    "confirmed": _("Confirm in writing"),
    "acknowledged": _("Acknowledge receipt"),
    "asked": _("Ask for more"),
    "supplement": _("Give more"),
    "partial_answer": _("Answer in part"),
    "answer": _("Answer the request"),
    "postponed": _("Postpone"),
    "partly_refused": _("Refuse in part"),
    "refused": _("Refuse"),
    "consent_asked": _("Ask for consent to onward use"),
    "consent_given": _("Give consent to onward use"),
    "consent_refused": _("Refuse consent to onward use"),
    "withdrawn": _("Withdraw the request"),
    "costs": _("State costs"),
}

STATES: Mapping[str, Label] = {
    "sent": _p("assistance", "Sent, receipt not acknowledged"),
    "running": _p("assistance", "Being dealt with"),
    "waiting": _p("assistance", "More is awaited, the clock is stopped"),
    "postponed": _p("assistance", "Postponed until later"),
    "answered": _p("assistance", "Answered"),
    "refused": _p("assistance", "Refused by the requested body"),
    "withdrawn": _p("assistance", "Withdrawn by the requesting body"),
}

TYPES: Mapping[str, Label] = {
    "information": _p("assistance", "information"),
    "verification": _p("assistance", "verification of a right"),
    "evidence": _p("assistance", "evidence"),
    "service": _p("assistance", "service of documents"),
    "hearing": _p("assistance", "hearing"),
    "joint_measure": _p("assistance", "joint measure"),
}

URGENCY: Mapping[str, Label] = {"normal": _p("urgency", "usual"), "urgent": _p("urgency", "urgent")}

GROUNDS: Mapping[str, Label] = {
    "sovereignty": _("harm to sovereignty"),
    "security": _("harm to security"),
    "interests": _("harm to other essential interests"),
    "law": _("conflict with the law"),
    "obligations": _("conflict with international obligations"),
}

LANGUAGES: Mapping[str, Label] = {"en": _("English"), "ru": _("Russian"), "be": _("Belarusian")}

FIELDS: Mapping[str, Label] = {
    "subject": _("Subject"),
    "type": _("Type of assistance"),
    "urgency": _("Urgency"),
    "action": _("Action sought"),
    "reason": _("Reason and purpose"),
    "law": _("Law involved"),
    "persons": _("Persons concerned"),
    "facts": _("Facts"),
    "qualification": _("Their legal qualification"),
    "reciprocity": _("Reciprocity: what this side could not do itself"),
    "language": _("Language of the text"),
    "translation_language": _("Language of the translation"),
    "translation": _("Translation"),
    "spoken_with": _("Spoken with"),
    "number": _("Number at the requested body"),
    "text": _("Text"),
    "reasons": _("Reasons"),
    "consultation": _("Consultation that was held"),
    "ground": _p("refusal", "Ground"),
    "part": _("What part is refused"),
    "of": _("What is to be used further"),
    "whom": _("For whom"),
    "purpose": _("For which purpose"),
    "conditions": _("Conditions"),
    "amount": _("Amount and currency"),
}

CHOICES: Mapping[str, Mapping[str, Label]] = {
    "type": TYPES,
    "urgency": URGENCY,
    "ground": GROUNDS,
    "language": LANGUAGES,
    "translation_language": LANGUAGES,
}

# What the day in clear of a step is.
DAYS: Mapping[str, Label] = {
    "acknowledged": _("Received on"),
    "postponed": _("Postponed until"),
    "oral": _("Spoken on"),
}

REMINDERS: Mapping[str, Label] = {
    "sign": _("waits for a signature"),
    "returned": _("was returned to be written anew"),
    "acknowledge": _("receipt is to be acknowledged"),
    "confirm": _("oral request is to be confirmed in writing"),
    "supplement": _("more information is awaited from us"),
    "consent": _("consent to onward use is asked for"),
    "due": _("answer is due soon"),
    "overdue": _("answer is overdue"),
}


# What helps to fill a field in.
HINTS: Mapping[str, Label] = {
    "persons": _("Only those whom the request cannot do without."),
    "reciprocity": _("Where this side could not give the same help itself, it says so here."),
    "of": _("Party and number of the entry, such as RU/15."),
    "whom": _("Bodies as they are addressed, such as BY/by-court RU/fips; several with spaces between."),
    "purpose": _("One word in small letters, such as court; empty: the purposes of before."),
    "amount": _("Such as 120.00 BYN."),
}


def value(name: str, text: str) -> str:
    """The value of a field as people read it: the label of a code, else the text itself."""
    return str(CHOICES.get(name, {}).get(text, text))
