import pytest
from django.db.models import F
from django.test import TestCase

from capabilities.demo import conclude_discoveries, conclude_problems, load_demo
from capabilities.models import Comment, Discovery, Link, Problem, Product, Verdict
from capabilities.queries.discoveries import history_of
from capabilities.queries.discovery_rates import rates_of
from capabilities.queries.expectations import expectations_of
from capabilities.queries.problems import problem_page
from capabilities.queries.products import judged_versions
from capabilities.queries.requirements import filter_from, requirement_list
from capabilities.queries.training import series_of, training_of, training_runs
from capabilities.services.judging import judge_unjudged_runs
from capabilities.services.standings import refresh_due
from config.people.models import User
from evaluations.demo.speech import COMMANDS, SPEEDS, VOICES, speak_commands
from evaluations.models import Blob, DatasetVersionCase, LabSheet, MediaUse, Model, Round, Run, Score
from evaluations.queries.lab import answers_of
from tests.engine import work_off
from tests.factories.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SPEECH = ("hearing-commands", "speaking-answers")


class TestMeasuredDemo(TestCase):
    """The demo after its runs really ran, on this machine, with no key: once for all that is asked of it."""

    concluded = False
    loaded: list[Round] = []

    @classmethod
    def setUpTestData(cls) -> None:
        admin = make_user("admin")
        cls.loaded = load_demo(admin)
        for _ in range(5):
            for run in Run.objects.moving():
                work_off(run)
            conclude_discoveries(admin)
        while judge_unjudged_runs():
            pass
        refresh_due()
        cls.concluded = conclude_problems(User.objects.get(is_superuser=True))

    def test_the_demo_concludes_of_two_problems_by_runs_that_bear_it_out(self):
        assert self.concluded
        pages = {problem.key: problem_page(problem) for problem in Problem.objects.select_related("product")}
        assert [page.row.conclusion for page in pages.values()] == ["rules", "ai"]
        assert [page.row.problem.state for page in pages.values()] == ["assessed", "adopted"]
        looked = [page.now for page in pages.values() if page.now]
        readings = [reading.comparison for one in looked for reading in one.evidence]
        assert len(readings) == 3
        assert all(one and one.supported and (one.result.point or 0.0) > 0 for one in readings)
        assert not any(page.row.newer for page in pages.values())
        assert [link.requirement.lifecycle for link in pages["VA-P2"].links] == ["draft"]

    def test_the_demo_packaged_one_discovery_and_dismissed_another(self):
        assert conclude_discoveries(User.objects.get(is_superuser=True))
        packaged, dismissed = Discovery.objects.order_by("pk")
        assert (packaged.state, dismissed.state) == ("packaged", "dismissed")
        steps = {step.kind: step for step in history_of(packaged)}
        assert list(steps) == ["spotted", "tried", "reproduced", "measured", "characterised", "packaged"]
        ours, rules = steps["reproduced"].detail["rates"]
        assert ours["judged"] == rules["judged"] == 11
        assert ours["low"] > 0.5 > rules["high"]
        measures = steps["characterised"].detail["measures"]
        assert any(line["continuous"] and line["low"] is not None for line in measures)
        assert (
            Discovery.objects.filter(
                requirement__lifecycle="draft",
                requirement__capability__name="Reasons for a reading",
                evaluation_version__prompt_version=F("evidence__run__prompt_version"),
            ).get()
            == packaged
        )
        assert {run.state for run in Run.objects.filter(pk__in=steps["packaged"].runs)} == {"done"}
        [tried] = dismissed.evidence.filter(kind="tried")
        rates = {rate.version.label: rate for rate in rates_of(tried)}
        assert rates["review-rules@1"].good == 1
        assert not any(rate.proven for rate in rates.values())

    def test_the_demo_shows_a_requirement_in_every_state(self):
        product = Product.objects.get()
        states = list(requirement_list(product, judged_versions(product), filter_from({})))
        coverage = {state.coverage for state in states}
        assert set(Run.objects.values_list("state", flat=True)) == {"done"}
        assert {"met", "not_met", "inconclusive", "no_data"} <= {state.outcome for state in states}
        assert any(state.outcome == "met" and state.trend == "regressed" for state in states)
        assert any(state.freshness == "needs_recheck" for state in states)
        assert any(state.waived for state in states)
        assert {"never_run", "not_measurable", "no_criterion", "measured"} <= coverage
        assert {"draft", "in_review", "approved", "deferred"} == {
            state.requirement.lifecycle for state in states
        }
        assert len({state.requirement.kind for state in states}) >= 4
        assert [state.outcome for state in states if state.requirement.kind == "lmm"] == ["met"]
        assert any(state.gap and state.gap.against != "target" for state in states)
        assert set(Link.objects.values_list("kind", flat=True)) == {"refines", "depends_on"}
        assert any(state.revision.examples for state in states)

    def test_the_demo_expected_what_it_found_or_did_not(self):
        found = expectations_of(Product.objects.get())
        assert sum(one.settled for one in found) >= 2
        assert any(one.standing == "open" and one.version is None for one in found)
        assert not any(one.late for one in found)

    def test_the_demo_has_a_training_run_whose_checkpoints_were_measured(self):
        model = Model.objects.get(slug="aria-drive-next")
        [run] = training_runs(model)
        found = training_of(model, run.name, Product.objects.all())
        series = series_of(found, found.criteria)
        assert series and all(len(one.measured) == run.checkpoints == 4 for one in series)

    def test_the_demo_compares_a_vague_and_an_exact_prompt_in_the_lab(self):
        sheet = LabSheet.objects.get()
        found = answers_of(sheet, sheet.owner)
        by_label = {column.label: column for column in found.columns}
        vague, exact = by_label["A · review-follower@1"], by_label["B · review-follower@1"]
        valid, right = ([(rate.passed, rate.scored) for rate in column.rates] for column in (vague, exact))
        assert vague.reads_prompt and not by_label["A · review-rules@1"].reads_prompt
        assert valid == [(0, 12), (0, 12)]
        assert right[0] == (12, 12) and 0 < right[1][0] < 12
        assert Run.objects.judgeable().filter(origin="lab").count() == 0

    def test_the_demo_shows_people_talking(self):
        assert Comment.objects.open_questions().get().asked == "research"
        assert Comment.objects.filter(replies__is_answer=True, resolved_at__isnull=False).exists()
        assert Comment.objects.get(kind="decision").withdrawn_at is None

    def test_loading_the_demo_again_changes_nothing(self):
        assert self.loaded
        assert load_demo(User.objects.get(is_superuser=True)) == []
        assert Product.objects.count() == 1

    def test_commands_are_spoken_with_the_same_bytes_every_time(self):
        first, again = speak_commands(), speak_commands()
        assert first == again
        assert len({sound for sound, _, _ in first}) == len(COMMANDS)
        assert {(voice, speed) for _, voice, speed in first} == {
            (voice, speed) for voice in VOICES for speed in SPEEDS
        }

    def test_every_speech_evaluation_of_the_demo_ends_with_verdicts(self):
        """Speech is spoken and heard on this machine."""
        runs = Run.objects.filter(evaluation_version__evaluation__slug__in=SPEECH)
        assert {run.state for run in runs} == {Run.State.DONE}
        verdicts = Verdict.objects.filter(run__in=runs)
        assert {verdict.run.evaluation_version.evaluation.slug for verdict in verdicts} == set(SPEECH)
        own = verdicts.filter(model_version__model__side="own")
        assert {"met", "not_met"} & set(own.values_list("outcome", flat=True))
        assert not Score.objects.filter(response__run__in=runs, denominator=0).exists()
        assert Blob.objects.filter(media_type="audio/wav").count() >= len(COMMANDS)
        assert MediaUse.objects.filter(dataset__slug="hearing-commands").count() == len(COMMANDS)
        heard = DatasetVersionCase.objects.filter(version__dataset__slug="hearing-commands")
        assert {entry.case.slices["voice"] for entry in heard.select_related("case")} == set(VOICES)


def test_a_site_with_a_product_of_its_own_gets_no_demo():
    Product.objects.create(key="OWN", name="Ours")
    assert load_demo(make_user("admin")) == []
    assert Product.objects.count() == 1
