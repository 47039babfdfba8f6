"""What people of a node do that no command does, in the node's own environment: one order as JSON, one answer.

python -m tests.federation.clerk '{"do": "send", …}'
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402

from comity.accounts.services import make_token  # noqa: E402
from comity.confidential import services  # noqa: E402
from comity.confidential.domain import Attachment  # noqa: E402
from comity.federation.models import Partner  # noqa: E402
from comity.federation.openings import leaves_of, open_segment, segments  # noqa: E402
from comity.federation.source import Client, CopyOf  # noqa: E402
from comity.journal import home  # noqa: E402
from comity.journal.models import Journal  # noqa: E402
from comity.kernel.errors import ComityError  # noqa: E402
from comity.kernel.handling import RED, Label  # noqa: E402
from comity.node import setup  # noqa: E402


def people(order: dict[str, Any]) -> Any:
    """Make an account for each role; its token."""
    for role in order["roles"]:
        setup.make_user(role, order["password"], [role])
    return {role: make_token(User.objects.get(username=role), "test") for role in order["roles"]}


def members(order: dict[str, Any]) -> Any:
    """Make an account for each of some people, `(name, role, body)`; their tokens by name."""
    for name, role, body in order["people"]:
        setup.make_user(name, order["password"], [role], bodies=[body])
    return {name: make_token(User.objects.get(username=name), "test") for name, _role, _body in order["people"]}


def send(order: dict[str, Any]) -> Any:
    attached = [Attachment(order["file"], "application/pdf", order["content"].encode())]
    words = {"subject": order["subject"], "text": order["text"], "attachments": attached}
    return services.send(User.objects.get(username="examiner"), to=order["to"], label=Label(RED), **words)[1]


def take_back(order: dict[str, Any]) -> Any:
    services.take_back(User.objects.get(username="examiner"), order["index"])
    return True


def tables(order: dict[str, Any]) -> Any:
    """The tables in which one of some words stands, in any case of its letters."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                values = (bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
                text = b" ".join(values).decode("utf-8", "replace").casefold()
                found |= {(table, word) for word in order["words"] if word.casefold() in text}
    return sorted(found)


def ask(order: dict[str, Any]) -> Any:
    """All openings that this node, as the partner that it is, can get from its partners, of every journal; opened."""
    given: list[str] = []
    for partner in Partner.objects.filter(state=Partner.State.PAIRED).exclude(url=""):
        client = Client(partner.url, home.signing_key("transport"))
        for journal in Journal.objects.filter(own=False):
            source = client if journal.pk == partner.journal_id else CopyOf(client, journal.origin)
            try:
                raw = source.get(f"journal/openings/0-{journal.size}")
            except ComityError as error:
                given.append(str(error))
                continue
            for part in segments(raw):
                leaves = leaves_of(home.store(journal), journal.size)
                given.append(str(open_segment(home.sealing_keys(), journal.origin, part, leaves)))
        client.close()
    return base64.b64encode("\n".join(given).encode()).decode()


ORDERS = {one.__name__: one for one in (people, members, send, take_back, tables, ask)}


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    print(json.dumps({"answer": ORDERS[order["do"]](order)}))
