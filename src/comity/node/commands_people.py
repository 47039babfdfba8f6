"""Commands about people: their accounts, roles and tokens."""

from __future__ import annotations

import secrets
import sys
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from comity.kernel.errors import FormatError, NotFoundError
from comity.node.cli import app, node, out

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_PASSWORD = 4096

role_app = typer.Typer(no_args_is_help=True, help="The roles of people in the bodies of this party.")
app.add_typer(role_app, name="role")

Name = Annotated[str, typer.Argument(help="Name that the person signs in with.")]
Role = Annotated[
    str,
    typer.Argument(help="viewer, clerk, examiner, enforcement, head, coordinator, auditor or operator."),
]
Body = Annotated[str, typer.Option(help="Code of the body in the agreement; the node's office itself if not given.")]


@app.command()
def user(
    name: Annotated[str, typer.Argument(help="Name to sign in with.")],
    role: Annotated[list[str] | None, typer.Option(help="A role, see `comity role`; may be repeated.")] = None,
    body: Annotated[list[str] | None, typer.Option(help="Body in which the roles are held; may be repeated.")] = None,
    email: Annotated[str, typer.Option(help="The person's address: he may sign in with it.")] = "",
    reset: Annotated[
        bool, typer.Option("--reset-second-factor", help="Take back a lost telephone or key, and end the sessions.")
    ] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the password, or read it from standard input.")] = False,
) -> None:
    """Make a person's account, or give it a new password: one that is made up and shown, or one that is asked for.

    An account that is there keeps its password where only its address or its second factor is changed.
    """
    if body and not role:
        raise FormatError("A body is named, and no role in it.", remedy="Name one with --role.")
    node()
    from comity.accounts import services
    from comity.node import setup

    if reset or (email and not ask and not role and _known(name)):
        _change(_person(name), email, reset)
        return
    password = asked_password() if ask else secrets.token_urlsafe(12)
    person = setup.make_user(name, password, role or (), email=email, bodies=body or ())
    held = ", ".join(f"{row.role} of {row.body}" if row.body else row.role for row in services.running(person))
    out.print(f"{name}: {held}", highlight=False, markup=False, soft_wrap=True)
    if not ask:
        out.print(f"Password (shown once): {password}", highlight=False)


def _change(person: User, email: str, reset: bool) -> None:
    from comity.accounts import addresses, factors

    if email:
        addresses.give(person, email)
        out.print(f"{person.username}: {person.email}", highlight=False, markup=False, soft_wrap=True)
    if reset:
        count = factors.reset(person)
        out.print(f"{person.username}: {count} second factors taken back", highlight=False, markup=False)


def asked_password() -> str:
    """What a person types twice, unseen; without a terminal, the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline(MOST_PASSWORD).removesuffix("\n")


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="The person on whose behalf a program acts.")],
    label: Annotated[str, typer.Option(help="What the token is for.")] = "",
    scope: Annotated[list[str] | None, typer.Option(help="What it may do, such as letters.*; may be repeated.")] = None,
    days: Annotated[int, typer.Option(help="It expires after so many days; 0: never.")] = 365,
    shown: Annotated[bool, typer.Option("--list", help="Show the person's tokens, and make none.")] = False,
    end: Annotated[str, typer.Option(help="End the one with this number, and make none.")] = "",
) -> None:
    """Make a token for the API. It is shown once."""
    node()
    from comity.accounts import policy, services

    person = _person(name)
    if end:
        services.end_token(end, of=person)
    elif not shown:
        made = services.make_token(person, label, scopes=scope or [policy.OPEN], days=days or None)
        out.print(made, highlight=False, soft_wrap=True)
        return
    table = Table("number", "for", "scopes", "made", "until", box=None)
    for view in services.tokens_of(person):
        if view.works:
            until = f"{view.expires_at:%F}" if view.expires_at else ""
            table.add_row(str(view.number), view.label, " ".join(view.scopes), f"{view.created_at:%F}", until)
    out.print(table)


@role_app.command("give")
def give(
    name: Name,
    role: Role,
    body: Body = "",
    until: Annotated[str, typer.Option(help="Last day of it, such as 2027-12-31; without end if not given.")] = "",
) -> None:
    """Give a person a role, or what he has of it a new end."""
    node()
    from comity.accounts import services

    services.give_role(_person(name), role, body, until=_after(until) if until else None)
    list_(name)


@role_app.command("end")
def end(name: Name, role: Role, body: Body = "") -> None:
    """End a role of a person, now."""
    node()
    from comity.accounts import services

    services.end_role(_person(name), role, body)
    list_(name)


@role_app.command("list")
def list_(name: Annotated[str, typer.Argument(help="Only this person's.")] = "") -> None:
    """Show who has which role, in which body, since and until when."""
    node()
    from django.contrib.auth.models import User

    from comity.accounts import services

    table = Table("person", "role", "body", "since", "until", box=None)
    people = [_person(name)] if name else User.objects.filter(is_active=True).order_by("username")
    for person in people:
        for row in services.running(person):
            table.add_row(
                person.username, row.role, row.body, f"{row.since:%F}", f"{row.until:%F %R}" if row.until else ""
            )
    out.print(table)


def _after(text: str) -> datetime:
    """The beginning of the day after a day, where the node is."""
    from django.utils import timezone

    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise FormatError(f"{text[:20]!r} is no day.", place="--until", remedy="Write it as 2027-12-31.") from None
    return datetime.combine(day + timedelta(days=1), time(), timezone.get_default_timezone())


def _known(name: str) -> User | None:
    from django.contrib.auth.models import User

    return User.objects.filter(username=name).first()


def _person(name: str) -> User:
    person = _known(name)
    if person is None:
        raise NotFoundError(f"There is no account {name!r}.", remedy="Make it with `comity user`.")
    return person
