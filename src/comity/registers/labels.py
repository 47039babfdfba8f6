"""What registers call things, for people: kinds, statuses, roles, fields, territories, events. Lazy gettext texts.

Pages and extracts take their words from here, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from comity.registers.domain import codes, inid, sentences
from comity.registers.domain.record import Event, Kind
from comity.registers.domain.terms import parse_day
from comity.registers.territories import TERRITORIES

Label = str | Promise

KINDS: Mapping[str, Label] = {
    "copyright_work": _("copyright work"),
    "related_right": _("related right"),
    "computer_program": _("computer program"),
    "database": _("database"),
    "invention": _("invention"),
    "utility_model": _("utility model"),
    "industrial_design": _("industrial design"),
    "trademark": _("trademark"),
    "plant_variety": _("plant variety"),
    "animal_breed": _("animal breed"),
    "ic_topography": _("topography of an integrated circuit"),
    "geographical_indication": _("geographical indication"),
    "appellation_of_origin": _("appellation of origin"),
}

FEATURES: Mapping[str, Label] = {
    "service_mark": _("service mark"),
    "collective": _("collective mark"),
    "certification": _("certification mark"),
    "three_dimensional": _("three-dimensional mark"),
    "figurative": _("figurative mark"),
    "word": _("word mark"),
    "combined": _("combined mark"),
    "colour": _("colour mark"),
    "sound": _("sound mark"),
    "well_known": _("well-known mark"),
    "guaranteed_traditional_speciality": _("traditional speciality guaranteed"),
    "derived": _("derived from a public list, not a registration"),
}

STAGES: Mapping[str, Label] = {"application": _("application"), "right": _("registration")}

STATUSES: Mapping[str, Label] = {
    "": _("Not filed yet"),
    "pending": _("Pending"),
    "in_force": _("In force"),
    "expired": _("Expired"),
    "lapsed": _("Lapsed"),
    "surrendered": _("Surrendered"),
    "invalidated": _("Invalidated"),
    "refused": _("Refused"),
    "withdrawn": _("Withdrawn"),
    "unknown": _("Status not known"),
}

REASONS: Mapping[str, Label] = {
    "before_filing": _("On this day nothing had been filed."),
    "not_told": _("The record does not tell the status for this day."),
    "filed": _("From the date of filing."),
    "registered": _("From the date of registration."),
    "event": _("From an event of the record."),
    "ceased": _("The right or application ended; the record does not say why."),
    "stated": _("Stated by the source."),
    "stated_undated": _("Stated by the source, without the day from which it holds."),
    "expired_stated": _("The expiry date that the source states has passed."),
    "expired_computed": _("The computed expiry date has passed and no renewal is recorded."),
    "missing": _("A later full delivery of the source no longer contained this right."),
    "contradiction": _("The word of the source and its events do not agree."),
}

ROLES: Mapping[str, Label] = {
    "applicant": _p("role", "Applicant"),
    "holder": _p("role", "Holder"),
    "author": _p("role", "Author"),
    "representative": _p("role", "Representative"),
    "licensee": _p("role", "Licensee"),
    "claimant": _p("role", "Claimant"),
    "breeder": _p("role", "Breeder"),
    "correspondent": _p("role", "Correspondent"),
}

PUBLICATIONS: Mapping[str, Label] = {
    "application": _p("publication", "of the application"),
    "registration": _p("publication", "of the registration"),
}

SCHEMES: Mapping[str, Label] = {
    "nice": _("Nice classes"),
    "vienna": _("Vienna codes"),
    "locarno": _("Locarno classes"),
    "ipc": _("IPC"),
    "cpc": _("CPC"),
    "uspc": _("US classes"),
    "work": _("Sort of work"),
    "product": _("Product"),
}

# Sorts of works and of related rights, where a register classes them.
WORKS: Mapping[str, Label] = {
    "literary": _p("work", "literary"),
    "musical": _p("work", "musical"),
    "dramatic": _p("work", "dramatic"),
    "artistic": _p("work", "artistic"),
    "phonogram": _p("work", "phonogram"),
    "audiovisual": _p("work", "audiovisual"),
    "performance": _p("work", "performance"),
    "broadcast": _p("work", "broadcast"),
    "architectural": _p("work", "architectural"),
    "photographic": _p("work", "photographic"),
    "scientific": _p("work", "scientific"),
    "script": _p("work", "script"),
    "sculpture": _p("work", "sculpture"),
    "design": _p("work", "design"),
    "compilation": _p("work", "compilation"),
    "fine_art": _p("work", "fine art"),
    "painting": _p("work", "painting"),
    "architecture": _p("work", "architecture"),
    "choreography": _p("work", "choreography"),
    "applied_art": _p("work", "applied art"),
    "graphic": _p("work", "graphic"),
    "derivative": _p("work", "derivative"),
    "garden_art": _p("work", "garden art"),
    "map": _p("work", "map"),
}

BASES: Mapping[str, Label] = {
    "none": _("none"),
    "national": _("national title"),
    "regional": _("regional title"),
    "international": _("international registration"),
    "treaty": _("treaty"),
    "national_decision": _("decision of the state"),
    "priority": _("right of priority"),
}

# Fields that no layout of `domain.inid` has, by their name in `RightRecord`: for differences between versions.
FIELDS: Mapping[str, Label] = {
    "office": _("Office"),
    "kind": _("Kind of right"),
    "stage": _("Stage"),
    "status": _("Status"),
    "status_date": _("Status since"),
    "classes": _("Classes"),
    "parties": _("Parties"),
    "events": _("Events"),
    "effects": _("Stated effect"),
    "extras": _("Further particulars of the source"),
    "source_url": _("Page of the source"),
    "missing_since": _("Missing from the source since"),
}

# How far a fact has come; the words of the strip.
ENTRY_STATES: Mapping[str, Label] = {
    "pending": _p("entry", "pending: not yet in a signed checkpoint"),
    "sequenced": _p("entry", "sequenced: signed by its owner, not yet cosigned by a partner"),
    "cosigned": _p("entry", "cosigned by the partner"),
    "final": _p("entry", "final: held by both"),
}

IMPORT_STATES: Mapping[str, Label] = {
    "waiting": _p("import", "waiting"),
    "running": _p("import", "running"),
    "done": _p("import", "done"),
    "failed": _p("import", "failed"),
}

HELD_STATES: Mapping[str, Label] = {
    "unknown": _("kind or version not known here"),
    "quarantined": _("refused by its rules"),
    "waiting": _("waits for an earlier entry about the same subject"),
}

SAID: Mapping[str, Label] = {
    "applied": _("applied"),
    "settled": _("refused at first, applied since"),
    "unknown": _("stored; kind or version not known there"),
    "quarantined": _("stored; refused by its rules"),
    "waiting": _("stored; waits for an earlier entry about the same subject"),
    "nothing": _("no receipt yet"),
}

PARTNER_STATES: Mapping[str, Label] = {
    "invited": _("invited, no answer yet"),
    "unconfirmed": _("answered; the fingerprint is not confirmed yet"),
    "paired": _("paired"),
    "introduced": _("introduced by its card; followed from partners' copies"),
    "stopped": _("stopped by an operator"),
}

ENTRY_KINDS: Mapping[str, Label] = {
    "agreement.profile": _("profile of the agreement adopted"),
    "agreement.step": _("step of the agreement stated"),
    "agreement.void": _("statement taken back"),
    "agreement.paper": _("document of the agreement kept"),
    "agreement.passage": _("text of an article given"),
    "confidential": _("confidential"),
    "assistance.request": _("assistance requested"),
    "assistance.step": _("step of a request for assistance stated"),
    "federation.receipt": _("receipt given"),
    "key.roster": _("keys named or ended"),
    "confidential.bodies": _("bodies named"),
    "confidential.letter": _("letter sent"),
    "journal.open": _("journal opened"),
    "journal.redaction": _("personal data removed"),
    "registers.right": _("right recorded"),
    "positions.session": _("session of a forum told"),
    "positions.item": _("agenda item told"),
    "positions.position": _("position shared"),
    "positions.approval": _("wording approved"),
    "positions.step": _("outcome of an agenda item stated"),
    "laws.change": _("change of the law told"),
    "awareness.activity": _("awareness activity told"),
}

LANGUAGES: Mapping[str, Label] = {
    "be": _("Belarusian"),
    "de": _("German"),
    "en": _("English"),
    "es": _("Spanish"),
    "fr": _("French"),
    "hy": _("Armenian"),
    "kk": _("Kazakh"),
    "ru": _("Russian"),
    "uk": _("Ukrainian"),
    "zh": _("Chinese"),
}

# Regional and international systems have no state of their own: their titles are called by the system.
_OFFICES: Mapping[str, Label] = {
    "BY": _("National Center of Intellectual Property, Belarus"),
    "RU": _("Rospatent, Russia"),
    "KZ": _("National Institute of Intellectual Property, Kazakhstan"),
    "AM": _("Intellectual Property Office, Armenia"),
    "FR": _("INPI, France"),
    "US": _("USPTO, United States"),
    "EA": _("Eurasian Patent Office"),
    "EM": _("European Union Intellectual Property Office"),
    "EP": _("European Patent Office"),
    "WO": _("World Intellectual Property Organization"),
    "IB": _("International Bureau of WIPO"),
}

# Django's own Belarusian months are partly misspelt and not in the official orthography; our catalog comes first.
MONTHS: tuple[Label, ...] = (
    _p("alt. month", "January"),
    _p("alt. month", "February"),
    _p("alt. month", "March"),
    _p("alt. month", "April"),
    _p("alt. month", "May"),
    _p("alt. month", "June"),
    _p("alt. month", "July"),
    _p("alt. month", "August"),
    _p("alt. month", "September"),
    _p("alt. month", "October"),
    _p("alt. month", "November"),
    _p("alt. month", "December"),
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)


def _of(table: Mapping[str, Label], key: str) -> str:
    """The label, or the bare word where the table has none: better a code than nothing."""
    return str(table.get(key, key))


def kind(key: str) -> str:
    return _of(KINDS, key)


def feature(key: str) -> str:
    return _of(FEATURES, key)


def stage(key: str) -> str:
    return _of(STAGES, key)


def status(key: str) -> str:
    return _of(STATUSES, key)


def role(key: str) -> str:
    return _of(ROLES, key)


def publication(key: str) -> str:
    return _of(PUBLICATIONS, key)


def class_code(scheme_of: str, code: str) -> str:
    """A class symbol as people read it: sorts of works by name, all others as they are."""
    return _of(WORKS, code) if scheme_of == "work" else code


def scheme(key: str) -> str:
    return _of(SCHEMES, key)


def field(of_kind: Kind, name: str) -> str:
    """What a field of the record is called for this kind of right: `parties.holder`, `classes.nice`, `status`."""
    row = next((row for row in inid.layout(of_kind) if row.field == name), None)
    return gettext(row.label) if row else _of(FIELDS, name)


def basis(key: str) -> str:
    return _of(BASES, key)


def language(key: str) -> str:
    return _of(LANGUAGES, key)


def territory(code: str) -> str:
    """The territory's or party's name: `BY` is Belarus."""
    return _of(TERRITORIES, code)


def office(code: str) -> str:
    """The office's name; of an office that has none here, the name of its territory."""
    return str(_OFFICES[code]) if code in _OFFICES else territory(code)


def event(item: Event) -> str:
    """What happened, in words; the bare code where it is one that Comity does not read."""
    return gettext(codes.label_of(item)) if item.code else ""


def day(text: str) -> str:
    """A date of a record in the reader's way: `2025-03-14`, `2025-03` and `2025` alike; other text stays as it is."""
    if found := parse_day(text):
        return date_format(found, "j E Y")
    if len(text) == 7 and (found := parse_day(f"{text}-01")):
        return date_format(found, "F Y")
    return text


def sentence(key: str, params: Mapping[str, Any]) -> str:
    """A sentence of the rules on effect and term, in the reader's language."""
    return sentences.render(key, params, translate=gettext, name_of=territory, day_of=day)
