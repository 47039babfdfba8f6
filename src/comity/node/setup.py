"""Making a node: its folder, keys, database and first entry; and what must hold before it serves."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction

from comity.accounts import addresses, noted
from comity.accounts.policy import VIEWER
from comity.accounts.services import check_role, set_roles
from comity.journal import entries, home, loss, quantum, roster, rotation, services
from comity.journal.models import Journal
from comity.kernel.errors import ConfigurationError, FormatError
from comity.kernel.identifiers import office_code, party_code


def prepare() -> Journal:
    """Bring the node of this process up: tables, keys, own journal, roles. Runs again without harm."""
    config = settings.COMITY
    if not config.party or not config.origin:
        raise ConfigurationError(
            "This folder holds no node.", place=str(config.home), remedy="Run `comity init` with COMITY_HOME set."
        )
    party_code(config.party)
    offices: Sequence[str] = config.offices or [config.party]
    for office in offices:
        office_code(office)
    check_database()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    loss.settle()
    origin = _origin(config.origin)
    home.make_keys(origin, _to_make())
    quantum.make_keys(origin)
    key = home.signing_key("log").verifier
    journal = services.open_own(origin, config.party, config.name or config.party, offices, key)
    rotation.settle(journal)
    rotation.announce(journal)
    return journal


def _origin(configured: str) -> str:
    """The origin of the own journal: as configured, or of the one that goes on from it."""
    journal = Journal.objects.filter(own=True).first()
    origin = journal.origin if journal is not None else ""
    earlier = origin
    while earlier and earlier != configured:
        earlier = entries.predecessor(earlier)
    return origin if earlier else configured


def _to_make() -> list[str]:
    """The roles whose keys this node may make: a key that a journal names already is restored, never made anew."""
    journal = Journal.objects.filter(own=True).first()
    roles = (*home.ROLES, home.SEALING)
    return [role for role in roles if journal is None or (role != "log" and not roster.named(journal, role))]


def check_database() -> None:
    """Refuse a database that cannot do what search needs, and say why."""
    if connection.vendor == "sqlite":
        with sqlite3.connect(":memory:") as memory:
            try:
                memory.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
            except sqlite3.OperationalError:
                raise ConfigurationError(
                    "This Python's SQLite has no full-text search (FTS5).",
                    remedy="Use Debian's python3, or PostgreSQL.",
                ) from None
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('Ў') = 'ў', current_setting('server_version_num')::int")
        folds, version = cursor.fetchone()
    if not folds:
        raise ConfigurationError(
            "The database's locale cannot fold Cyrillic: it was made with locale C.",
            place=str(settings.DATABASES["default"]["NAME"]),
            remedy="Make it with: CREATE DATABASE … TEMPLATE template0 LOCALE 'C.UTF-8' (PostgreSQL 15 or newer), "
            "or with an ICU locale.",
        )
    if version < 150000:
        raise ConfigurationError("PostgreSQL 15 or newer is needed.", place=f"server {version}")


def make_user(
    name: str, password: str, roles: Sequence[str] = (), *, email: str = "", bodies: Sequence[str] = ()
) -> User:
    """A person's account with roles in bodies (none named: in the node's office). An existing one gets the password,
    and these roles in place of all that it had; none named, it keeps them. A new one without any is a viewer.

    FormatError for a password that is too easy to guess or what is no address, ConflictError for another's address,
    ConfigurationError for a role or body that cannot be; nothing is changed then.
    """
    wanted = {(body, role) for role in roles for body in bodies or [""]}
    for body, role in wanted:
        check_role(role, body)
    try:
        validate_password(password, User(username=name, email=email))
    except ValidationError as error:
        raise FormatError(f"The password is not taken. {' '.join(error.messages)}", place=name) from None
    with transaction.atomic():
        user, made = User.objects.get_or_create(username=name)
        user.set_password(password)
        user.is_active = True
        user.save()
        noted.changed(None, user, "made" if made else "password by the operator")
        if email:
            addresses.give(user, email)
        if wanted or made:
            set_roles(user, wanted or {("", VIEWER)})
    return user
