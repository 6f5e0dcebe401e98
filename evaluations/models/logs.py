from django.conf import settings
from django.db import models

# The parameter of an evaluation version that holds how the log's tool had asked.
LOG_SETUP = "log_setup"
# How each tool calls itself.
TOOLS = {"inspect": "inspect-ai", "lm-eval": "lm-eval", "helm": "HELM", "every-eval-ever": "Every Eval Ever"}


class LogUpload(models.Model):
    """A log of another tool that somebody looks at before it is imported; forgotten after a day."""

    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class LogPiece(models.Model):
    """A stretch of an upload's bytes: all but the last are of one length."""

    upload = models.ForeignKey(LogUpload, models.CASCADE, related_name="pieces", db_index=False)
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "position"], name="log_piece_once"),
        ]

    def __str__(self) -> str:
        return f"piece {self.position} of log {self.upload_id}"


class ImportedLog(models.Model):
    """One task of a log that was taken in: where the run, or the reported figures, come from. The same content is taken in once.

    digest: SHA-256 over what names the evaluation and over all rows, in any order and in either format of the tool.
    figures: aggregates as the log reports them, `here` beside each: what the rows make of it.
    """

    digest = models.CharField(max_length=64, unique=True)
    tool = models.CharField(max_length=20)
    tool_version = models.CharField(max_length=60, blank=True)
    task = models.CharField(max_length=200)
    model_name = models.CharField(max_length=300, help_text="As the log has it.")
    log_id = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200)
    made_on = models.DateField(null=True, blank=True, help_text="When the tool ran, by its own word.")
    model_version = models.ForeignKey("evaluations.ModelVersion", models.PROTECT, related_name="logs")
    run = models.OneToOneField(
        "evaluations.Run", models.PROTECT, null=True, blank=True, related_name="imported_log"
    )
    figures = models.JSONField(default=list, blank=True)
    notes = models.JSONField(default=list, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.tool} {self.task}"

    @property
    def tool_name(self) -> str:
        return TOOLS[self.tool]
