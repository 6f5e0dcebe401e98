from django.conf import settings
from django.db import models

# The parameter of an evaluation version that holds how the log's tool had asked.
LOG_SETUP = "log_setup"
# How each tool calls itself.
TOOLS = {"inspect": "inspect-ai", "lm-eval": "lm-eval", "helm": "HELM", "every-eval-ever": "Every Eval Ever"}


class LogUpload(models.Model):
    """A log of another tool that somebody looks at before it is imported, and how far that is; forgotten after a day.

    taken_as: what was chosen for it, the model version by its id. attempt: how often a worker began with it; the later one counts.
    told: what became of each task, once it is imported.
    """

    class State(models.TextChoices):
        KEPT = "kept", "Not imported"
        WAITING = "waiting", "Waiting for a worker"
        IMPORTING = "importing", "Being imported"
        DONE = "done", "Imported"
        FAILED = "failed", "Failed"

    class Step(models.TextChoices):
        READING = "reading", "Rows read"
        STORING = "storing", "Rows stored"

    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    state = models.CharField(max_length=10, choices=State, default=State.KEPT)
    step = models.CharField(max_length=10, choices=Step, default=Step.READING)
    rows = models.PositiveIntegerField(default=0, help_text="Of this step, so far.")
    expected = models.PositiveIntegerField(
        default=0, help_text="Rows of this step; 0 where the log does not say."
    )
    taken_as = models.JSONField(default=dict, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True, help_text="Why it was not imported, and what to do.")
    told = models.JSONField(default=list, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="failed") | ~models.Q(failure=""), name="log_upload_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_moving(self) -> bool:
        return self.state in (self.State.WAITING, self.State.IMPORTING)


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
    def is_of_the_future(self) -> bool:
        """Whether its own word for its day cannot be true."""
        return self.made_on is not None and self.made_on > self.created_at.date()

    @property
    def tool_name(self) -> str:
        return TOOLS[self.tool]
