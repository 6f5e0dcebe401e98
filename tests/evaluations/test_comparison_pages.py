import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import Exposure
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_prompt_version,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
BETTER = [1] * 38 + [0] * 2
WORSE = [1] * 18 + [0] * 22


@pytest.fixture
def reader(client):
    person = make_user("viewer", may_read_test=True)
    client.force_login(person)
    return person


@pytest.fixture
def evaluation():
    cases = [{"key": f"c{n:02}", "slices": {"lang": "de" if n % 2 else "fr"}} for n in range(40)]
    return make_evaluation_version(make_dataset_version(cases))


def address(a, b, **more) -> str:
    rest = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/compare/?run={a.pk}&against={b.pk}{rest}"


def text(reply) -> str:
    return " ".join(reply.content.decode().split())


def test_strangers_are_asked_to_sign_in(client) -> None:
    assert client.get("/compare/").url == "/sign-in/?next=/compare/"


def test_without_runs_it_says_what_to_do(client, reader) -> None:
    assert "Nothing to compare yet" in text(client.get("/compare/"))


def test_runs_that_are_ready_are_offered_as_a_set(client, reader, evaluation) -> None:
    a, b = make_finished_run(BETTER, evaluation), make_finished_run(WORSE, evaluation)
    assert {run.pk for run in client.get("/compare/").context["sets"][0]} == {a.pk, b.pk}


def test_a_supported_difference_says_who_is_better(client, reader, evaluation) -> None:
    a, b = make_finished_run(BETTER, evaluation), make_finished_run(WORSE, evaluation)
    reply = client.get(address(a, b))
    page = text(reply)
    assert "Supported: A is better" in page and "+50.0" in page
    assert "Supported: A is worse" in text(client.get(address(b, a)))
    assert reply.context["header"].counts.only_a == 20


def test_a_difference_that_is_not_supported_stays_grey(client, reader, evaluation) -> None:
    a, b = make_finished_run(BETTER, evaluation), make_finished_run([1] * 37 + [0] * 3, evaluation)
    page = text(client.get(address(a, b)))
    assert "Not distinguishable" in page
    assert 'class="big unsupported"' in page
    assert "smallest gap these cases can show" in page


def test_facets_lead_to_the_samples_side_by_side(client, reader, evaluation) -> None:
    a, b = make_finished_run(BETTER, evaluation), make_finished_run(WORSE, evaluation)
    reply = client.get(address(a, b, show="won"))
    counts = {facet.label: facet.count for facet in reply.context["facets"]}
    assert (counts["A right, B wrong"], counts["both right"], counts["both wrong"]) == (20, 18, 2)
    assert len(reply.context["pairs"]) == 20
    assert client.get(address(a, b, show="lost")).context["pairs"] == []


def test_what_else_differs_stands_in_amber(client, reader, evaluation) -> None:
    prompted = make_evaluation_version(
        evaluation.dataset_version, list(evaluation.scorers.all()), prompt_version=make_prompt_version()
    )
    a, b = make_finished_run(BETTER, evaluation), make_finished_run(WORSE, prompted)
    page = text(client.get(address(a, b, varies="model")))
    assert "For display only: all else does not match." in page and "The prompts differ" in page
    assert "Supported:" not in page
    assert "all else matches" in text(client.get(address(a, b, varies="system")))


def test_one_model_with_two_prompts_is_a_comparison_of_prompts(client, reader, evaluation) -> None:
    prompted = make_evaluation_version(
        evaluation.dataset_version, list(evaluation.scorers.all()), prompt_version=make_prompt_version()
    )
    a = make_finished_run(BETTER, evaluation)
    b = make_finished_run(WORSE, prompted, a.model_version)
    assert client.get(address(a, b)).context["chosen"].varies == "prompt"


def test_nonsense_in_the_address_is_said(client, reader, evaluation) -> None:
    a = make_finished_run(BETTER, evaluation)
    other = make_finished_run([1, 0])
    assert "There is no finished run 77" in text(client.get(f"/compare/?run={a.pk}&against=77"))
    assert "share no scorer" in text(client.get(address(a, other)))
    assert "A slice needs its name" in text(client.get(address(a, a, slice="lang")))


def test_versions_and_an_evaluation_lead_to_their_newest_runs(client, reader, evaluation) -> None:
    a, b = make_finished_run(BETTER, evaluation), make_finished_run(WORSE, evaluation)
    asked = {"evaluation": str(evaluation), "version": a.model_version.label}
    reply = client.get("/compare/", {**asked, "against_version": b.model_version.label, "show": "won"})
    assert reply.url == f"/compare/?show=won&run={a.pk}&against={b.pk}"
    lost = client.get("/compare/", {**asked, "against_version": "nobody@1"})
    assert lost.url == f"/compare/?run={a.pk}"


def test_test_content_needs_the_permission_and_leaves_a_note(client, evaluation) -> None:
    a, b = make_finished_run(BETTER, evaluation), make_finished_run(WORSE, evaluation)
    client.force_login(make_user("pm"))
    page = text(client.get(address(a, b)))
    assert "Only hashes and scores" in page and "an answer" not in page
    assert not Exposure.objects.exists()
    client.force_login(make_user("viewer", may_read_test=True))
    assert "an answer" in text(client.get(address(a, b)))
    assert Exposure.objects.get().samples == 20


@pytest.mark.parametrize(("kind", "first"), [("csv", b"Slice,Cases,Difference"), ("svg", b"<svg ")])
def test_the_slices_are_downloaded(client, reader, evaluation, kind, first) -> None:
    a, b = make_finished_run(BETTER, evaluation), make_finished_run(WORSE, evaluation)
    reply = client.get(f"/compare/slices.{kind}?run={a.pk}&against={b.pk}")
    assert b"".join(reply).startswith(first)
    assert f"runs-{a.pk}-{b.pk}-slices.{kind}" in reply.headers["Content-Disposition"]
    assert client.get(f"/compare/slices.{kind}?run={a.pk}").status_code == 404


def test_a_comparison_costs_the_same_for_few_and_many_cases(client, reader) -> None:
    sizes = []
    for cases in (4, 40):
        version = make_evaluation_version(make_dataset_version(cases), [make_scorer_version()])
        a, b = make_finished_run([1, 0] * (cases // 2), version), make_finished_run([1] * cases, version)
        with CaptureQueriesContext(connection) as made:
            client.get(address(a, b))
        sizes.append(len(made))
    assert sizes[0] == sizes[1]
