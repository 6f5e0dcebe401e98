"""Fields that several forms of facts share."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.text import slugify

from evaluations.canonical import parse_json
from evaluations.importers.media import ENDINGS

RESERVED = frozenset({"new"})
PERCENT_LOOKS_LIKE_FRACTION = (
    "“{0}” would be {0} %. Write {1:g} for {1:g} %, or {0} % with the sign if you mean less than one percent."
)


def parsed(text: str) -> Any:
    """The JSON value of a text. Raises ValidationError with the line and what to do."""
    try:
        return parse_json(text)
    except ValueError as problem:
        raise ValidationError(f"This is not JSON: {problem}") from problem


class JsonObjectField(forms.CharField):
    """A JSON object written by hand; None when it is left empty."""

    def __init__(self, *, rows: int = 4, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(
            widget=forms.Textarea(attrs={"class": "mono", "rows": rows, "spellcheck": "false"}), **options
        )

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        found = parsed(text)
        if not isinstance(found, dict):
            raise ValidationError('Write a JSON object, e.g. {"temperature": 0}.')
        return found


class Amount(forms.CharField):
    """A number as people type it: 90, 92,5, 90 %. Its value is (number, whether a percent sign was written)."""

    def __init__(self, *, wanted: bool = False, **kwargs: Any) -> None:
        super().__init__(
            required=wanted, max_length=30, widget=forms.TextInput({"inputmode": "decimal"}), **kwargs
        )

    def clean(self, value: Any) -> Any:
        text = super().clean(value).replace("\u00a0", "").replace(" ", "")
        if not text:
            return None
        try:
            number = float(text.removesuffix("%").replace("−", "-").replace(",", "."))
        except ValueError as error:
            raise forms.ValidationError("Enter a number, e.g. 90 or 2.5.") from error
        if number != number or abs(number) > 1e12:
            raise forms.ValidationError("Enter a number, e.g. 90 or 2.5.")
        return number, text.endswith("%")


class DayField(forms.DateField):
    """A day, chosen from the browser's calendar."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class FilesInput(forms.FileInput):
    """Several files at once; its value is all of them."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else []


class FilesField(forms.Field):
    """Pictures, sounds and video to be attached. What they are is looked at where they are kept."""

    def __init__(self, **options: Any) -> None:
        accepted = ",".join(ENDINGS)
        super().__init__(required=False, widget=FilesInput({"multiple": True, "accept": accepted}), **options)


class NamedForm(forms.Form):
    """A new thing with a name, and a short name that no other one has."""

    owner: ClassVar[type[Model]]
    name = forms.CharField(max_length=120)
    slug = forms.SlugField(
        max_length=50,
        required=False,
        label="Short name",
        help_text="Stands in addresses and in the API; made from the name when left empty. It never changes.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        slug = cleaned.get("slug") or slugify(cleaned.get("name", ""))[:50]
        if "name" in cleaned and "slug" in cleaned:
            self._check(slug)
        cleaned["slug"] = slug
        return cleaned

    def _check(self, slug: str) -> None:
        if not slug:
            self.add_error("slug", "Give a short name of Latin letters, digits and hyphens.")
        elif slug in RESERVED:
            self.add_error("slug", f"“{slug}” is taken by the site itself; choose another.")
        elif self.owner._default_manager.filter(slug=slug).exists():
            self.add_error("slug", f"“{slug}” is taken; choose another.")


def until_settled_field() -> forms.BooleanField:
    """The tick that lets a run stop early; the same words wherever something is run."""
    return forms.BooleanField(
        required=False,
        label="Stop as soon as the targets are settled",
        help_text="Cases are asked by lot, and once every target that must hold and rests on them is met or not met, the rest is "
        "not called. Such a run is judged by ranges that hold however often one looks; they are up to twice as wide.",
    )
