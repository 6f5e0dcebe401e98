"""Forms of a problem: what it is, the worksheet with its conclusion, and the drafts that follow."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from capabilities.models import Assessment, Problem, ProblemRequirement
from capabilities.queries.problem_evidence import Choice, from_address, stands_for
from capabilities.services.assessing import Draft, Evidence
from capabilities.worksheet import ANSWERS, QUESTIONS, Question
from evaluations.forms.fields import DayField
from evaluations.models import Run
from evaluations.queries.pairs import finished_runs
from evaluations.queries.scores import shared_scorers

ROWS = {"rows": 2}
LABELS = {
    "title": "The problem in one line",
    "who": "Who has it",
    "what": "What they want and what stands in the way",
    "today": "How it is done today",
    "how_often": "How often",
    "wrong_cost": "What a wrong answer costs",
    "silent_cost": "What a wrong answer costs that nobody notices",
    "aim": "Automate or help",
    "data": "What data there is",
    "kind": "Kind of model that would be tried",
}
HELP = {
    "title": "In words of those who have it, e.g. Drivers miss their exit in the rain.",
    "how_often": "e.g. twice on every drive, 300 reviews a day",
    "kind": "When a new version of this kind arrives, another look is offered.",
}


class ProblemForm(forms.ModelForm):
    """What a problem is. Saved by the service, never by the form."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    class Meta:
        model = Problem
        fields = list(LABELS)
        labels = LABELS
        help_texts = HELP
        widgets = {
            name: forms.Textarea(ROWS)
            for name in ("who", "what", "today", "wrong_cost", "silent_cost", "data")
        }

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())


class AssessForm(forms.Form):
    """The worksheet, the evidence and the conclusion. choices: comparisons there are, and those the last assessment rests on."""

    conclusion = forms.ChoiceField(choices=Assessment.Conclusion.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why",
        widget=forms.Textarea({"rows": 3}),
        help_text="What decided it. The worksheet adds nothing up.",
    )
    ai_part = forms.CharField(label="Of a hybrid: what AI does", required=False, widget=forms.Textarea(ROWS))
    rules_part = forms.CharField(
        label="Of a hybrid: what rules do", required=False, widget=forms.Textarea(ROWS)
    )
    evidence = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Comparisons there are"
    )
    today = forms.CharField(
        required=False,
        label="Comparisons with today’s way",
        widget=forms.Textarea(ROWS),
        help_text="Addresses of comparisons in which B is how it is done today, one a line.",
    )
    more = forms.CharField(
        required=False,
        label="Other comparisons",
        widget=forms.Textarea(ROWS),
        help_text="Addresses of comparisons, one a line.",
    )

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = {choice.value: choice for choice in choices}
        self.fields["evidence"].choices = [(value, value) for value in self.choices]  # type: ignore[attr-defined]
        for question in QUESTIONS:
            self.fields[f"answer_{question.slug}"] = forms.ChoiceField(
                choices=list(ANSWERS.items()), required=False, label=question.words, widget=forms.RadioSelect
            )
            self.fields[f"note_{question.slug}"] = forms.CharField(
                required=False, max_length=2_000, label=f"Note: {question.words}"
            )

    @property
    def worksheet(self) -> Iterator[tuple[Question, forms.BoundField, forms.BoundField]]:
        for question in QUESTIONS:
            yield question, self[f"answer_{question.slug}"], self[f"note_{question.slug}"]

    @property
    def offered(self) -> list[tuple[Choice, bool]]:
        """Each comparison there is, and whether it is ticked."""
        ticked = set(self["evidence"].value() or [])
        return [(choice, choice.value in ticked) for choice in self.choices.values()]

    def clean_today(self) -> list[Evidence]:
        return self._pasted("today", "today")

    def clean_more(self) -> list[Evidence]:
        return self._pasted("more", "")

    def _pasted(self, name: str, what: str) -> list[Evidence]:
        lines = [line for line in self.cleaned_data[name].splitlines() if line.strip()]
        return [_evidence(line, what) for line in lines[:20]]

    def answers(self) -> dict[str, dict[str, str]]:
        given = self.cleaned_data
        return {
            question.slug: {
                "answer": given.get(f"answer_{question.slug}", ""),
                "note": given.get(f"note_{question.slug}", ""),
            }
            for question in QUESTIONS
        }

    def chosen(self) -> list[Evidence]:
        """Ticked and pasted comparisons, each once."""
        ticked = [self.choices[value] for value in self.cleaned_data["evidence"]]
        found = [Evidence(one.run, one.against, one.scorer.scorer, one.against_is) for one in ticked]
        found += self.cleaned_data["today"] + self.cleaned_data["more"]
        return list({(one.run.pk, one.against.pk, one.scorer.pk): one for one in found}.values())


def _evidence(line: str, what: str) -> Evidence:
    """What the address of a comparison names. Raises ValidationError with what to do."""
    named = from_address(line)
    if named is None:
        raise forms.ValidationError(
            f"“{line[:80]}” is not the address of a comparison. Open Compare, choose two runs and copy the address of that page."
        )
    run, against = _run(named[0]), _run(named[1])
    scorers = shared_scorers([run, against])
    found = next((one.scorer for one in scorers if named[2] in {"", one.scorer.slug}), None)
    if found is None:
        raise forms.ValidationError(f"Runs {run.pk} and {against.pk} share no scorer “{named[2][:60]}”.")
    return Evidence(run, against, found, what or stands_for(against))


def _run(pk: int) -> Run:
    found = finished_runs().filter(pk=pk).first()
    if found is None:
        raise forms.ValidationError(f"There is no finished run {pk}.")
    return found


class RemarkForm(forms.Form):
    text = forms.CharField(label="Say something", max_length=20_000, widget=forms.Textarea(ROWS))
    remind_on = DayField(
        label="Remind of it on",
        help_text="For what would change the conclusion: people who work on it are told on that day.",
    )


class DraftForm(forms.Form):
    """A requirement that follows from a conclusion. Left out when it is not wanted."""

    wanted = forms.BooleanField(required=False, initial=True, label="Draft it")
    title = forms.CharField(max_length=200, required=False)
    shall = forms.CharField(
        required=False,
        label="The model shall",
        widget=forms.Textarea(ROWS),
        help_text="One ability that can be counted.",
    )

    def __init__(self, data: Any = None, *, part: str, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, prefix=part, initial=initial)
        self.part = part

    @property
    def part_words(self) -> str:
        return str(ProblemRequirement.Part(self.part).label)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("wanted"):
            for name, words in (("title", "Give it a title."), ("shall", "Say what the model shall do.")):
                if not str(given.get(name, "")).strip() and name not in self.errors:
                    self.add_error(name, words)
        return given

    def draft(self) -> Draft:
        given = self.cleaned_data
        return Draft(self.part, " ".join(given["title"].split()), given["shall"].strip())
