import json
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from config.errors import NotComparable
from config.people.models import Role
from evaluations.models import DatasetVersion, DatasetVersionCase, EvaluationVersion, Run
from evaluations.queries.comparison import compare
from evaluations.statistics import tango
from tests.factories.evaluations import (
    make_cases,
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_prompt_version,
    make_run,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def two_runs(ours: list[Any], theirs: list[Any], **cases: Any) -> tuple[Run, Run]:
    named = cases.get("cases") or len(ours)
    version = make_evaluation_version(make_dataset_version(named), [make_scorer_version(slug="exact")])
    rival = make_model_version(side="competitor", name="v1")
    return make_finished_run(ours, version), make_finished_run(theirs, version, rival)


def test_the_reply_has_the_agreed_shape_and_tangos_interval() -> None:
    a, b = two_runs([1.0] * 30 + [0.0] * 10, [1.0] * 20 + [0.0] * 20)

    reply = compare(a, b, "exact").as_json()

    interval = tango(10, 0, 40, 0.95)
    assert json.loads(json.dumps(reply)) == reply
    assert reply["comparable"] == {"ok": True, "differs": []}
    assert reply["n"] == 40
    assert reply["points"] == {"a": 0.75, "b": 0.5}
    assert reply["difference"] == {
        "point": 0.25,
        "low": interval.low,
        "high": interval.high,
        "confidence": 0.95,
        "method": "tango/1",
    }
    assert reply["counts"] == {"both": 20, "only_a": 10, "only_b": 0, "neither": 10}
    assert reply["missing"] == {"a": 0, "b": 0}
    assert reply["supported"] is True
    assert "25.0 points" in reply["sentence"]
    assert set(reply) == {
        "comparable", "n", "points", "difference", "counts", "missing", "shared_answers", "supported", "sentence", "slices",
        "even", "mixes",
    }  # fmt: skip


def test_a_small_difference_is_not_supported() -> None:
    a, b = two_runs([1.0] * 11 + [0.0] * 9, [1.0] * 10 + [0.0] * 10)

    comparison = compare(a, b, "exact")

    assert comparison.ok
    assert not comparison.supported
    assert comparison.sentence.startswith("Not distinguishable from")


def test_missing_items_count_on_each_side_and_may_undo_support() -> None:
    ours = [1.0] * 30 + [0.0] * 6 + [None] * 4
    theirs: list[Any] = [1.0] * 24 + [0.0] * 16
    a, b = two_runs(ours, theirs)

    comparison = compare(a, b, "exact")

    assert comparison.missing == {"a": 4, "b": 0}
    assert comparison.result.n == 36
    assert not comparison.supported
    assert "10.0 % of the tries are missing, too many for an answer" in comparison.sentence


def test_slices_are_corrected_for_many_comparisons() -> None:
    cases = [{"key": f"c{i}", "slices": {"lang": "de" if i < 40 else "en"}} for i in range(80)]
    a, b = two_runs([0.0] * 20 + [1.0] * 60, [1.0] * 80, cases=cases)

    slices = compare(a, b, "exact").as_json()["slices"]

    assert [line["slice"] for line in slices] == ["lang=de", "lang=en"]
    assert [line["supported"] for line in slices] == [True, False]
    assert slices[0]["difference"]["point"] == -0.5
    assert slices[1]["n"] == 40


def test_one_slice_is_compared_by_itself() -> None:
    cases = [{"key": f"c{i}", "slices": {"lang": "de" if i < 40 else "en"}} for i in range(80)]
    a, b = two_runs([0.0] * 20 + [1.0] * 60, [1.0] * 80, cases=cases)

    comparison = compare(a, b, "exact", slice=("lang", "en"))

    assert (comparison.result.n, comparison.result.point) == (40, 0.0)
    assert comparison.as_json()["slices"] == []


def in_languages(**counts: int) -> list[dict[str, Any]]:
    languages = [language for language, count in counts.items() for _ in range(count)]
    return [{"key": f"c{n:03}", "slices": {"lang": lang}} for n, lang in enumerate(languages)]


def test_a_lead_that_rests_on_one_large_slice_is_said(client: Client) -> None:
    ours, theirs = [1.0] * 80 + [0.0, 0.0, 0.0, 1.0] * 6, [1.0, 1.0, 1.0, 0.0] * 20 + [1.0, 1.0, 0.0, 1.0] * 6
    a, b = two_runs(ours, theirs, cases=in_languages(de=80, fr=12, en=12))
    comparison = compare(a, b, "exact")
    (even,) = comparison.even
    assert (comparison.result.point or 0) > 0 > (even.difference.point or 0)
    assert even.difference.point == pytest.approx((0.25 - 0.5 - 0.5) / 3)
    (note,) = comparison.mix_notes
    assert note.startswith("Ahead over all cases, but behind when every lang counts the same")
    assert comparison.mixes == []
    client.force_login(make_user(Role.PM))
    page = client.get(f"/compare/?run={a.pk}&against={b.pk}").content.decode()
    assert note in page
    assert "every lang the same" in page


def test_unlike_mixes_of_what_was_scored_are_set_on_one_mix() -> None:
    easy, hard = 60, 60
    ours = [1.0] * 54 + [0.0] * 6 + [1.0] * 3 + [0.0] * 9 + [None] * 48
    theirs = [1.0] * 57 + [0.0] * 3 + [1.0] * 20 + [0.0] * 40
    a, b = two_runs(ours, theirs, cases=in_languages(de=easy, fr=hard))
    (mix,) = compare(a, b, "exact").mixes
    assert mix.plain == pytest.approx(57 / 72 - 77 / 120)
    assert mix.difference.point == pytest.approx((120 * (0.9 - 0.95) + 72 * (0.25 - 1 / 3)) / 192)
    assert mix.turned
    assert mix.sentence.startswith("Ahead overall, but behind in every lang: the mix differs.")
    assert compare(a, b, "exact").as_json()["mixes"][0]["turned"]


def next_version(first: DatasetVersion, kept: int, added: int) -> DatasetVersion:
    """The first `kept` cases of a version and some new ones, frozen."""
    cases = [entry.case for entry in first.entries.select_related("case").order_by("position")[:kept]]
    cases += make_cases(first.dataset, [f"new-{number}" for number in range(added)])
    version = DatasetVersion.objects.create(dataset=first.dataset, number=2, case_count=len(cases))
    DatasetVersionCase.objects.bulk_create(
        DatasetVersionCase(version=version, case=case, key=case.key, position=position)
        for position, case in enumerate(cases)
    )
    version.hash, version.frozen_at = "2" * 64, timezone.now()
    version.save()
    return version


def test_two_versions_of_a_dataset_are_compared_on_shared_cases_for_display_only() -> None:
    scorer = make_scorer_version(slug="exact")
    first = make_dataset_version(40)
    second = next_version(first, kept=30, added=5)
    a = make_finished_run([1.0] * 40, make_evaluation_version(first, [scorer]))
    b = make_finished_run([0.0] * 35, make_evaluation_version(second, [scorer]))

    comparison = compare(a, b, "exact", varies="system")

    assert (comparison.result.n, comparison.result.point) == (30, 1.0)
    assert not comparison.supported
    assert "of two versions" in comparison.differs[0]
    assert comparison.sentence.startswith("For display only.")


def test_other_datasets_give_no_numbers() -> None:
    scorer = make_scorer_version(slug="exact")
    a, b = (
        make_finished_run([1.0] * 5, make_evaluation_version(make_dataset_version(5), [scorer])) for _ in "ab"
    )

    reply = compare(a, b, "exact", varies="system").as_json()

    assert reply["comparable"]["ok"] is False
    assert (reply["n"], reply["difference"], reply["supported"]) == (0, None, False)


def pair_of(version_a: EvaluationVersion, version_b: EvaluationVersion, same_model: bool) -> tuple[Run, Run]:
    model = make_model_version()
    a = make_finished_run([1.0] * 10, version_a, model, prompt_version=version_a.prompt_version)
    other = model if same_model else make_model_version()
    return a, make_finished_run([0.0] * 10, version_b, other, prompt_version=version_b.prompt_version)


@pytest.mark.parametrize(
    ("varies", "same_model", "ok"),
    [("model", True, False), ("prompt", True, True), ("prompt", False, False), ("system", False, True)],
)
def test_what_is_meant_to_vary_is_named_and_all_else_must_match(
    varies: Any, same_model: bool, ok: bool
) -> None:
    cases, scorer = make_dataset_version(10), make_scorer_version(slug="exact")
    versions = [
        make_evaluation_version(cases, [scorer], prompt_version=make_prompt_version(slug=f"prompt-of-{side}"))
        for side in "ab"
    ]

    comparison = compare(*pair_of(versions[0], versions[1], same_model), "exact", varies=varies)

    assert comparison.ok is ok
    assert comparison.supported is ok
    assert bool(comparison.differs) is not ok


def test_settings_that_differ_are_named() -> None:
    cases, scorer = make_dataset_version(10), make_scorer_version(slug="exact")
    versions = [
        make_evaluation_version(cases, [scorer], parameters={"temperature": warmth}) for warmth in (0, 1)
    ]

    comparison = compare(*pair_of(versions[0], versions[1], same_model=True), "exact", varies="prompt")

    assert comparison.differs == ["The generation settings differ: temperature."]


def test_scores_of_another_scorer_version_are_not_set_against_each_other() -> None:
    cases = make_dataset_version(10)
    versions = [
        make_evaluation_version(
            cases, [make_scorer_version("pattern", slug="words", config={"pattern": mark})]
        )
        for mark in "ab"
    ]

    comparison = compare(*pair_of(versions[0], versions[1], same_model=True), "words", varies="prompt")

    assert "scores were made by" in comparison.differs[0]
    assert comparison.result.point is None


def test_an_unknown_scorer_or_an_unscored_run_is_refused() -> None:
    a, b = two_runs([1.0] * 5, [1.0] * 5)

    with pytest.raises(NotComparable, match="does not use the scorer"):
        compare(a, b, "wer")
    with pytest.raises(NotComparable, match="no scores"):
        compare(a, make_run(a.evaluation_version), "exact")


def test_it_takes_four_queries(django_assert_num_queries: Any) -> None:
    cases = [{"key": f"c{i}", "slices": {"part": str(i % 7)}} for i in range(70)]
    a, b = two_runs([1.0] * 70, [0.0] * 70, cases=cases)

    with django_assert_num_queries(4):
        compare(a, b, "exact").as_json()


def test_ten_thousand_items_still_take_four_queries(django_assert_num_queries: Any) -> None:
    cases = [{"key": f"c{i}", "slices": {"part": str(i % 20)}} for i in range(10_000)]
    random = np.random.default_rng(5)
    ours, theirs = ((random.random(10_000) < rate).astype(float).tolist() for rate in (0.82, 0.8))
    a, b = two_runs(ours, theirs, cases=cases)

    with django_assert_num_queries(4):
        comparison = compare(a, b, "exact")

    assert comparison.result.n == 10_000


def test_graded_scores_are_counted_by_their_pass_mark() -> None:
    scorer = make_scorer_version("external", slug="grade", value_kind="bounded", pass_mark=0.5)
    evaluation = make_evaluation_version(make_dataset_version(4), [scorer])
    a, b = (make_finished_run(values, evaluation) for values in ([0.9, 0.8, 0.1, 0.2], [0.7, 0.1, 0.9, 0.3]))

    assert compare(a, b, "grade").as_json()["counts"] == {"both": 1, "only_a": 1, "only_b": 1, "neither": 1}
