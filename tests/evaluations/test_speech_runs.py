"""Speech from end to end: a run's workers speak and listen for real, what they made is scored, and a verdict follows."""

import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from capabilities.models import Verdict
from capabilities.services.judging import judge_run
from evaluations.models import Blob, EvaluationVersion, ModelVersion, Run, RunVector, Score
from evaluations.providers import process
from evaluations.providers.children import Children
from evaluations.providers.speech import flite
from evaluations.queries.samples import Wanted, samples
from evaluations.services.runs import start_run
from evaluations.services.scorers import create_scorer_version
from tests.engine import work_off
from tests.factories.capabilities import make_requirement, make_verification
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_provider,
)
from tests.factories.media import make_media
from tests.factories.people import make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed here"),
]
SENTENCES = (
    "go forward ten meters",
    "call my brother after dinner",
    "turn on the light in the kitchen",
    "play some music by the beatles",
)
CRASHING = Children("tests.evaluations.providers.bad_models")


def fragile(case_input: Any, parameters: Mapping[str, Any]) -> str:
    """A recogniser whose native code goes wrong on one case, in the way the version's parameter says."""
    if "music" in case_input:
        CRASHING.ask(parameters["fault"], {}, b"", 0.5)
    return str(case_input)


@pytest.fixture
def fragile_recogniser() -> Iterator[None]:
    process._registered()["fragile"] = EntryPoint("fragile", f"{__name__}:fragile", process.GROUP)
    yield
    process._registered.cache_clear()
    process.get_callable.cache_clear()


def local(kind: str, api_id: str, **parameters: Any) -> ModelVersion:
    return make_model_version(
        provider=make_provider("process", max_concurrency=2), kind=kind, api_id=api_id, parameters=parameters
    )


def evaluation(cases: list[dict[str, Any]], *kinds: str) -> EvaluationVersion:
    scorers = [
        create_scorer_version(actor=None, slug=kind.replace("_", "-"), kind=kind, config={}) for kind in kinds
    ]
    return make_evaluation_version(make_dataset_version(cases), scorers)


def recorded() -> list[dict[str, Any]]:
    """Cases with the sound of each sentence, spoken by flite."""
    return [
        {
            "key": f"case-{number}",
            "input": text,
            "target": text,
            "attachments": [make_media(flite(text, {"voice": "slt"}).media).sha256],
        }
        for number, text in enumerate(SENTENCES)
    ]


def ran(version: EvaluationVersion, model: ModelVersion) -> Run:
    return work_off(start_run(actor=None, evaluation_version=version, model_version=model), longest_wait=10)


def output(run: Run) -> Blob:
    """The answer to the first case."""
    found = run.responses.order_by("pk")[0].output
    assert found is not None
    return found


def rate(run: Run, slug: str) -> float:
    rows = Score.objects.filter(response__run=run, scorer_version__scorer__slug=slug)
    return sum(row.numerator for row in rows) / sum(row.denominator for row in rows)


def test_a_recogniser_listens_is_scored_and_gets_its_verdict() -> None:
    version = evaluation(recorded(), "wer", "real_time_factor")
    scorer = version.scorers.get(scorer__slug="wer")
    requirement = make_requirement(
        approved=True, criteria=[{"scorer": scorer.scorer, "statistic": "ratio", "threshold": 0.9}]
    )
    make_verification(requirement.revisions.get().criteria.get(), version)
    run = ran(version, local("asr", "pocketsphinx"))
    assert (run.state, run.done, run.failed) == (Run.State.DONE, 4, 0)
    words = Score.objects.filter(response__run=run, scorer_version=scorer)
    assert sum(score.denominator for score in words) == sum(len(text.split()) for text in SENTENCES)
    assert rate(run, "wer") < 0.4
    assert 0 < rate(run, "real-time-factor") < 20
    assert RunVector.objects.filter(run=run).count() == 2
    judge_run(run)
    verdict = Verdict.objects.get(run=run)
    assert verdict.point == pytest.approx(rate(run, "wer"))
    assert verdict.outcome == "met"


def test_a_voice_speaks_is_listened_to_and_its_sound_is_kept_by_its_hash() -> None:
    cases = [
        {"key": f"case-{number}", "input": text, "target": text} for number, text in enumerate(SENTENCES)
    ]
    run = ran(evaluation(cases, "speech_wer", "real_time_factor"), local("tts", "flite", voice="slt"))
    assert (run.state, run.done) == (Run.State.DONE, 4)
    assert rate(run, "speech-wer") < 0.4
    assert 0 < rate(run, "real-time-factor") < 1
    sound = output(run)
    assert (sound.media_type, sound.content[:4]) == ("audio/wav", b"RIFF")
    first = samples(run, Wanted())[0]
    assert first.answer is not None
    assert (first.answer.output, first.answer.media_type) == (None, "audio/wav")


def test_the_sample_page_plays_what_was_spoken(client: Client) -> None:
    run = ran(evaluation([{"key": "one", "input": "Hello."}], "real_time_factor"), local("tts", "flite"))
    client.force_login(make_user("admin"))
    digest = output(run).sha256
    page = client.get(reverse("evaluations:run-samples", args=[run.pk]), {"case": "one"}).content.decode()
    assert page.count(f'<audio src="{reverse("evaluations:media", args=[digest])}"') == 2
    sound = client.get(reverse("evaluations:media", args=[digest]))
    assert (sound.status_code, sound["Content-Type"]) == (200, "audio/wav")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("crash", "its process was ended by SIGSEGV"),
        ("hang", "it took longer than 0.5 seconds and was ended"),
    ],
)
@pytest.mark.usefixtures("fragile_recogniser")
def test_a_recogniser_that_breaks_on_one_case_leaves_that_one_missing_and_says_why(
    fault: str, words: str, client: Client
) -> None:
    cases = [
        {"key": f"case-{number}", "input": text, "target": text} for number, text in enumerate(SENTENCES)
    ]
    run = ran(evaluation(cases, "wer"), local("asr", "fragile", fault=fault))
    assert (run.state, run.done, run.failed) == (Run.State.PARTIAL, 3, 1)
    assert Score.objects.filter(response__run=run, numerator=0).count() == 3
    client.force_login(make_user("admin"))
    page = client.get(reverse("evaluations:run-samples", args=[run.pk]), {"show": "missing"}).content.decode()
    assert words in page
