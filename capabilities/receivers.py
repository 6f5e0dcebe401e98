"""What follows an announcement: a message to a worker. The broker may be away; the sweep judges what was missed."""

from typing import Any

from django.dispatch import receiver

from capabilities import signals
from capabilities.models import Verification
from capabilities.services.settling import look
from capabilities.tasks import (
    confirm_run_task,
    judge_by_labels_task,
    judge_product_task,
    judge_run_task,
    judge_verification_task,
    tell_task,
)
from config.publishing import publish
from evaluations.models import Run
from evaluations.services.settling import Targets
from evaluations.signals import answers_labelled, look_due, model_changed, run_finished


@receiver(run_finished)
def judge_finished_run(run_id: int, **_: Any) -> None:
    publish(judge_run_task, run_id)


@receiver(look_due)
def look_at_targets(run: Run, **_: Any) -> Targets:
    """The one question among the announcements: the run waits for the answer."""
    return look(run)


@receiver(answers_labelled)
def judge_what_was_labelled(scorer_version_id: int, **_: Any) -> None:
    publish(judge_by_labels_task, scorer_version_id)


@receiver(signals.verification_linked)
def judge_linked_evidence(verification_id: int, **_: Any) -> None:
    publish(judge_verification_task, verification_id)


@receiver(signals.revision_approved)
def judge_approved_revision(revision_id: int, **_: Any) -> None:
    linked = Verification.objects.filter(criterion__revision=revision_id)
    for verification_id in linked.values_list("pk", flat=True):
        publish(judge_verification_task, verification_id)


@receiver(signals.confirmation_wanted)
def order_confirming_run(run_id: int, **_: Any) -> None:
    publish(confirm_run_task, run_id)


@receiver(signals.comparison_changed)
def judge_against_others(product_id: int, **_: Any) -> None:
    publish(judge_product_task, product_id)


@receiver([signals.comment_said, signals.verdict_changed, model_changed])
def tell_people(**_: Any) -> None:
    """The rest is told by the sweep, seconds later."""
    publish(tell_task)
