"""One row of a lab sheet, asked several times to see how its answers vary."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from capabilities.views.lab import sheet_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import demand, may, requires
from config.people.requests import person
from config.web import page_or_partial
from evaluations.models import LabSheet
from evaluations.queries.lab_repeats import variation_of
from evaluations.services.lab_repeats import FEWEST, MOST, repeat_row

PAGE, PART = "capabilities/lab_row.html", "capabilities/lab_varied.html"


class RepeatForm(forms.Form):
    times = forms.IntegerField(
        min_value=FEWEST, max_value=MOST, initial=10, label="Tries", help_text="For each column."
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires("read")
def lab_row(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """How a row varies; POST asks it again."""
    sheet = sheet_or_404(request, pk)
    form = RepeatForm(request.POST or None)
    if request.method == "POST":
        demand(request.user, "run")
        if form.is_valid() and _repeated(request, sheet, number, form):
            return redirect("capabilities:lab-row", pk, number)
    varied = variation_of(sheet, person(request), number)
    if varied is None:
        raise Http404(f"There is no row {number} on the sheet.")
    context = {
        "sheet": sheet,
        "varied": varied,
        "form": form,
        "may_repeat": may(person(request), "run") and sheet.owner_id == person(request).pk,
    }
    status = 422 if form.errors else 200
    return render(request, page_or_partial(request, PAGE, PART), context, status=status)


def _repeated(request: HttpRequest, sheet: LabSheet, number: int, form: RepeatForm) -> bool:
    try:
        repeat_row(actor=person(request), sheet=sheet, number=number, times=form.cleaned_data["times"])
    except (Refused, forms.ValidationError) as refusal:
        add_refusal(form, refusal)
    return not form.errors


urlpatterns = [path("lab/<int:pk>/rows/<int:number>/", lab_row, name="lab-row")]
