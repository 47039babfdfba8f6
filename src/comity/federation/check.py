"""What fsck checks of partners: cards verify, and their keys are the ones that are used."""

from __future__ import annotations

from comity.federation import domain
from comity.federation.confirmations import doubt
from comity.federation.models import Partner, Receipt
from comity.journal import roster
from comity.journal.check_report import BACKUP, Inspection, register_check
from comity.journal.models import Cosignature, Journal
from comity.kernel.errors import ComityError

PAIR = "Restore it from a backup, or pair with the partner anew."


def check(inspection: Inspection) -> None:
    report = inspection.report
    for partner in Partner.objects.order_by("pk"):
        place = f"federation.partner {partner.party}"
        if partner.state not in Partner.State.values:
            report.error(f"{place}, column state", f"{partner.state!r} is no state of a partner.", BACKUP)
        if not partner.card:
            if partner.state == Partner.State.PAIRED:
                report.error(f"{place}, column card", "A paired partner has a card.", PAIR)
            continue
        try:
            card = domain.read_card(partner.card)
        except ComityError as error:
            report.failed(f"{place}, column card", error, PAIR)
            continue
        report.checked["cards"] += 1
        for column, have, want in (("party", partner.party, card.party), ("url", partner.url, card.url)):
            if have != want:
                report.error(f"{place}, column {column}", f"It says {have!r}, the signed card {want!r}.", PAIR)
        groups = partner.fingerprint.split(" ")
        if len(groups) != 6 or not all(len(group) == 5 and group.isdigit() for group in groups):
            report.error(f"{place}, column fingerprint", "A fingerprint is six groups of five digits.", PAIR)
        journal = Journal.objects.defer("offices").filter(partner=partner).first()
        if journal is None or journal.origin != card.origin or journal.own:
            report.error(f"{place}, column journal", f"It is not the journal {card.origin} of the card.", PAIR)
            continue
        if journal.vkey != card.log and card.key("log") not in roster.keyring(journal).known():
            report.error(f"journal.journal {journal.origin}, column vkey", "It is not the log key of the card.", BACKUP)
        witness = card.key("witness")
        named = [row.vkey for row in roster.keys_of(journal, "witness")]
        rows = Cosignature.objects.filter(name=witness.name).exclude(vkey__in=[card.witness, *named])
        for row in rows.select_related(None).only("name", "size")[:50]:
            where = f"journal.cosignature {row.name} on {row.size}, column vkey"
            report.error(where, "It is not a witness key of the partner's card or roster.", BACKUP)


def check_receipts(inspection: Inspection) -> None:
    """Partners' receipts for the own journal are of trees that it has: another one is evidence against one of both."""
    mine = next((journal for journal in inspection.journals if journal.own), None)
    if mine is None:
        return
    for row in Receipt.objects.filter(origin=mine.origin).exclude(journal=mine).order_by("journal", "entry").iterator():
        inspection.report.checked["receipts"] += 1
        if why := doubt(mine, row):
            what = "It answers for entries that this journal does not have."
            if why == "tree":
                what = f"The partner has applied another tree of {row.end} entries than this journal has."
            place = f"federation.receipt {row.entry} ({Journal.objects.get(pk=row.journal_id).origin})"
            inspection.report.warn(place, what, "Speak with the partner: its signed receipt is the evidence.")


register_check("federation.receipts", check_receipts)
register_check("federation", check)
