"""Speech in the demo: it is spoken and heard on this machine, and each of its evaluations ends in verdicts."""

import pytest

from capabilities.demo import load_demo
from capabilities.models import Verdict
from capabilities.services.judging import judge_unjudged_runs
from evaluations.demo.speech import COMMANDS, SPEEDS, VOICES, speak_commands
from evaluations.models import Blob, DatasetVersionCase, MediaUse, Run, Score
from tests.engine import work_off
from tests.factories.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EVALUATIONS = ("hearing-commands", "speaking-answers")


def test_commands_are_spoken_with_the_same_bytes_every_time() -> None:
    first, again = speak_commands(), speak_commands()
    assert first == again
    assert len({sound for sound, _, _ in first}) == len(COMMANDS)
    assert {(voice, speed) for _, voice, speed in first} == {
        (voice, speed) for voice in VOICES for speed in SPEEDS
    }


def test_every_speech_evaluation_of_the_demo_ends_with_verdicts() -> None:
    load_demo(make_user("admin"))
    runs = Run.objects.filter(evaluation_version__evaluation__slug__in=EVALUATIONS)
    assert {work_off(run).state for run in runs} == {Run.State.DONE}
    while judge_unjudged_runs():
        pass
    verdicts = Verdict.objects.filter(run__in=runs)
    assert {verdict.run.evaluation_version.evaluation.slug for verdict in verdicts} == set(EVALUATIONS)
    own = verdicts.filter(model_version__model__side="own")
    assert {"met", "not_met"} & set(own.values_list("outcome", flat=True))
    scored = Score.objects.filter(response__run__in=runs)
    assert not scored.filter(denominator=0).exists()
    spoken = Blob.objects.filter(media_type="audio/wav")
    assert spoken.count() >= len(COMMANDS)
    assert MediaUse.objects.filter(dataset__slug="hearing-commands").count() == len(COMMANDS)
    heard = DatasetVersionCase.objects.filter(version__dataset__slug="hearing-commands")
    assert {entry.case.slices["voice"] for entry in heard.select_related("case")} == set(VOICES)
