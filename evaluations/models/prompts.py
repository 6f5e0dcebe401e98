from django.db import models


class Prompt(models.Model):
    """A named prompt; its versions never change."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class PromptVersion(models.Model):
    """Messages with `{{name}}` slots and, optionally, the JSON schema the output must match."""

    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    messages = models.JSONField(help_text='A list of {"role", "content"} objects.')
    output_schema = models.JSONField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    fingerprint = models.CharField(
        max_length=64, help_text="SHA-256 of the canonical JSON of messages and schema."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["prompt__slug", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["prompt", "number"], name="prompt_version_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt.slug}@{self.number}"
