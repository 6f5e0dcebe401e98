"""What a scorer of labels read, as a confusion matrix and a reliability diagram, on the page of a run and as files."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_safe

from config import words
from config.people.access import requires
from evaluations.charts import ReliabilityPoint, Svg, confusion, reliability
from evaluations.exporters import csv_rows
from evaluations.models import Run
from evaluations.queries.scores import run_samples
from evaluations.statistics import Samples, label_tables

MATRIX, BINS = "confusion", "reliability"


@dataclass(frozen=True)
class LabelChart:
    """kind: confusion or reliability; records: the rows of the file."""

    kind: str
    caption: str
    svg: Svg
    columns: tuple[str, ...]
    rows: list[list[str]]
    records: list[dict[str, Any]]


def label_charts(samples: Samples) -> list[LabelChart]:
    """The matrix, and the diagram where probabilities were given; none for scorers that read no labels. No query."""
    if samples.labelled is None or not samples.present.any():
        return []
    matrix = label_tables.confusion(samples.labelled, samples.present)
    bins = label_tables.reliability(samples.labelled, samples.present, samples.labelled.metric.bins)
    return [_matrix(matrix)] + ([_diagram(bins)] if bins else [])


def _matrix(found: label_tables.Confusion) -> LabelChart:
    records = confusion.rows(found.labels, found.counts)
    return LabelChart(
        MATRIX,
        "Which label was said (columns) for which (rows)",
        confusion.draw(found.labels, found.counts),
        ("Wanted", "Said", "Answers"),
        [[one["wanted"], one["said"], words.number(one["cases"])] for one in records],
        records,
    )


def _diagram(bins: tuple[label_tables.Bin, ...]) -> LabelChart:
    points = [ReliabilityPoint(one.low, one.high, one.probability, one.right, one.n) for one in bins]
    return LabelChart(
        BINS,
        "How often labels of a probability were right; below the line the model is too sure",
        reliability.draw(points),
        ("Probability", "On average", "Right", "Answers"),
        [
            [
                words.range_text(one.low, one.high, "rate"),
                words.score(one.probability, "rate"),
                words.score(one.right, "rate"),
                words.number(one.n),
            ]
            for one in points
        ],
        reliability.rows(points),
    )


@require_safe
@requires("read")
def run_labels(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of one of the two as CSV: ?scorer=SLUG&chart=confusion or reliability."""
    slug, kind = request.GET.get("scorer", ""), request.GET.get("chart", MATRIX)
    run = get_object_or_404(Run.objects.select_related("evaluation_version"), pk=pk)
    samples = run_samples(run, slug)
    charts = label_charts(samples) if samples is not None else []
    chart = next((one for one in charts if one.kind == kind), None)
    if chart is None:
        raise Http404("This run has no such chart.")
    answer = HttpResponse(csv_rows(chart.records), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="run-{run.pk}-{slug}-{kind}.csv"'
    return answer


urlpatterns = [path("runs/<int:pk>/labels.csv", run_labels, name="run-labels-csv")]
