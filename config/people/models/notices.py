from django.conf import settings
from django.db import models
from django.db.models import Q


class NoticeSettings(models.Model):
    """What a person hears of, and how. Who has none has the defaults. by_kind: mode by kind, where it is not the usual one."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="notice_settings"
    )
    mail = models.BooleanField(default=True)
    by_kind = models.JSONField(default=dict, blank=True)
    digest_hour = models.PositiveSmallIntegerField(default=8)
    zone = models.CharField(max_length=60, default="UTC")
    auto_watch = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "notice settings"
        constraints = [
            models.CheckConstraint(condition=Q(digest_hour__lt=24), name="notice_settings_hour_of_a_day"),
        ]

    def __str__(self) -> str:
        return str(self.person_id)


class Letter(models.Model):
    """A mail to one person about some notices; its words are made when it is sent, from what they may still see then.

    begun_at: somebody is handing it over since then. unsure: how many times it was handed over and no answer came, so it may have arrived.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="letters")
    day = models.DateField(null=True, blank=True, help_text="Of a daily digest, in the person's time zone.")
    created_at = models.DateTimeField(auto_now_add=True)
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(null=True, blank=True)
    unsure = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(sent_at=None, given_up_at=None), name="letter_waiting"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "day"], name="letter_one_digest_a_day"),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}"


class Notice(models.Model):
    """What one person is told of one event. It holds no name and no words of others: those are looked up when it is shown.

    event: what it tells of, once for a person. text: what was done, after the actor's name.
    """

    class Kind(models.TextChoices):
        MENTION = "mention", "Somebody mentions me"
        QUESTION = "question", "A question is asked of me"
        ANSWER = "answer", "My question is answered"
        COMMENT = "comment", "Somebody comments on what I watch"
        REVIEW = "review", "A review is asked for or given"
        LIFECYCLE = "lifecycle", "A requirement is agreed, put aside or answered by research"
        REVISION = "revision", "A new revision is begun"
        VERDICT = "verdict", "A verdict goes from met to not met, or back"
        RECHECK = "recheck", "Evidence needs a re-check"
        WAIVER = "waiver", "A waiver is given, is about to end, or has ended"
        MODEL = "model", "A model changes under us or is shut down"
        ROUND = "round", "A round I started is finished"
        RELEASE = "release", "A release is signed or a baseline is made"

    class Mail(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        DAILY = "daily", "Once a day"
        NEVER = "never", "Never"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind)
    event = models.CharField(max_length=80)
    noun = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=200, help_text="What people call it, e.g. VA-12.")
    product = models.CharField(max_length=12, blank=True, help_text="Key of its product, if it has one.")
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300)
    read_at = models.DateTimeField(null=True, blank=True)
    mail = models.CharField(max_length=7, choices=Mail, default=Mail.NEVER)
    letter = models.ForeignKey(Letter, models.SET_NULL, null=True, blank=True, related_name="notices")
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person", "-id"], name="notice_of_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(
                fields=["person"],
                condition=Q(mailed_at=None, letter=None) & ~Q(mail="never"),
                name="notice_to_mail",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "event"], name="notice_once_for_an_event"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"
