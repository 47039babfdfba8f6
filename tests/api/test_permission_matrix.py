"""One table: every address of the pages, and what each role gets. An address that it misses fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern

from comity.accounts.policy import ACTIONS, PUBLIC, ROLES, SIGNED_IN
from comity.agreement import services as agreement
from comity.agreement.domain.gates import CAPABILITIES
from comity.agreement.toml import parse, shipped_text
from comity.agreement.uses import capability_of
from comity.evidence import files
from comity.journal.models import Journal
from comity.registers.models import Import
from comity.web.urls import urlpatterns
from tests import node
from tests.api.matrix import ANONYMOUS, COLUMNS, EVERYBODY, Row, compare, person, row, said
from tests.people import sign_in

SIGNED = EVERYBODY.replace(ANONYMOUS, "")
ITEM = "/positions/by-ru-2025/eaeu-committee/2026-12/3"
OWN, THEIRS = "/rights/BY/trademark/74512", "/rights/RU/trademark/1008824"
CASE, ENTRIES = "/assistance/BY/00112233445566ff", "/assistance/entries/BY/999"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
SIGN_IN = 302
# Not hashed anew for each: it takes its time.
PASSWORD = make_password("a password of the matrix")

# Name → the row; its letters: viewer, clerk, examiner, eNforcement, head, Koordinator, auditor, operator.
TABLE: dict[str, Row] = {
    "home": row("GET", "/", "registers.read", "VCENHKAO"),
    "help": row("GET", "/help", "registers.read", "VCENHKAO"),
    "health": row("GET", "/healthz", "web.health", EVERYBODY),
    "ready": row("GET", "/readyz", "web.health", EVERYBODY, 503),
    "metrics": row("GET", "/metrics", "web.metrics", ".......O", but={"*": 401}),
    "search": row("GET", "/search?q=нёман", "registers.read", "VCENHKAO"),
    "search-csv": row("GET", "/search.csv", "registers.export", "VCENHK.O"),
    "extract-pdf": row("GET", (f"{OWN}/extract.pdf", f"{THEIRS}/extract.pdf"), "extracts.make", "VCENHK.O"),
    "extract-bundle": row("GET", (f"{OWN}/proof", f"{THEIRS}/proof"), "extracts.make", "VCENHK.O"),
    "right": row("GET", (OWN, THEIRS), "registers.read", "VCENHKAO"),
    "exchange": row("GET", "/exchange", "journal.read", "VCENHKAO"),
    "entries": row("GET", ("/exchange/BY/entries", "/exchange/RU/entries"), "journal.read", "VCENHKAO"),
    "retry": row("POST", "/exchange/RU/retry", "journal.retry", ".......O", 302),
    "checkpoint": row("GET", ("/exchange/BY/checkpoint", "/exchange/RU/checkpoint"), "journal.read", "VCENHKAO"),
    "entry": row("GET", ("/exchange/BY/1", "/exchange/RU/1"), "journal.read", "VCENHKAO"),
    "entry-proof": row("GET", ("/exchange/BY/1/proof", "/exchange/RU/1/proof"), "journal.read", "VCENHKAO"),
    "displaced": row("GET", "/displaced", "journal.displaced", "..E....O"),
    "displaced-drop": row("POST", "/displaced/1/delete", "journal.displaced", "..E....O", 404),
    "import": row("GET", "/import", "registers.import", ".......O"),
    "import-run": row("GET", "/import/1", "registers.import", ".......O"),
    "import-progress": row("GET", "/import/1/progress", "registers.import", ".......O", 302),
    "import-retry": row("POST", "/import/1/retry", "registers.import", ".......O", 409),
    # Which letters are read by whom: test_sealed_matter.py.
    "letters": row("GET", "/letters", "letters.read", "VCENHK.."),
    "letter-new": row("GET", "/letters/new", "letters.write", ".CE.H..."),
    "letter": row("GET", "/letters/BY/999", "letters.read", "VCENHK..", 404),
    "letter-attachment": row("GET", "/letters/BY/999/0", "letters.read", "VCENHK..", 404),
    "letter-take-back": row("POST", "/letters/999/take-back", "letters.write", ".CE.H...", 404),
    # Which requests are seen by whom: test_assistance_pages.py.
    "assistance": row("GET", "/assistance", "assistance.read", "VCENH..."),
    "assistance-new": row("GET", "/assistance/new", "assistance.write", ".CENH..."),
    "assistance-statistics": row("GET", "/assistance/statistics", "assistance.read", "VCENH..."),
    "assistance-draft": row("GET", "/assistance/drafts/1", "assistance.write", ".CENH...", 404),
    "assistance-draft-file": row("GET", "/assistance/drafts/1/files/0", "assistance.write", ".CENH...", 404),
    "assistance-draft-edit": row("GET", "/assistance/drafts/1/edit", "assistance.write", ".CENH...", 404),
    "assistance-draft-sign": row("GET", "/assistance/drafts/1/sign", "assistance.sign", "....H...", 302),
    "assistance-draft-return": row("POST", "/assistance/drafts/1/return", "assistance.sign", "....H...", 404),
    "assistance-draft-discard": row("POST", "/assistance/drafts/1/discard", "assistance.write", ".CENH...", 404),
    "assistance-letter": row("GET", f"{ENTRIES}/letter-ru.pdf", "assistance.read", "VCENH...", 404),
    "assistance-file": row("GET", f"{ENTRIES}/0", "assistance.read", "VCENH...", 404),
    "assistance-take-back": row("POST", "/assistance/entries/999/take-back", "assistance.sign", "....H...", 404),
    "assistance-case": row("GET", (CASE, CASE.replace("BY", "RU")), "assistance.read", "VCENH...", 404),
    "assistance-step": row("GET", f"{CASE}/withdrawn", "assistance.write", ".CENH...", 404),
    "agreement": row("GET", "/agreement", "agreement.read", "VCENHKAO", 302),
    "agreement-life": row("GET", "/agreement/by-ru-2025", "agreement.read", "VCENHKAO"),
    "agreement-void": row("POST", "/agreement/by-ru-2025/void/1", "agreement.write", ".....K..", 302),
    "agreement-adopt": row("POST", "/agreement/by-ru-2025/adopt", "agreement.write", ".....K..", 404),
    "agreement-bodies": row("GET", "/agreement/by-ru-2025/bodies", "agreement.read", "VCENHKAO"),
    "agreement-articles": row("GET", "/agreement/by-ru-2025/articles", "agreement.read", "VCENHKAO"),
    "agreement-documents": row("GET", "/agreement/by-ru-2025/documents", "agreement.read", "VCENHKAO"),
    "agreement-document": row("GET", "/agreement/by-ru-2025/documents/{paper}", "agreement.read", "VCENHKAO"),
    "audit": row("GET", "/audit", "audit.read", "......A."),
    "audit-csv": row("GET", "/audit.csv", "audit.read", "......A."),
    "signing-key": row("GET", "/account/signing-key", "signing.hold", "...NHK.."),
    "signing-key-end": row("POST", "/account/signing-key/999/end", "signing.hold", "...NHK..", 404),
    "officials": row("GET", "/officials", "agreement.read", "VCENHKAO"),
    "officials-publish": row("POST", "/officials/publish", "signing.publish", "....H..O", 409),
    "tokens": row("GET", "/account/tokens", "accounts.own", EVERYBODY, but={"*": SIGN_IN}),
    "token-end": row("POST", "/account/tokens/999/end", "accounts.own", EVERYBODY, 404, {"*": SIGN_IN}),
    # Positions that are there: test_positions_pages.py.
    "positions": row("GET", "/positions", "positions.read", ".CE.HK.."),
    "positions-session-new": row("GET", "/positions/new", "positions.write", "..E.HK.."),
    "positions-feed": row("POST", "/positions/calendar", "positions.read", ".CE.HK.."),
    "positions-calendar": row("GET", "/positions/calendar/unknown.ics", "positions.calendar", EVERYBODY, 404),
    "positions-session": row("GET", "/positions/by-ru-2025/eaeu-committee/2026-12", "positions.read", ".CE.HK..", 404),
    "positions-item": row("GET", ITEM, "positions.read", ".CE.HK..", 404),
    "positions-draft": row("GET", f"{ITEM}/draft", "positions.write", "..E.HK..", 404),
    "positions-share": row("POST", f"{ITEM}/share", "positions.write", "..E.HK..", 302),
    "positions-approve": row("POST", f"{ITEM}/approve", "positions.approve", "....HK..", 404),
    "positions-take-back": row("POST", f"{ITEM}/take-back/1", "positions.write", "..E.HK..", 404),
    "laws": row("GET", "/laws", "laws.read", "VCENHKAO"),
    "law-new": row("GET", "/laws/by-ru-2025/new", "laws.write", "..E.HK.."),
    "awareness": row("GET", "/awareness", "awareness.read", "VCENHKAO"),
    "activity-new": row("GET", "/awareness/by-ru-2025/new", "awareness.write", "..E.HK.."),
    "report": row("GET", "/report", "report.read", "VCENHKAO", 302),
    "report-year": row("GET", "/report/by-ru-2025/2026", "report.read", "VCENHKAO"),
    "report-facts": row(
        "GET",
        tuple(f"/report/by-ru-2025/2026/facts?kind=registers.right&party={party}" for party in ("BY", "RU")),
        "report.read",
        "VCENHKAO",
    ),
    "report-export": row("GET", "/report/by-ru-2025/2026/report.csv", "report.export", "VCENHK.O"),
    "verify": row("GET", "/verify", "extracts.verify", EVERYBODY),
    "file": row("GET", "/files/{image}", "registers.read", "VCENHKAO"),
    "account_login": row("GET", "/sign-in/", "accounts.sign-in", EVERYBODY, 302, {"*": 200}),
    "mfa_authenticate": row("GET", "/sign-in/factor", "accounts.sign-in", EVERYBODY, 302),
    # No identity provider is set up.
    "office": row("POST", "/sign-in/office", "accounts.sign-in", EVERYBODY, 404),
    "office-answer": row("GET", "/sign-in/office/answer", "accounts.sign-in", EVERYBODY, 404),
    "sign-out": row("POST", "/sign-out", "accounts.sign-out", EVERYBODY, 302),
    "mfa_index": row("GET", "/account", "accounts.own", SIGNED),
    "account_change_password": row("GET", "/account/password", "accounts.own", SIGNED),
    "account_reauthenticate": row("GET", "/account/confirm", "accounts.own", SIGNED),
    # Nobody here has a second factor: they are led to the password.
    "mfa_reauthenticate": row("GET", "/account/confirm/code", "accounts.own", SIGNED, 302),
    "mfa_reauthenticate_webauthn": row("GET", "/account/confirm/key", "accounts.own", SIGNED, 302),
    "mfa_activate_totp": row("GET", "/account/app", "accounts.own", SIGNED),
    "mfa_deactivate_totp": row("GET", "/account/app/remove", "accounts.own", SIGNED, 404),
    "mfa_add_webauthn": row("GET", "/account/key", "accounts.own", SIGNED),
    "mfa_remove_webauthn": row("GET", "/account/key/1/remove", "accounts.own", SIGNED, 404),
    "mfa_view_recovery_codes": row("GET", "/account/recovery", "accounts.own", SIGNED, 404),
    "mfa_generate_recovery_codes": row("GET", "/account/recovery/new", "accounts.own", SIGNED),
    "session-end": row("POST", "/account/sessions/1/end", "accounts.own", SIGNED, 404),
    "sessions-end": row("POST", "/account/sessions/end", "accounts.own", SIGNED, 302),
    "language": row("POST", "/language", "web.language", EVERYBODY, 302),
}


def agree() -> str:
    """Adopt the shipped agreement with one document; its hash."""
    data, profile = parse(shipped_text("by-ru-2025"))
    agreement.adopt(None, data)
    values = {"name": "agreement", "role": "agreement", "language": "ru", "title": "Соглашение", "edition": 1}
    agreement.add_paper(None, profile.code, "Соглашение".encode(), **values)
    return files.digest("Соглашение".encode())


def pages() -> Iterator[tuple[str, Any]]:
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        view = getattr(pattern.callback, "view_class", pattern.callback)
        yield pattern.name or str(pattern.pattern), view


def test_every_address_is_in_the_table_and_names_a_known_action() -> None:
    found = {name: getattr(view, "action", None) for name, view in pages()}
    assert found == {name: line.action for name, line in TABLE.items()}
    assert set(found.values()) <= PUBLIC | SIGNED_IN | set(ACTIONS)


def test_every_action_says_what_of_the_agreement_it_makes_use_of() -> None:
    assert {capability_of(action) for action in PUBLIC | SIGNED_IN | set(ACTIONS)} <= {"", *CAPABILITIES}


def test_the_table_says_of_each_action_what_the_policy_says() -> None:
    assert said(TABLE) == {name: line.who for name, line in TABLE.items() if line.action in ACTIONS}


def test_each_role_gets_what_the_table_says(journal: Journal) -> None:
    image = files.put(PNG)
    node.tell(journal, replace(node.with_image(node.MARK, image), number="55"))
    paper = agree()
    Import.objects.create(pk=1, name="a.csv", source="a", format="csv", state=Import.State.RUNNING)
    clients = {}
    for letter in COLUMNS:
        clients[letter] = Client(raise_request_exception=False)
        if letter != ANONYMOUS:
            someone = person(letter)
            someone.password = PASSWORD
            someone.save()
            clients[letter] = sign_in(someone, raise_request_exception=False)

    def ask(letter: str, method: str, address: str) -> int:
        client = clients[letter]
        # Signing out is a row too: each cell starts as it was.
        kept = client.cookies.copy()
        answer = getattr(client, method.lower())(address.format(image=image, paper=paper))
        if address == "/sign-out" and letter != ANONYMOUS:
            clients[letter] = sign_in(User.objects.get(username=f"{letter}-"), raise_request_exception=False)
        elif letter == ANONYMOUS:
            client.cookies = kept
            if answer.status_code == SIGN_IN and address not in {"/sign-out", "/language", "/sign-in/factor"}:
                assert answer["Location"].startswith("/sign-in/?next=")
        return int(answer.status_code)

    assert compare(TABLE, ask, SIGN_IN) == sum(len(line.addresses) for line in TABLE.values()) * len(COLUMNS)


def test_a_closed_account_reads_nothing(journal: Journal) -> None:
    client = Client()
    person = node.user("gone", "operator")
    client.force_login(person)
    person.is_active = False
    person.save()
    assert client.get("/search")["Location"].startswith("/sign-in/")


def test_what_changes_something_refuses_to_be_a_link(journal: Journal) -> None:
    client = Client()
    client.force_login(node.user("everything", *ROLES))
    posts = [line.addresses[0] for line in TABLE.values() if line.method == "POST"]
    assert {address: client.get(address).status_code for address in posts} == dict.fromkeys(posts, 405)
