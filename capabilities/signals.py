"""What capabilities announce after a commit; receivers only enqueue."""

from django.dispatch import Signal

verification_linked = Signal()  # verification_id: int
revision_approved = Signal()  # revision_id: int
confirmation_wanted = (
    Signal()
)  # run_id: int; a floating version's verdict would flip, a second run must agree
verdict_changed = Signal()  # verdict_id: int
comparison_changed = Signal()  # product_id: int; other versions or rivals are compared with from now on
