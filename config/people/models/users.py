from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    RESEARCHER = "researcher", "Researcher"
    PM = "pm", "Product manager"
    ADMIN = "admin", "Administrator"


class User(AbstractUser):
    """A person who signs in.

    The role speaks for the whole site; a product may give another one to its members.
    """

    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    approver = models.BooleanField(default=False, help_text="May approve requirements written by others.")
    may_read_test = models.BooleanField(
        default=False, help_text="May read the content of test samples; each reading is recorded."
    )

    class Meta:
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_is_known"),
        ]

    @property
    def shown_name(self) -> str:
        return self.get_full_name() or self.username
