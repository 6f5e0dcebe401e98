"""One row of everything, for calls to every route: what fills their arguments and their bodies."""

import json
from dataclasses import dataclass, field
from decimal import Decimal

from capabilities.models import BulkChange, Objective, Product, Requirement, Verification
from capabilities.services.gate import record_gate
from capabilities.services.letters import token_of
from config.people.models import Role, SavedView
from evaluations.models import Run
from evaluations.services.budgets import save_budget
from evaluations.services.lab import create_sheet
from evaluations.services.schedules import save_schedule
from tests.evaluations.made_logs import eval_log, sample
from tests.factories.capabilities import (
    make_assessment,
    make_baseline,
    make_capability,
    make_comment,
    make_discovery,
    make_evidence,
    make_link,
    make_problem,
    make_remark,
    make_requirement,
    make_review,
    make_review_request,
    make_rival_set,
    make_shared_link,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import (
    make_claimed_score,
    make_failure_mode,
    make_finished_run,
    make_imported_log,
    make_log_upload,
    make_model_version,
    make_prompt_version,
    make_provider,
    make_round,
    make_suite,
)
from tests.factories.media import make_open_media
from tests.factories.people import make_letter, make_notice, make_token, make_user
from tests.routes import Call


@dataclass(frozen=True)
class World:
    """values: by noun, what fills the arguments of routes; bodies: what names the product where no argument does."""

    product: Product
    values: dict[str, object]
    bodies: dict[str, dict[str, object]] = field(default_factory=dict)

    def body(self, call: Call) -> bytes:
        if not call.route.is_api:
            return b""
        given = self.bodies.get(call.route.name) if call.method == "POST" else None
        return json.dumps(given).encode() if given else b""

    def address(self, call: Call) -> str:
        """Pages without an argument stand in the product the address names."""
        return f"{call.route.path(self.values)}?product={self.product.key}"


def make_world(product: Product) -> World:
    """One row of everything, hanging together."""
    own = make_model_version(kind="llm")
    product.subject_models.add(own.model)
    verification = make_evidence(product=product)
    run = make_finished_run([1.0] * 3, verification.evaluation_version, own)
    values = facts_about(run, product.key) | judgements_by(verification, run)
    return World(product, values, bodies_for(values))


def judgements_by(verification: Verification, run: Run) -> dict[str, object]:
    """What the product owns."""
    requirement = verification.criterion.revision.requirement
    product, own = requirement.product, run.model_version
    Product.objects.filter(pk=product.pk).update(candidate_version=own)
    baseline = make_baseline(product, [requirement])
    ability = make_capability(product, name=f"{product.name} ability")
    review = make_review(requirement.revisions.get())
    asked = make_review_request(requirement.revisions.get())
    link = make_link(requirement, make_requirement(product, revision={"title": f"{product.name} need"}))
    return {
        "links/pk": link.pk,
        "links/link": link.pk,
        "requirements/key": requirement.key,
        "criteria/criterion": "AC-1",
        "criteria/criterion_key": "AC-1",
        "evidence/pk": verification.pk,
        "revisions/number": 1,
        "templates/slug": "rag-answers",
        "requirement-packs/slug": "rag-answers",
        "reviews/pk": review.pk,
        "reviews/review": review.pk,
        "review-requests/pk": asked.pk,
        "review-requests/asked": asked.pk,
        "notices/pk": make_notice(product=product.key).pk,
        "mail/pk": make_letter().pk,
        "letters/pk": make_letter().pk,
        "unsubscribe/token": token_of(make_user()),
        "comments/pk": make_comment(requirement, kind="question").pk,
        "waivers/pk": make_waiver(requirement).pk,
        "remarks/pk": make_remark(requirement).pk,
        **discovered(requirement, run),
        **list_things(requirement, run),
        "rows/number": 1,
        "products/key": product.key,
        "capabilities/slug": ability.slug,
        "capabilities/pk": ability.pk,
        "objectives/pk": Objective.objects.create(product=product, title=f"{product.name} goal").pk,
        "problems/key": make_assessment(make_problem(product, title=f"{product.name} struggle")).problem.key,
        "rival-sets/pk": make_rival_set(product).pk,
        "verdicts/pk": make_verdict(verification, run).pk,
        "baselines/key": baseline.key,
        "shared/pk": make_shared_link(product)[0].pk,
        "shared-links/pk": make_shared_link(product)[0].pk,
        "status/token": make_shared_link(product)[1],
        "decisions/pk": record_gate(actor=None, baseline=baseline, model_version=own).pk,
    }


def discovered(requirement: Requirement, run: Run) -> dict[str, object]:
    """A discovery, spotted in an answer."""
    made = make_discovery(requirement.product, run.responses.earliest("pk"))
    return {"discoveries/key": made.key, "discoveries/pk": made.pk}


def list_things(requirement: Requirement, run: Run | None = None) -> dict[str, object]:
    """What the list of requirements keeps: a change of many, a shared view."""
    product, owner = requirement.product, make_user(Role.PM)
    row = {"ids": [requirement.pk], "before": {}, "after": {}}
    change = BulkChange.objects.create(product=product, actor=owner, rows=[row], count=1)
    view = SavedView.objects.create(
        owner=owner, page="requirements", product=product.key, name="Open", shared=True
    )
    sheet = create_sheet(actor=owner, name=f"{product.name} sheet", product=product.key)
    sheet.runs.set([run] if run else [])
    return {
        "lab/pk": sheet.pk,
        "lab-sheets/pk": sheet.pk,
        "changes/pk": change.pk,
        "bulk-changes/pk": change.pk,
        "views/pk": view.pk,
        "saved-views/pk": view.pk,
    }


def facts_about(run: Run, name: str) -> dict[str, object]:
    """What everybody shares."""
    evaluation_version, own = run.evaluation_version, run.model_version
    dataset_version = evaluation_version.dataset_version
    evaluation = evaluation_version.evaluation
    suite = make_suite([evaluation])
    schedule = save_schedule(actor=None, name=f"Nightly {name}", suite=suite, cron="30 2 * * *", zone="UTC")
    return {
        "datasets/slug": dataset_version.dataset.slug,
        "v/number": dataset_version.number,
        "cases/pk": dataset_version.entries.earliest("pk").pk,
        "cases/key": dataset_version.entries.earliest("pk").key,
        "evaluations/slug": evaluation.slug,
        "evaluations/evaluation": evaluation.slug,
        "media/sha256": make_open_media(),
        "models/slug": own.model.slug,
        "versions/pk": own.pk,
        "versions/name": own.name,
        "model-versions/version": own.pk,
        "prompts/slug": make_prompt_version().prompt.slug,
        "providers/slug": make_provider().slug,
        "scorers/slug": evaluation_version.scorers.get().scorer.slug,
        "claimed-scores/pk": make_claimed_score(own, evaluation_version).pk,
        "logs/pk": make_imported_log().pk,
        "import/pk": (upload := make_log_upload(eval_log([sample(1)]))).pk,
        "log-imports/pk": upload.pk,
        "failure-modes/slug": make_failure_mode().slug,
        "suites/slug": suite.slug,
        "rounds/pk": make_round().pk,
        "runs/pk": run.pk,
        "schedules/pk": schedule.pk,
        "budgets/pk": save_budget(actor=None, scope="schedule", schedule=schedule, cap=Decimal(5)).pk,
        "members/pk": make_user(Role.VIEWER).pk,
        "tokens/pk": make_token()[0].pk,
    }


def bodies_for(values: dict[str, object]) -> dict[str, dict[str, object]]:
    """By route of the API: what names the product where no argument does."""
    nouns = (
        "capability",
        "objective",
        "problem",
        "requirement",
        "rival-set",
        "baseline",
        "shared-link",
        "discovery",
    )
    return {
        **{f"api-{noun}-list": {"product": values["products/key"]} for noun in nouns},
        "api-discovery-suggested": {"product": values["products/key"]},
        "api-discovery-retry": {"product": values["products/key"]},
        "api-pack-drafts": {"product": values["products/key"], "templates": ["rag-citations"]},
        "api-review-withdraw": {"reason": "It was measured wrongly."},
        **{
            f"api-bulk-change-{verb}": {"product": values["products/key"], "keys": [], "priority": "must"}
            for verb in ("list", "preview")
        },
        "api-expectations": {"requirement": values["requirements/key"]},
        "api-waiver-list": {"requirement": values["requirements/key"]},
        "api-gate": {
            "baseline": values["baselines/key"],
            "version": str(values["model-versions/version"]),
        },
    }
