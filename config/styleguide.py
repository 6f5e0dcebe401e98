"""/styleguide/: every component in every state on one page, for those who change the look."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.people.access import requires
from config.web import page_of

GAP_CHART = """<svg viewBox="0 0 620 100" role="img" aria-label="Share right: ours 93.2 %, rival 92.1 %, rules 69.3 %; target 90 %">
<title>Each dot is a measured value, the bar its plausible range; the plumb line is the target</title>
<line x1="150" x2="550" y1="14" y2="14" class="axis"/><text x="0" y="18" class="label">aria-7b@12000</text>
<g class="ours"><line class="whisker" x1="459" x2="500" y1="14" y2="14"/><circle cx="482" cy="14" r="4.5"/></g>
<text x="620" y="18" text-anchor="end">93.2 %</text>
<line x1="150" x2="550" y1="36" y2="36" class="axis"/><text x="0" y="40" class="label">Rival X 4.1</text>
<g class="rival"><line class="whisker" x1="447" x2="491" y1="36" y2="36"/><circle cx="471" cy="36" r="4.5"/></g>
<text x="620" y="40" text-anchor="end">92.1 %</text>
<line x1="150" x2="550" y1="58" y2="58" class="axis"/><text x="0" y="62" class="label">Keyword rules</text>
<g class="simple"><line class="whisker" x1="202" x2="282" y1="58" y2="58"/><circle cx="243" cy="58" r="4.5"/></g>
<text x="620" y="62" text-anchor="end">69.3 %</text>
<line class="plumb" x1="450" x2="450" y1="0" y2="72"/><path class="bob" d="M446 71h8l-4 9z"/>
<text x="450" y="94" text-anchor="middle">target 90 %</text></svg>"""


class SampleForm(forms.Form):
    """One field of every sort; bound to nothing it shows every error."""

    title = forms.CharField(help_text="What the model must do, in one line.")
    why = forms.CharField(widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(choices=[("llm", "LLM"), ("asr", "ASR"), ("rules", "Rules")])
    slices = forms.MultipleChoiceField(
        choices=[("de", "German"), ("fi", "Finnish"), ("ko", "Korean")], widget=forms.CheckboxSelectMultiple
    )
    must = forms.BooleanField(label="Blocks a release", help_text="A must; a should never blocks.")


@require_safe
@requires("manage")
def styleguide(request: HttpRequest) -> HttpResponse:
    """Shows what the partials show; the data is invented here and nowhere else. No query of its own."""
    for level, text in (
        (messages.SUCCESS, "Saved as draft VA-12."),
        (messages.WARNING, "The budget covers 3 of 4 models."),
        (messages.ERROR, "The provider refused the key."),
    ):
        messages.add_message(request, level, text)
    now = timezone.now()
    context = {
        "outcomes": ("met", "not_met", "inconclusive", "no_data"),
        "decisions": ("pass", "fail", "undecided", "pending"),
        "trends": ("improved", "no_worse", "within_tolerance", "regressed", "unknown"),
        "moments": (now, now - timedelta(hours=2), now - timedelta(days=9), now + timedelta(days=3)),
        "form": SampleForm(),
        "wrong_form": SampleForm({}, prefix="wrong"),
        "page": page_of(request, range(137)),
        "chart": GAP_CHART,
        "chart_columns": ("Model", "Point", "Low", "High"),
        "chart_rows": (
            ("aria-7b@12000", "93.2 %", "90.9 %", "95.0 %"),
            ("Rival X 4.1", "92.1 %", "89.7 %", "94.1 %"),
        ),
        "facets": [
            {"url": f"?show={name}", "count": count, "label": name, "current": name == "they win"}
            for name, count in (
                ("we win", 61),
                ("they win", 50),
                ("both right", 894),
                ("flaky", 13),
                ("missing", 0),
            )
        ],
        "filters": [
            {"name": "intent", "label": "Intent", "value": "lead, parity", "remove_url": "?kind=any"},
            {"name": "kind", "label": "Kind", "value": "any", "remove_url": "?intent=lead"},
        ],
        "pieces": (
            ("equal", "list exactly "),
            ("delete", "five"),
            ("insert", "three"),
            ("equal", " keywords"),
        ),
        "hidden": "user\u202etxt.exe\u200b and a bell\x07",
        "prose": "**Why:** support leads read *4,000* reviews.\n\n- wrong theme\n- wrong fix\n\n[Guide](https://example.org)",
    }
    return render(request, "styleguide/index.html", context)
