from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import Round, Run
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_price,
    make_provider,
    make_round,
    make_run,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client):
    person = make_user("researcher")
    client.force_login(person)
    return person


@pytest.fixture
def evaluation():
    return make_evaluation_version(make_dataset_version(4))


def posted(evaluation, *versions, **more):
    return {
        "evaluations": [evaluation.evaluation.slug],
        "versions": [version.pk for version in versions],
        "cap_unit": "calls",
        "priority": "2",
        "key": "one-form",
        **more,
    }


def text(reply) -> str:
    return " ".join(reply.content.decode().split())


@pytest.mark.parametrize("path", ["/rounds/", "/rounds/new/", "/rounds/preview/", "/rounds/1/"])
def test_strangers_are_asked_to_sign_in(client, path) -> None:
    assert client.get(path).url == f"/sign-in/?next={path}"


def test_a_viewer_reads_rounds_and_starts_none(client) -> None:
    client.force_login(make_user("viewer"))
    made = make_round()
    assert client.get(f"/rounds/{made.pk}/").status_code == 200
    assert "New round" not in text(client.get("/rounds/"))
    for path in ("/rounds/new/", f"/rounds/{made.pk}/cancel/"):
        assert client.post(path).status_code == 403


def test_an_empty_list_offers_what_to_do(client, researcher) -> None:
    assert "No round yet" in text(client.get("/rounds/"))


def test_what_is_ticked_is_run_within_the_budget(client, researcher, evaluation) -> None:
    ours, theirs = make_model_version(), make_model_version(side="competitor")
    reply = client.post("/rounds/new/", posted(evaluation, ours, theirs, cap="40"))
    made = Round.objects.get()
    assert reply.url == f"/rounds/{made.pk}/"
    assert {run.model_version for run in made.runs.all()} == {ours, theirs}
    assert (made.cap, made.cap_unit, made.created_by) == (Decimal(40), "calls", researcher)
    assert made.name == evaluation.evaluation.name


def test_what_was_only_tried_is_no_choice(client, researcher, evaluation) -> None:
    make_evaluation_version(slug="tries-1")
    assert [one.pk for one in client.get("/rounds/new/").context["form"].fields["evaluations"].queryset] == [
        evaluation.evaluation_id
    ]


def test_pressing_run_twice_starts_one_round(client, researcher, evaluation) -> None:
    body = posted(evaluation, make_model_version())
    first, second = (client.post("/rounds/new/", body).url for _ in range(2))
    assert first == second
    assert Round.objects.count() == 1


def test_the_same_form_with_other_words_is_asked_about(client, researcher, evaluation) -> None:
    version = make_model_version()
    client.post("/rounds/new/", posted(evaluation, version))
    changed = client.post("/rounds/new/", posted(evaluation, version, name="Another one"))
    assert changed.status_code == 422
    assert "Press Run again to start another one" in text(changed)
    key = changed.context["form"]["key"].value()
    client.post("/rounds/new/", posted(evaluation, version, name="Another one", key=key))
    assert Round.objects.count() == 2


def test_a_suite_runs_its_evaluations_and_those_ticked_beside_it_once(client, researcher, evaluation) -> None:
    other = make_evaluation_version(make_dataset_version(1))
    suite = make_suite([evaluation.evaluation, other.evaluation])
    client.post("/rounds/new/", posted(evaluation, make_model_version(), suite=suite.slug))
    made = Round.objects.get()
    assert made.suite == suite
    assert {run.evaluation_version for run in made.runs.all()} == {evaluation, other}


def test_nothing_chosen_is_said_beside_the_fields_and_words_are_kept(client, researcher) -> None:
    reply = client.post("/rounds/new/", {"name": "My round", "cap_unit": "calls", "priority": "2"})
    page = text(reply)
    assert reply.status_code == 422
    assert "Choose a suite or tick at least one evaluation." in page
    assert "Tick at least one model version." in page
    assert 'value="My round"' in page


def test_what_cannot_run_is_refused_with_the_reason(client, researcher, evaluation) -> None:
    switched_off = make_model_version(provider=make_provider(enabled=False))
    reply = client.post("/rounds/new/", posted(evaluation, switched_off))
    assert reply.status_code == 422
    assert "is switched off" in text(reply)
    assert not Round.objects.exists()


def test_a_link_prefills_the_form(client, researcher, evaluation) -> None:
    version = make_model_version()
    path = f"/rounds/new/?evaluations={evaluation.evaluation.slug}&versions={version.pk}&versions=x&cap=5"
    page = text(client.get(path))
    assert page.count('type="checkbox" name="evaluations"') == 1
    assert len(client.get(path).context["form"]["versions"].value()) == 1
    assert 'value="5"' in page


def test_the_cost_is_shown_before_anything_starts(client, researcher, evaluation) -> None:
    provider = make_provider("openai_like", base_url="http://127.0.0.1:1/v1")
    version = make_model_version(provider=provider, kind="llm", api_id="m", parameters={})
    make_price(version, "input", "1000000")
    query = {"evaluations": evaluation.evaluation.slug, "versions": version.pk, "cap_unit": "money"}
    reply = client.get("/rounds/preview/", query)
    preview = reply.context["preview"]
    assert preview.calls == 4
    assert preview.cost_low is not None and preview.cost_low > 0
    assert "<html" not in text(reply)
    assert not Round.objects.exists()


def test_without_script_a_button_shows_the_cost(client, researcher, evaluation) -> None:
    body = posted(evaluation, make_model_version(), preview="1")
    reply = client.post("/rounds/new/", body)
    assert (reply.status_code, reply.context["preview"].calls) == (200, 4)
    assert not Round.objects.exists()


def test_an_unfinished_choice_has_no_preview(client, researcher) -> None:
    assert "once an evaluation and a version are ticked" in text(client.get("/rounds/preview/?cap=x"))


def test_a_round_shows_its_runs_spend_and_problems(client, researcher, evaluation) -> None:
    made = make_round(
        cap=Decimal(9), cap_unit="calls", settled=Decimal(4), summary={"problems": ["No price."]}
    )
    make_finished_run([1, 0, 1, 1], evaluation, round=made)
    make_run(evaluation, round=made, state=Run.State.RUNNING)
    page = text(client.get(f"/rounds/{made.pk}/"))
    for words in ("No price.", "9 calls", "4 calls settled", "1 running", "75.0", 'data-live="2"'):
        assert words in page


def test_cancelling_a_round_cancels_every_run_that_moves(client, researcher, evaluation) -> None:
    made = make_round()
    done = make_finished_run([1, 0, 1, 1], evaluation, round=made)
    moving = [make_run(evaluation, round=made) for _ in range(2)]
    client.post(f"/rounds/{made.pk}/cancel/")
    states = dict(Run.objects.values_list("pk", "state"))
    assert [states[run.pk] for run in moving] == ["cancelled", "cancelled"]
    assert states[done.pk] == "done"
    again = client.post(f"/rounds/{made.pk}/cancel/", follow=True)
    assert "is over already" in text(again)


@pytest.mark.parametrize("path", ["/rounds/", "/rounds/{pk}/"])
def test_pages_cost_the_same_for_few_and_many(client, researcher, evaluation, path) -> None:
    sizes = []
    for runs in (1, 4):
        for _ in range(runs):
            made = make_round()
            for _ in range(runs):
                make_finished_run([1, 0, 1, 1], evaluation, round=made)
        with CaptureQueriesContext(connection) as found:
            client.get(path.format(pk=made.pk))
        sizes.append(len(found))
    assert sizes[0] == sizes[1]
