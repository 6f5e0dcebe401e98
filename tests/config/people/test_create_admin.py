from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.people.models import User

pytestmark = pytest.mark.django_db


def create_admin() -> str:
    out = StringIO()
    call_command("create_admin", stdout=out)
    return out.getvalue()


def test_a_random_password_is_printed_once(monkeypatch) -> None:
    monkeypatch.delenv("PLUMBLINE_ADMIN_PASSWORD", raising=False)
    words = create_admin().split()
    admin = User.objects.get()
    assert admin.check_password(words[words.index("password") + 1])
    assert (admin.role, admin.is_superuser, admin.approver) == ("admin", True, True)
    assert "already" in create_admin()
    assert User.objects.count() == 1


def test_a_given_password_is_used_and_not_printed(monkeypatch) -> None:
    monkeypatch.setenv("PLUMBLINE_ADMIN_PASSWORD", "given by the operator")
    assert "given by the operator" not in create_admin()
    assert User.objects.get().check_password("given by the operator")


def test_a_weak_password_is_refused_with_a_sentence(monkeypatch) -> None:
    monkeypatch.setenv("PLUMBLINE_ADMIN_PASSWORD", "123")
    with pytest.raises(CommandError, match="too short"):
        create_admin()
