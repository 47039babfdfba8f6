"""A person has roles in bodies, from a day to a day; nothing follows from an account alone."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import connection

from comity.accounts import policy, services
from comity.accounts.models import Membership
from comity.accounts.policy import AUDITOR, CLERK, EXAMINER, HEAD, OPERATOR, VIEWER
from comity.kernel import clock
from comity.kernel.errors import ConfigurationError, NotFoundError, PolicyError
from tests import node

pytestmark = pytest.mark.django_db


def again(person: User) -> User:
    return User.objects.get(pk=person.pk)


def test_a_role_counts_in_its_body_and_in_no_other() -> None:
    anna = node.user("anna", HEAD, body="by-customs")
    services.give_role(anna, VIEWER)
    assert policy.roles(anna) == {HEAD, VIEWER}
    assert policy.bodies(anna) == ("", "by-customs")
    assert policy.bodies(anna, HEAD, CLERK) == ("by-customs",)
    assert policy.can(anna, "letters.write")
    assert policy.can(anna, "letters.write", "by-customs")
    assert not policy.can(anna, "letters.write", "ncip")
    with pytest.raises(PolicyError, match="role") as refused:
        policy.require(anna, "letters.write", "ncip")
    assert refused.value.place == "letters.write, ncip"


def test_what_is_the_office_s_own_is_not_opened_by_a_role_in_a_body() -> None:
    customs, office = node.user("c", EXAMINER, body="by-customs"), node.user("o", EXAMINER)
    for action in policy.OFFICE:
        assert policy.can(office, action)
        assert not policy.can(customs, action)
        assert not policy.can(customs, action, "by-customs")


def test_an_account_alone_may_nothing_but_look_after_itself() -> None:
    nobody = node.user("nobody")
    assert not any(policy.can(nobody, action) for action in policy.ACTIONS)
    assert policy.can(nobody, "accounts.own")
    nobody.is_active = False
    for actor in (None, AnonymousUser(), nobody):
        assert policy.memberships(actor) == frozenset()
        assert not policy.can(actor, "accounts.own")
    with pytest.raises(KeyError):
        policy.can(nobody, "no.such")


def test_a_superuser_is_an_operator_and_reads_no_letters() -> None:
    root = User.objects.create_superuser("root")
    assert policy.memberships(root) == {("", OPERATOR)}
    assert policy.can(root, "registers.import")
    assert not policy.can(root, "letters.read")


def test_a_role_begins_and_ends() -> None:
    anna, now = node.user("anna"), clock.now()
    services.give_role(anna, EXAMINER, until=now + timedelta(days=2))
    assert policy.roles(anna) == {EXAMINER}
    with clock.at(now + timedelta(days=2)):
        assert policy.roles(again(anna)) == set()
    services.give_role(anna, EXAMINER)
    with clock.at(now + timedelta(days=2)):
        assert policy.roles(again(anna)) == {EXAMINER}
    Membership.objects.create(user=anna, role=HEAD, since=now + timedelta(days=3))
    assert policy.roles(again(anna)) == {EXAMINER}
    services.end_role(anna, EXAMINER)
    assert policy.roles(anna) == policy.roles(again(anna)) == set()
    with pytest.raises(NotFoundError):
        services.end_role(anna, EXAMINER)
    # Who had which role stays known.
    assert Membership.objects.filter(user=anna, role=EXAMINER).exclude(until=None).count() == 1


def test_roles_are_replaced_as_a_whole() -> None:
    anna = node.user("anna", EXAMINER, VIEWER)
    services.set_roles(anna, [("", VIEWER), ("ncip", HEAD)])
    assert policy.memberships(again(anna)) == {("", VIEWER), ("ncip", HEAD)}
    with pytest.raises(ConfigurationError):
        services.set_roles(anna, [("", "king")])
    assert policy.memberships(again(anna)) == {("", VIEWER), ("ncip", HEAD)}


@pytest.mark.parametrize(
    ("role", "body"), [("king", ""), (OPERATOR, "ncip"), (AUDITOR, "ncip"), (HEAD, "ncip customs"), (HEAD, "x" * 65)]
)
def test_a_role_that_cannot_be_is_refused(role: str, body: str) -> None:
    with pytest.raises(ConfigurationError):
        services.give_role(node.user("anna"), role, body)
    assert not Membership.objects.exists()


def test_the_groups_of_before_become_memberships() -> None:
    for name in ("viewer", "examiner", "operator", "body:customs", "something else"):
        Group.objects.create(name=name)
    for name, *groups in (("a", "examiner", "viewer"), ("b", "viewer", "body:customs"), ("c",), ("d", "operator")):
        User.objects.create_user(name).groups.set(Group.objects.filter(name__in=groups))
    migration = import_module("comity.accounts.migrations.0002_membership")
    migration.take_over(apps, SimpleNamespace(connection=connection))
    assert {user.username: policy.memberships(user) for user in User.objects.all()} == {
        "a": {("", EXAMINER), ("", VIEWER)},
        "b": {("", VIEWER), ("customs", CLERK)},
        "c": {("", VIEWER)},
        "d": {("", OPERATOR)},
    }
    assert list(Group.objects.values_list("name", flat=True)) == ["something else"]
