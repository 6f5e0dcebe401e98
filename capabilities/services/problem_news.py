"""Tells people of problems that are worth another look, and of what they wanted to be reminded of."""

from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from capabilities.models import Problem, Product, Remark
from capabilities.queries.audiences import watching_product, who_sees
from capabilities.queries.problems import due_again
from config.people.models import Notice
from config.people.services.notices import News, tell

Kind = Notice.Kind
# Whoever starts the site again after a week away is still reminded.
LATE_DAYS = 7


def tell_of_problems() -> None:
    """Telling again tells nobody twice."""
    for row in due_again(Product.objects.all()):
        if row.newer is not None:
            event = f"problem:{row.problem.pk}:{row.newer.pk}"
            _tell(row.problem, event, f"is worth another look: {row.newer.label} arrived", Kind.MODEL)
    for said in due_remarks().filter(problem__isnull=False).select_related("problem__product"):
        words = "wants to be looked at: somebody noted what would change the conclusion"
        assert said.problem is not None
        _tell(said.problem, f"remark:{said.pk}", words, Kind.RECHECK, said.author_id)


def due_remarks() -> QuerySet[Remark]:
    """Notes whose day came lately and that nobody looked at again. No query."""
    today = timezone.localdate()
    return Remark.objects.waiting().filter(remind_on__range=(today - timedelta(days=LATE_DAYS), today))


def _tell(problem: Problem, event: str, words: str, kind: str, *more: int) -> None:
    """Who wrote and assessed it, who said something with a day, and who watches the product."""
    people = {problem.created_by_id, *problem.assessments.values_list("author", flat=True), *more} - {None}
    known = who_sees(problem.product, [pk for pk in people if pk]) | watching_product(problem.product)
    news = News(
        event=event,
        noun="problem",
        object_id=problem.pk,
        label=problem.key,
        product=problem.product.key,
        text=words,
        url=reverse("capabilities:problem-detail", args=[problem.key]),
        at=timezone.now(),
    )
    tell(news, dict.fromkeys(known, str(kind)))
