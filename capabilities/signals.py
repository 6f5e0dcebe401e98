"""What capabilities announce after a commit; receivers only enqueue."""

from django.dispatch import Signal

verification_linked = Signal()  # verification_id: int
revision_approved = Signal()  # revision_id: int
confirmation_wanted = (
    Signal()
)  # run_id: int; a floating version's verdict would flip, a second run must agree
comment_said = Signal()  # comment_id: int
verdict_changed = Signal()  # verdict_id: int
comparison_changed = Signal()  # product_id: int; other versions or rivals are compared with from now on
review_requested = Signal()  # request_id: int; somebody is asked by name to answer a revision
review_given = Signal()  # review_id: int
