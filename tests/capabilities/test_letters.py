"""Notices by mail, through a real mail server: at once, once a day or never, and nothing twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.utils import timezone

from capabilities.services.letters import compose, gather_letters, send_letters, token_of
from capabilities.services.telling import tell_due
from config import env
from config.people.models import Letter, Notice, NoticeSettings, Role, User
from config.people.services.notices import News, save_settings, tell
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_comment, make_membership, make_product, make_requirement
from tests.factories.people import make_notice, make_user
from tests.mail_server import MailServer, Taken

pytestmark = pytest.mark.django_db
SITE = "https://plumbline.test"
MORNING = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)


@pytest.fixture
def taken(settings: Any) -> Iterator[Taken]:
    """What a real mail server on this machine took."""
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.MAIL_CONFIGURED, settings.SITE_URL = True, SITE
        settings.DEFAULT_FROM_EMAIL = "plumbline@plumbline.test"
        yield server.taken


def reader(**fields: Any) -> User:
    number = User.objects.count()
    return make_user(Role.VIEWER, email=f"reader{number}@example.test", **fields)


def post(now: datetime | None = None) -> int:
    gather_letters(now)
    return send_letters(now)


def words_of(message: Any, kind: str) -> str:
    return str(message.get_body((kind,)).get_content())


def test_a_mention_is_mailed_at_once_with_its_words_and_a_link(taken: Taken) -> None:
    ada = reader(username="ada")
    said = make_comment(text="Is *this* right, @ada?", author=make_user(first_name="Mia"))
    tell_due()
    assert post() == 1
    [message] = taken.messages
    assert message["Subject"] == f"{said.requirement.key}: Mia commented"
    assert message["To"] == ada.email
    assert message["From"] == "plumbline@plumbline.test"
    address = f"{SITE}/comments/{said.pk}/"
    assert address in words_of(message, "plain")
    assert "Is *this* right, @ada?" in words_of(message, "plain")
    assert f'<a href="{address}">commented</a>' in words_of(message, "html")
    assert Notice.objects.get(person=ada).mailed_at
    assert post() == 0


def test_hostile_words_stay_words_and_no_header_is_injected(taken: Taken) -> None:
    reader(username="ada")
    evil = make_user(first_name="Mia\r\nBcc: all@example.test", last_name="<script>alert(1)</script>")
    make_comment(text="@ada <img src=x onerror=alert(2)>\r\n.\r\nQUIT\r\n\u202eevil", author=evil)
    tell_due()
    post()
    [message] = taken.messages
    assert message["Bcc"] is None
    assert taken.envelopes == [[f"<{message['To']}>"]]
    html = words_of(message, "html")
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert "QUIT" in words_of(message, "plain")


def test_a_daily_letter_comes_once_at_its_hour_in_the_persons_zone(taken: Taken) -> None:
    person = reader()
    save_settings(NoticeSettings(person=person, digest_hour=10, zone="Europe/Helsinki"))
    make_notice(person, mail="daily", text="went from met to not met")
    make_notice(person, mail="daily", label="VA-2", text="deferred it")
    assert post(MORNING - timedelta(hours=1)) == 0
    assert post(MORNING) == 1
    assert taken.messages[0]["Subject"] == "Plumbline: 2 notices of 4 May"
    for kind in ("plain", "html"):
        words = words_of(taken.messages[0], kind)
        assert "went from met to not met" in words and "deferred it" in words, kind
    make_notice(person, mail="daily", label="VA-3")
    assert post(MORNING + timedelta(hours=3)) == 0
    assert post(MORNING + timedelta(days=1)) == 1
    assert post(MORNING + timedelta(days=2)) == 0, "nothing new, no letter"


def test_what_was_read_meanwhile_is_not_mailed(taken: Taken) -> None:
    person = reader()
    notice = make_notice(person, mail="at_once")
    gather_letters()
    Notice.objects.filter(pk=notice.pk).update(read_at=timezone.now())
    assert send_letters() == 0
    assert not Letter.objects.exists()


def test_nothing_is_mailed_of_a_product_one_lost(taken: Taken) -> None:
    product = make_product(key="HID", restricted=True)
    membership = make_membership(product, reader())
    make_notice(membership.user, mail="at_once", product="HID", label="HID-1")
    gather_letters()
    membership.delete()
    assert send_letters() == 0
    assert taken.messages == []


@pytest.mark.parametrize("lack", ["address", "account", "wish"])
def test_nobody_is_mailed_without(taken: Taken, lack: str) -> None:
    person = reader()
    make_notice(person, mail="at_once")
    gather_letters()
    if lack == "wish":
        NoticeSettings.objects.create(person=person, mail=False)
    changes: dict[str, dict[str, Any]] = {"address": {"email": ""}, "account": {"is_active": False}}
    User.objects.filter(pk=person.pk).update(**changes.get(lack, {}))
    assert send_letters() == 0
    assert taken.messages == []


def test_each_kind_goes_the_way_a_person_chose(taken: Taken) -> None:
    person = reader()
    save_settings(NoticeSettings(person=person, by_kind={"comment": "at_once", "mention": "never"}))
    for kind in ("comment", "mention", "verdict"):
        news = News(f"t:{kind}", "requirement", 1, "VA-1", kind, "/", timezone.now())
        tell(news, {person.pk: kind})
    modes = dict(Notice.objects.values_list("kind", "mail"))
    assert modes == {"comment": "at_once", "mention": "never", "verdict": "daily"}


def test_a_site_without_a_mail_server_tells_in_the_app_only() -> None:
    person = reader()
    tell(News("t:1", "requirement", 1, "VA-1", "commented", "/", timezone.now()), {person.pk: "mention"})
    assert Notice.objects.get().mail == "never"
    assert gather_letters() == 0


def test_a_refused_letter_is_tried_again_later_and_in_the_end_shown_to_the_operator(taken: Taken) -> None:
    make_notice(reader(), mail="at_once")
    taken.refuse = "451 greylisted"
    now = timezone.now()
    assert post(now) == 0
    letter = Letter.objects.get()
    assert "greylisted" in letter.error
    assert letter.next_try_at == now + timedelta(minutes=1)
    assert post(now) == 0
    for day in range(1, 9):
        post(now + timedelta(days=2 * day))
    letter.refresh_from_db()
    assert (letter.tries, bool(letter.given_up_at)) == (8, True)
    chief = signed_in(make_user(Role.ADMIN))
    page = chief.get("/mail/?show=failed").content.decode()
    assert "greylisted" in page
    taken.refuse = ""
    chief.post(f"/mail/{letter.pk}/retry/")
    assert post() == 1


def test_a_server_that_is_away_loses_nothing(taken: Taken, settings: Any) -> None:
    make_notice(reader(), mail="at_once")
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert post() == 0
    settings.EMAIL_PORT = port
    assert post(timezone.now() + timedelta(minutes=2)) == 1


def test_a_second_try_carries_the_same_message_id(taken: Taken) -> None:
    make_notice(reader(), mail="at_once")
    taken.hang_up = True
    post()
    taken.hang_up = False
    post(timezone.now() + timedelta(minutes=2))
    first, second = taken.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert "@plumbline.test>" in first["Message-ID"]


MAYBE = "You may have got this letter already"


def test_a_letter_that_nobody_answered_for_goes_again_and_says_so(taken: Taken) -> None:
    make_notice(reader(), mail="at_once")
    taken.hang_up = True
    post()
    assert Letter.objects.get().unsure == 1
    taken.hang_up = False
    post(timezone.now() + timedelta(minutes=2))
    assert [MAYBE in words_of(message, "plain") for message in taken.messages] == [False, True]
    assert [MAYBE in words_of(message, "html") for message in taken.messages] == [False, True]
    assert "may have arrived twice" in signed_in(role=Role.ADMIN).get("/mail/").text


def test_a_letter_that_was_refused_goes_again_without_a_doubt(taken: Taken) -> None:
    make_notice(reader(), mail="at_once")
    taken.refuse = "451 later"
    post()
    taken.refuse = ""
    post(timezone.now() + timedelta(minutes=2))
    assert Letter.objects.get().unsure == 0
    assert MAYBE not in words_of(taken.messages[0], "plain")


def test_what_another_worker_hands_over_is_left_to_it_until_that_must_be_dead(taken: Taken) -> None:
    make_notice(reader(), mail="at_once")
    gather_letters()
    Letter.objects.update(begun_at=timezone.now() - timedelta(minutes=1))
    assert send_letters() == 0
    assert "being sent since" in signed_in(role=Role.ADMIN).get("/mail/").text
    Letter.objects.update(begun_at=timezone.now() - timedelta(minutes=6))
    assert send_letters() == 1
    assert MAYBE in words_of(taken.messages[0], "plain")


def test_the_api_lists_letters_and_tries_again_for_administrators_only(taken: Taken) -> None:
    make_notice(reader(username="ada"), mail="at_once")
    gather_letters()
    Letter.objects.update(given_up_at=timezone.now(), tries=8, error="gone")
    caller = Caller("admin", user=make_user(Role.ADMIN))
    assert caller.get("/letters/?show=waiting").json()["results"] == []
    [row] = caller.get("/letters/?show=failed").json()["results"]
    assert (row["person"], row["tries"], row["error"], row["unsure"]) == ("ada", 8, "gone", 0)
    again = caller.post(f"/letters/{row['id']}/retry/").json()
    assert (again["given_up_at"], again["tries"]) == (None, 0)
    assert post() == 1
    assert Caller("read", user=make_user(Role.PM)).get("/letters/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_letter_once(taken: Taken) -> None:
    people = [reader(username=f"r{number}") for number in range(8)]
    for person in people:
        make_notice(person, mail="at_once")

    def work() -> None:
        post()
        connection.close()

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(message["To"] for message in taken.messages) == sorted(person.email for person in people)


def test_mail_ends_without_signing_in_by_one_press(taken: Taken) -> None:
    person = reader()
    make_notice(person, mail="at_once")
    post()
    [message] = taken.messages
    leave = message["List-Unsubscribe"].strip(" <>").removeprefix(SITE)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stranger = Client(enforce_csrf_checks=True)
    assert "Shall Plumbline" in stranger.get(leave).content.decode()
    assert not NoticeSettings.objects.exists()
    stranger.post(leave, {"List-Unsubscribe": "One-Click"})
    assert NoticeSettings.objects.get(person=person).mail is False
    make_notice(person, mail="at_once")
    assert post() == 0


def test_a_forged_link_ends_nobodys_mail() -> None:
    token = token_of(make_user())
    assert Client().post(f"/unsubscribe/{token[:-2]}xx/").status_code == 404
    assert not NoticeSettings.objects.exists()


def test_turning_mail_off_takes_back_what_waits(taken: Taken) -> None:
    person = reader()
    make_notice(person, mail="at_once")
    save_settings(NoticeSettings(person=person, mail=False))
    assert post() == 0
    assert Notice.objects.get().mail == "never"


def test_a_long_list_stays_a_letter(taken: Taken) -> None:
    person = reader()
    requirement = make_requirement()
    for number in range(120):
        make_notice(person, mail="daily", label=requirement.key, text=f"changed {number}")
    gather_letters(MORNING + timedelta(hours=1))
    mail = compose(Letter.objects.get())
    assert mail is not None
    assert mail.text.count("changed ") == 100


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp+tls://u%40x:p%3A@mail.test:587", ("mail.test", 587, "u@x", "p:", True, False)),
        ("smtps://mail.test", ("mail.test", 465, "", "", False, True)),
        ("smtp://10.0.0.1", ("10.0.0.1", 25, "", "", False, False)),
    ],
)
def test_the_mail_server_is_read_from_one_setting(url: str, expected: tuple[object, ...]) -> None:
    found = env.mail_server(url)
    assert (
        found.host,
        found.port,
        found.user,
        found.password,
        found.starts_tls,
        found.speaks_tls,
    ) == expected


@pytest.mark.parametrize("url", ["http://mail.test", "mail.test", "smtp://"])
def test_another_address_of_a_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        env.mail_server(url)
