from django.db import models


class Transcript(models.Model):
    """What led to an answer of several steps: messages and calls of tools, as a JSON list in a blob. Kept as long as the answer."""

    response = models.OneToOneField("evaluations.Response", models.PROTECT, related_name="transcript")
    content = models.ForeignKey("evaluations.Blob", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"transcript of response {self.response_id}"
