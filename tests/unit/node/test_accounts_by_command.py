"""`comity user` gives an address, takes back a second factor, and leaves the password alone while it does."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from typer.testing import CliRunner, Result

from comity.accounts import addresses
from comity.kernel.errors import ConflictError, FormatError, NotFoundError
from comity.node import commands_people
from comity.node.cli import app


@pytest.fixture(autouse=True)
def node(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # The command would choose the node's own database.
    monkeypatch.setattr(commands_people, "node", lambda: None)


def user(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["user", *arguments])


def test_an_account_is_made_with_its_address() -> None:
    assert user("anna", "--role", "examiner", "--email", "Anna@office.example").exit_code == 0
    assert addresses.owner("anna@office.example") == User.objects.get(username="anna")


def test_an_address_alone_leaves_the_password_as_it_is() -> None:
    user("anna")
    before = User.objects.get(username="anna").password
    assert "Password" not in user("anna", "--email", "anna@office.example").output
    kept = User.objects.get(username="anna")
    assert (kept.password, kept.email) == (before, "anna@office.example")
    user("anna", "--email", "a.nova@office.example")
    assert addresses.owner("anna@office.example") is None


def test_a_second_factor_is_taken_back_and_the_password_kept() -> None:
    user("anna")
    person = User.objects.get(username="anna")
    TOTP.activate(person, generate_totp_secret())
    said = user("anna", "--reset-second-factor")
    assert "1 second factors taken back" in said.output
    assert not Authenticator.objects.exists()
    assert User.objects.get(username="anna").password == person.password


def test_what_cannot_be_is_refused_and_makes_no_account() -> None:
    assert isinstance(user("anna", "--email", "nobody").exception, FormatError)
    assert isinstance(user("anna", "--reset-second-factor").exception, NotFoundError)
    assert not User.objects.exists()
    user("anna", "--email", "anna@office.example")
    assert isinstance(user("boris", "--email", "anna@office.example").exception, ConflictError)
    assert not User.objects.filter(username="boris").exists()
