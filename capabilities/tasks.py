"""Doors for workers: ids in, one service, nothing out. Each is safe to run twice; the sweep finds what a lost message left."""

from celery import shared_task
from django.db import OperationalError

from capabilities.models import Product, Verification
from capabilities.services.confirmations import confirm_run, confirm_waiting_runs
from capabilities.services.judging import (
    judge_by_labels,
    judge_evidence,
    judge_product,
    judge_run,
    judge_unjudged_runs,
)
from capabilities.services.letters import gather_letters, send_letters
from capabilities.services.new_models import look_for_new_models
from capabilities.services.standings import refresh_due
from capabilities.services.telling import tell_due, tell_of_dates
from evaluations.models import Run, ScorerVersion


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def judge_run_task(run_id: int) -> None:
    judge_run(Run.objects.get(pk=run_id))


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def judge_verification_task(verification_id: int) -> None:
    for verification in Verification.objects.filter(pk=verification_id):
        judge_evidence(verification)


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def judge_product_task(product_id: int) -> None:
    judge_product(Product.objects.get(pk=product_id))


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def judge_by_labels_task(scorer_version_id: int) -> None:
    judge_by_labels(ScorerVersion.objects.select_related("scorer", "judge").get(pk=scorer_version_id))


@shared_task
def judge_unjudged_runs_task() -> None:
    judge_unjudged_runs()
    confirm_waiting_runs()


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def confirm_run_task(run_id: int) -> None:
    confirm_run(Run.objects.get(pk=run_id))


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=2)
def refresh_standings_task() -> None:
    refresh_due()


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=2)
def tell_task() -> None:
    tell_due()


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=2)
def tell_of_dates_task() -> None:
    tell_of_dates()


@shared_task
def look_for_models_task() -> None:
    look_for_new_models()


@shared_task
def mail_task() -> None:
    gather_letters()
    send_letters()
