"""What this app announces."""

from django.dispatch import Signal

# Sent inside the transaction of an erasure: user, former_username. Receivers remove the name from what they
# keep.
user_pseudonymised = Signal()
