import pytest
from django.contrib.auth.models import AnonymousUser

from config.people.access import LEAST_ROLE, may, scopes_of, sentence
from config.people.models import Role, User

EVERYTHING = set(LEAST_ROLE)
RESEARCH = {"read", "push", "run", "gate", "write_facts"}


def a_person(role: str, **fields) -> User:
    return User(username="somebody", role=role, **fields)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, {"read"}),
        (Role.RESEARCHER, RESEARCH),
        (Role.PM, RESEARCH | {"write_requirements"}),
        (Role.ADMIN, EVERYTHING - {"approve"}),
    ],
)
def test_each_role_may_do_exactly_this(role, allowed) -> None:
    assert {action for action in EVERYTHING if may(a_person(role), action)} == allowed


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.VIEWER, False), (Role.RESEARCHER, False), (Role.PM, True), (Role.ADMIN, True)],
)
def test_approving_needs_the_mark_and_the_role(role, allowed) -> None:
    assert may(a_person(role, approver=True), "approve") is allowed
    assert not may(a_person(role), "approve")


def test_the_test_permission_is_enough_to_read_test_samples() -> None:
    assert may(a_person(Role.VIEWER, may_read_test=True), "read_test")


def test_a_membership_speaks_instead_of_the_site_role() -> None:
    assert may(a_person(Role.VIEWER), "write_requirements", role=Role.PM)
    assert not may(a_person(Role.PM), "write_requirements", role=Role.VIEWER)


def test_a_site_administrator_stays_one_in_every_product() -> None:
    assert may(a_person(Role.ADMIN), "write_requirements", role=Role.VIEWER)


def test_a_membership_does_not_give_the_approver_mark() -> None:
    assert not may(a_person(Role.VIEWER), "approve", role=Role.PM)


@pytest.mark.parametrize("action", sorted(EVERYTHING))
def test_nobody_else_may_do_anything(action) -> None:
    assert not may(AnonymousUser(), action, role=Role.ADMIN)
    assert not may(a_person(Role.ADMIN, is_active=False), action, role=Role.ADMIN)


def test_the_refusal_names_the_role_that_is_needed() -> None:
    assert "Product manager or higher" in sentence("write_requirements")
    assert "approver mark" in sentence("approve")
    assert "Administrator." in sentence("manage")


def test_scopes_follow_the_role() -> None:
    assert scopes_of(a_person(Role.VIEWER)) == ["read"]
    assert scopes_of(a_person(Role.RESEARCHER)) == ["read", "push", "gate", "write"]
    assert scopes_of(a_person(Role.ADMIN)) == ["read", "read_test", "push", "gate", "write", "admin"]
