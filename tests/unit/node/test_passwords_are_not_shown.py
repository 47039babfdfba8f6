"""A password comes by a prompt or by standard input, never among the arguments, and a weak one is refused."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from typer.testing import CliRunner, Result

from comity.accounts import policy
from comity.kernel.errors import FormatError
from comity.node import commands_people, setup
from comity.node.cli import app
from comity.node.demo.accounts import PASSWORD, PEOPLE

STRONG = "three-dry-stones"


@pytest.fixture(autouse=True)
def node(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # The command would choose the node's own database.
    monkeypatch.setattr(commands_people, "node", lambda: None)


def user(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(app, ["user", *arguments], input=given)


def test_without_more_a_password_is_made_up_and_shown_once() -> None:
    said = user("anna", "--role", "examiner").output
    password = said.strip().rpartition(" ")[2]
    assert User.objects.get(username="anna").check_password(password)
    assert len(password) >= 16


def test_what_stands_on_standard_input_is_taken_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    done = user("anna", "--ask", given=f"{STRONG}\nand more\n")
    assert done.exit_code == 0
    assert STRONG not in done.output
    assert User.objects.get(username="anna").check_password(STRONG)


def test_at_a_terminal_it_is_asked_for_twice_and_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, object]]] = []

    def prompt(text: str, **how: object) -> str:
        asked.append((text, how))
        return STRONG

    monkeypatch.setattr(commands_people.typer, "prompt", prompt)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert commands_people.asked_password() == STRONG
    assert asked == [("Password", {"hide_input": True, "confirmation_prompt": True})]


def test_there_is_no_option_and_no_variable_that_holds_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert user("anna", "--password", STRONG).exit_code == 2
    monkeypatch.setenv("COMITY_PASSWORD", STRONG)
    user("anna")
    assert not User.objects.get(username="anna").check_password(STRONG)


@pytest.mark.parametrize("weak", ["", "short", "password1234", "examiner-anna", "elevensigns"])
def test_a_weak_one_is_refused_and_changes_nothing(weak: str) -> None:
    before = setup.make_user("examiner-anna", STRONG, ["viewer"])
    with pytest.raises(FormatError, match="not taken"):
        setup.make_user("examiner-anna", weak, ["operator"])
    now = User.objects.get(pk=before.pk)
    assert now.check_password(STRONG)
    assert policy.memberships(now) == {("", "viewer")}
    with pytest.raises(FormatError, match="not taken"):
        setup.make_user("newcomer", "newcomer-25", ["viewer"])
    assert not User.objects.filter(username="newcomer").exists()


def test_the_accounts_of_the_demonstration_pass() -> None:
    for name, role in PEOPLE:
        assert setup.make_user(name, PASSWORD, [role]).check_password(PASSWORD)
