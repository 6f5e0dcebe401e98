"""A worker that is killed while it hands a letter over: the letter goes out again and says that it may have arrived."""

import sys
from datetime import timedelta

import pytest
from celery import Celery
from django.utils import timezone

from config.people.models import Letter, Notice
from tests.factories.people import make_notice, make_user
from tests.faults.world import World, wait_until
from tests.mail_server import MailServer

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="Signals as Linux has them."),
]


def ask_for_mail(world: World) -> None:
    """What beat sends every half minute."""
    app = Celery(broker=world.environment["BROKER_URL"], set_as_current=False)
    prefix = world.environment["PLUMBLINE_REDIS_PREFIX"]
    app.conf.broker_transport_options = {"global_keyprefix": f"{prefix}:", "max_retries": 0}
    app.send_task("capabilities.tasks.mail_task", retry=False, queue="default")


def test_a_letter_whose_worker_dies_before_the_yes_goes_again_and_says_so(world: World) -> None:
    notice = make_notice(make_user(email="ada@example.test"), mail=Notice.Mail.AT_ONCE)
    with MailServer() as server:
        server.taken.yes.clear()
        world.environment |= {
            "PLUMBLINE_MAIL_URL": f"smtp://127.0.0.1:{server.port}",
            "PLUMBLINE_URL": "http://plumbline.test",
            # The settings of the tests keep mail in memory.
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        worker = world.worker(concurrency=1)
        ask_for_mail(world)
        wait_until(lambda: len(server.taken.messages) == 1)
        worker.kill()
        worker.wait(10)
        letter = Letter.objects.get()
        assert letter.begun_at and not letter.sent_at
        server.taken.yes.set()

        Letter.objects.update(begun_at=timezone.now() - timedelta(minutes=6))
        world.worker(concurrency=1)
        ask_for_mail(world)
        wait_until(lambda: Letter.objects.exclude(sent_at=None).exists())
        first, second = server.taken.messages

    assert first["Message-ID"] == second["Message-ID"]
    words = [str(message.get_body(("plain",)).get_content()) for message in (first, second)]
    assert ["You may have got this letter already" in text for text in words] == [False, True]
    letter.refresh_from_db()
    assert letter.unsure == 1
    notice.refresh_from_db()
    assert notice.mailed_at == letter.sent_at
