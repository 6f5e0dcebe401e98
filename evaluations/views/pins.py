"""A prompt version is put into evaluations: what would happen to each is shown first, and what happened afterwards."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from config.people.access import requires
from config.people.requests import person
from evaluations.forms.pins import PinForm
from evaluations.models import PromptVersion
from evaluations.queries.pins import pin_rows, pinnable
from evaluations.queries.prompts import slots_of
from evaluations.services.pins import pin_prompt
from evaluations.views.deeds import attempt, status_of

MOST_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def prompt_pin(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    versions = PromptVersion.objects.select_related("prompt")
    version = get_object_or_404(versions, prompt__slug=slug, number=number)
    form = PinForm(request.POST if request.method == "POST" else None)
    done = None
    if form.is_valid():
        chosen = list(form.cleaned_data["evaluations"])
        done = attempt(
            form, lambda: pin_prompt(actor=person(request), prompt_version=version, evaluations=chosen)
        )
    context = {
        "form": form,
        "version": version,
        "slots": slots_of(version),
        "done": done,
        "rows": [] if done else pin_rows(version, list(pinnable()[:MOST_SHOWN])),
        "chosen": request.POST.getlist("evaluations"),
        "crumbs": [
            (reverse("evaluations:prompt-list"), "Prompts"),
            (reverse("evaluations:prompt-detail", args=[slug]), version.prompt.name),
        ],
    }
    return render(request, "evaluations/prompt_pin.html", context, status=status_of(form))


urlpatterns = [path("prompts/<slug:slug>/v<int:number>/pin/", prompt_pin, name="prompt-pin")]
