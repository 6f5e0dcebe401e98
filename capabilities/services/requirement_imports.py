"""Requirements from a file: everything or nothing, through the same services as a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from capabilities.importers import Mistake, RequirementFile
from capabilities.models import Product, Requirement
from capabilities.queries.import_names import Names, Wishes
from capabilities.queries.import_plan import ImportPlan, PlannedRow, plan_import
from capabilities.queries.requirement_files import newest_revisions
from capabilities.services.capabilities import create_capability, create_objective
from capabilities.services.checking import AtFault
from capabilities.services.criteria import remove_criterion, save_criterion
from capabilities.services.links import Linking, add_links, remove_link
from capabilities.services.making import Making, create_requirements
from capabilities.services.products import create_rival_set
from capabilities.services.requirements import put_aside, set_fields_of
from capabilities.services.revisions import edit_revisions, open_revision, open_revisions
from config.errors import Conflict, Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import Model

Result = TypeVar("Result")
ASIDE = {"deferred": "deferred", "rejected": "rejected", "retired": "rejected"}


class ImportRefused(Refused):
    """The file has mistakes and nothing was imported; `mistakes` names them by line."""

    code = "mistakes"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(
            "Nothing was imported: the file has mistakes. Mend them, or ask for the good rows only.",
            fields={"mistakes": [{"line": one.line, "reason": one.reason} for one in mistakes]},
        )
        self.mistakes = mistakes


class ChangedMeanwhile(Conflict):
    """What was looked at is no longer what would be done."""

    code = "changed_meanwhile"


@dataclass(frozen=True)
class Imported:
    """Keys of what was made and changed; other_fingerprints: keys whose text here has another fingerprint than in the file."""

    created: Sequence[str]
    changed: Sequence[str]
    unchanged: int
    left_out: int
    other_fingerprints: Sequence[str]


@transaction.atomic
def import_requirements(
    *,
    actor: User | None,
    product: Product,
    file: RequirementFile,
    wishes: Wishes | None = None,
    only_good: bool = False,
    seen: str = "",
) -> Imported:
    """Write every row that is new or differs. seen: of the plan somebody looked at.

    Raises ImportRefused for mistakes (unless only the good rows are asked for), ChangedMeanwhile when somebody changed a requirement since.
    """
    product = Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
    list(
        Requirement.objects.select_for_update(of=("self",))
        .filter(product=product)
        .values_list("pk")
        .order_by("pk")
    )
    plan = plan_import(product, file, wishes)
    if seen and plan.seen != seen:
        raise ChangedMeanwhile("Somebody changed requirements of this file meanwhile. Look at it again.")
    if file.undecided or (plan.mistakes and not only_good):
        raise ImportRefused(plan.mistakes)
    if _make_surroundings(actor, product, file, plan.names):
        plan = plan_import(product, file, wishes)
    done = _write(actor, plan)
    _write_links(actor, product, plan)
    for planned, requirement in zip(plan.good, done, strict=True):
        _written(planned, lambda: _put_aside(actor, planned, requirement))  # noqa: B023
    return _recorded(actor, product, plan, done)


def _written(planned: PlannedRow, deed: Callable[[], Result]) -> Result:
    """Do it, or refuse the whole import with the row's line."""
    try:
        return deed()
    except (ValidationError, Refused) as refusal:
        raise _at(planned, refusal) from refusal


def _at(planned: PlannedRow, refusal: ValidationError | Refused) -> ImportRefused:
    """The refusal with the row's line."""
    reason = " ".join(refusal.messages) if isinstance(refusal, ValidationError) else refusal.message
    return ImportRefused([Mistake(planned.row.line, reason, planned.row.line)])


def _write(actor: User | None, plan: ImportPlan) -> list[Requirement]:
    """What is new at once, then what changes. In the order of the plan."""
    new = [planned for planned in plan.good if planned.requirement is None]
    try:
        wanted = [_making(planned) for planned in new]
        created = create_requirements(actor=actor, product=plan.names.product, wanted=wanted)
    except AtFault as refusal:
        raise _at(new[refusal.place], refusal.reason) from refusal
    _change_texts(actor, plan)
    for planned in plan.good:
        if planned.requirement is not None:
            _written(planned, partial(_write_criteria, actor, planned.requirement, planned))
    _set_places(actor, plan)
    made = iter(created)
    return [planned.requirement or next(made) for planned in plan.good]


def _making(planned: PlannedRow) -> Making:
    fields: dict[str, Any] = planned.text | planned.place
    if planned.number is not None:
        fields["number"] = planned.number
    return Making(fields, [(one.key, one.fields) for one in planned.criteria])


def _change_texts(actor: User | None, plan: ImportPlan) -> None:
    """A draft is opened for every text or criterion that changes, then the texts are written."""
    edited = [planned for planned in plan.good if planned.requirement is not None and planned.changes_text]
    rows = [planned.requirement for planned in edited if planned.requirement is not None]
    try:
        open_revisions(actor=actor, requirements=rows)
        edited = [planned for planned in edited if planned.text]
        changes = [
            (planned.requirement, planned.text) for planned in edited if planned.requirement is not None
        ]
        edit_revisions(actor=actor, changes=changes)
    except AtFault as refusal:
        raise _at(edited[refusal.place], refusal.reason) from refusal


def _set_places(actor: User | None, plan: ImportPlan) -> None:
    moved = [planned for planned in plan.good if planned.requirement is not None and planned.place]
    changes = [(planned.requirement, planned.place) for planned in moved if planned.requirement is not None]
    try:
        set_fields_of(actor=actor, product=plan.names.product, changes=changes)
    except AtFault as refusal:
        raise _at(moved[refusal.place], refusal.reason) from refusal


def _put_aside(actor: User | None, planned: PlannedRow, requirement: Requirement) -> None:
    """A new one that is put aside where it comes from is put aside here too; nothing is ever agreed by an import."""
    lifecycle = ASIDE.get(str(planned.row.fields.get("lifecycle")))
    if planned.requirement is None and lifecycle:
        reason = str(planned.row.fields.get("lifecycle_reason") or "It was put aside where it comes from.")
        put_aside(actor=actor, requirement=requirement, lifecycle=lifecycle, reason=reason)


def _write_links(actor: User | None, product: Product, plan: ImportPlan) -> None:
    """When every requirement is there."""
    if not any(planned.links.added or planned.links.removed for planned in plan.good):
        return
    by_number = {one.number: one for one in product.requirements.select_related("product")}
    wanted, of = [], []
    for planned in plan.good:
        source = planned.requirement or by_number.get(planned.number or 0)
        for gone in planned.links.removed:
            _written(planned, partial(remove_link, actor=actor, link=gone))
        for link in planned.links.added:
            target = by_number.get(link.to)
            if source is None or target is None:
                raise _at(planned, Refused(f"There is no number {link.to} to link to."))
            wanted.append(Linking(source, target, link.kind, link.note))
            of.append(planned)
    try:
        add_links(actor=actor, wanted=wanted)
    except AtFault as refusal:
        raise _at(of[refusal.place], refusal.reason) from refusal


def _write_criteria(actor: User | None, requirement: Requirement, planned: PlannedRow) -> None:
    if not (planned.criteria or planned.removed):
        return
    revision = open_revision(actor=actor, requirement=requirement)
    for key in planned.removed:
        criterion = revision.criteria.select_related("revision__requirement__product").get(key=key)
        remove_criterion(actor=actor, criterion=criterion)
    for one in planned.criteria:
        save_criterion(actor=actor, revision=revision, fields=dict(one.fields), key=one.key or None)


def _make_surroundings(actor: User | None, product: Product, file: RequirementFile, names: Names) -> bool:
    """What requirements of the file hang under and the product lacks; what it has stays as it is. Answers whether something was made."""
    waiting = {
        one["slug"]: one for one in file.around.capabilities if one["slug"].lower() not in names.capabilities
    }
    made = bool(waiting)
    while waiting:
        ready = [one for one in waiting.values() if one.get("parent") not in waiting]
        if not ready:
            raise ImportRefused(
                [Mistake(0, f"Capabilities hang under each other in a circle: {', '.join(waiting)}.")]
            )
        for one in ready:
            _capability(actor, product, waiting.pop(one["slug"]))
    for one in file.around.objectives:
        if one["title"].lower() not in names.objectives:
            deed = partial(create_objective, actor=actor, product=product, **one)
            _made(f"Objective {one['title'][:60]}", deed)
            made = True
    for one in sorted(file.around.rival_sets, key=lambda row: row["number"]):
        if names.sets[one["number"]] is None:
            models = list(Model.objects.filter(slug__in=one["models"]).order_by("slug"))
            note = one.get("note", "")[:300]
            _made(
                f"Rival set {one['number']}",
                lambda: create_rival_set(actor=actor, product=product, models=models, note=note),  # noqa: B023
            )
            made = True
    return made


def _capability(actor: User | None, product: Product, one: Mapping[str, Any]) -> None:
    fields = dict(one)
    slug = fields.pop("parent", None)
    parent = product.capabilities.filter(slug=slug).first() if slug else None
    fields.setdefault("name", one["slug"])
    _made(
        f"Capability {one['slug'][:60]}",
        lambda: create_capability(actor=actor, product=product, parent=parent, **fields),
    )


def _made(what: str, deed: Callable[[], object]) -> None:
    try:
        deed()
    except ValidationError as refusal:
        raise ImportRefused([Mistake(0, f"{what}: {' '.join(refusal.messages)}")]) from refusal


def _recorded(
    actor: User | None, product: Product, plan: ImportPlan, done: Sequence[Requirement]
) -> Imported:
    keys = {planned.row.line: one.key for planned, one in zip(plan.good, done, strict=True)}
    imported = Imported(
        created=[keys[one.row.line] for one in plan.good if one.requirement is None],
        changed=[keys[one.row.line] for one in plan.good if one.requirement is not None],
        unchanged=plan.counts.get("unchanged", 0),
        left_out=plan.counts.get("wrong", 0),
        other_fingerprints=_other_fingerprints(plan, done),
    )
    record(
        actor=actor,
        verb="requirements.imported",
        noun="product",
        object_id=product.pk,
        label=product.key,
        product=product.key,
        after={
            "created": len(imported.created),
            "changed": len(imported.changed),
            "unchanged": imported.unchanged,
            "left_out": imported.left_out,
        },
    )
    return imported


def _other_fingerprints(plan: ImportPlan, done: Sequence[Requirement]) -> list[str]:
    """Two queries, none where the file names no fingerprint."""
    told = {
        one.pk: planned.row.fields.get("fingerprint") for planned, one in zip(plan.good, done, strict=True)
    }
    wanted = [one for one in done if told[one.pk]]
    texts = newest_revisions(wanted) if wanted else {}
    return [one.key for one in wanted if texts[one.pk].fingerprint != told[one.pk]]
