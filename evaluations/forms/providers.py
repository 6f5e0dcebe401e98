from typing import Any

from django import forms

from evaluations.forms.fields import NamedForm
from evaluations.models import Provider
from evaluations.models.providers import check_address
from evaluations.providers import adapter_names

KINDS = {
    "anthropic": "anthropic: Anthropic's models, e.g. at https://api.anthropic.com",
    "google": "google: Google's models, e.g. at https://generativelanguage.googleapis.com",
    "inspect": "inspect: agentic and tool tasks, on a model behind a chat-completions address",
    "openai_like": "openai_like: an HTTP address that speaks the chat-completions API",
    "process": "process: a callable on this machine",
    "rules": "rules: rule sets, free and on this machine",
    "stored": "stored: answers that were recorded before",
}


class ProviderFields(forms.Form):
    """What may change about a provider."""

    adapter = forms.ChoiceField(label="Kind")
    base_url = forms.CharField(
        max_length=300,
        required=False,
        validators=[check_address],
        label="Address",
        help_text="e.g. https://api.acme.com/v1. Private addresses need the operator's PLUMBLINE_PRIVATE_ENDPOINTS.",
    )
    secret_name = forms.CharField(
        max_length=80,
        required=False,
        label="Name of the key",
        help_text="e.g. PLUMBLINE_KEY_ACME. The key itself stays with the operator and is never typed in here.",
    )
    max_concurrency = forms.IntegerField(min_value=1, max_value=10_000, initial=4, label="Calls at a time")
    requests_per_minute = forms.IntegerField(min_value=1, max_value=10**9, required=False)
    tokens_per_minute = forms.IntegerField(min_value=1, max_value=10**9, required=False)
    timeout_seconds = forms.IntegerField(
        min_value=1, max_value=3_600, initial=60, label="Patience in seconds"
    )
    enabled = forms.BooleanField(required=False, initial=True, help_text="Runs may call it.")
    look_for_models = forms.BooleanField(
        required=False,
        label="Look for new models once a day",
        help_text="Asks for its list, which costs nothing, and tells administrators and who watches.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        adapter = self.fields["adapter"]
        if isinstance(adapter, forms.ChoiceField):
            adapter.choices = [(name, KINDS.get(name, name)) for name in adapter_names()]


class ProviderForm(ProviderFields, NamedForm):
    owner = Provider
    name = forms.CharField(max_length=80)
    field_order = ("name", "slug", "adapter")


class ProviderChangeForm(ProviderFields):
    name = forms.CharField(max_length=80)
    field_order = ("name", "adapter")
