"""Pages that show a case show its pictures and play its sound."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.people.models import Role
from evaluations.models import Run
from tests.capabilities.pages import signed_in
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
)
from tests.factories.media import make_media, picture, wav
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def seen(number: int) -> list[str]:
    return [make_media(picture()).sha256 for _ in range(number)]


def run_over(attachments: Sequence[Sequence[str]], purpose: str = "dev") -> Run:
    cases = [{"key": f"c{place}", "attachments": list(each)} for place, each in enumerate(attachments)]
    return make_finished_run(
        [1.0] * len(cases), make_evaluation_version(make_dataset_version(cases, purpose=purpose))
    )


def viewer() -> Client:
    return signed_in(make_user(Role.VIEWER))


def pages_of(run: Run) -> list[str]:
    other = make_finished_run([0.0] * run.total, run.evaluation_version, make_model_version())
    slug = run.evaluation_version.dataset_version.dataset.slug
    return [
        f"/datasets/{slug}/",
        f"/runs/{run.pk}/samples/",
        f"/runs/{run.pk}/samples/?case=c0",
        f"/compare/?run={run.pk}&against={other.pk}",
        f"/compare/?run={run.pk}&against={other.pk}&case=c0",
    ]


def text(client: Client, address: str) -> str:
    reply = client.get(address)
    assert reply.status_code == 200, address
    return reply.content.decode()


def test_every_page_that_shows_a_case_shows_its_picture_and_sound() -> None:
    image, sound = make_media(picture()).sha256, make_media(wav()).sha256
    client, run = viewer(), run_over([[image, sound], []])
    for address in pages_of(run):
        page = text(client, address)
        assert f'<img src="/media/{image}" alt="Attachment 1 of c0"' in page, address
        assert f'<audio src="/media/{sound}" controls preload="none"' in page, address


def test_a_case_without_attachments_has_no_empty_box() -> None:
    client, run = viewer(), run_over([[], []])
    for address in pages_of(run):
        assert 'class="attachments"' not in text(client, address), address


def test_a_table_shows_three_and_says_how_many_more_the_case_itself_all() -> None:
    hashes = seen(5)
    client, run = viewer(), run_over([hashes])
    table = text(client, f"/runs/{run.pk}/samples/")
    assert table.count("<img ") == 3 and "and 2 more" in table
    whole = client.get(
        f"/runs/{run.pk}/samples/?case=c0", headers={"HX-Request": "true", "HX-Target": "sample-detail"}
    )
    assert whole.content.decode().count("<img ") == 5


def test_without_the_permission_not_even_the_hash_of_a_test_picture_is_told() -> None:
    [image] = seen(1)
    client, run = viewer(), run_over([[image]], purpose="test")
    for address in pages_of(run):
        page = text(client, address)
        assert image not in page and "<img " not in page, address


def test_what_is_not_kept_is_said_in_its_place() -> None:
    page = text(viewer(), f"/runs/{run_over([['ab' * 32]]).pk}/samples/")
    assert "Attachment 1 of c0: this content is not kept here." in page


@pytest.mark.parametrize("place", range(5))
def test_more_pictures_take_no_more_queries(place: int) -> None:
    client, few, many = viewer(), run_over([seen(1)]), run_over([seen(6) for _ in range(8)])
    counts = []
    for run in (few, many):
        address = pages_of(run)[place]
        text(client, address)
        with CaptureQueriesContext(
            connection,
        ) as counted:
            text(client, address)
        counts.append(len(counted))
    assert counts[0] == counts[1]
