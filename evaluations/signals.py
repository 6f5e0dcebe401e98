"""What evaluations announce after a commit. Receivers only enqueue; the periodic sweeps are the guarantee."""

from django.dispatch import Signal

run_started = Signal()  # run_id: int
run_finished = Signal()  # run_id: int, generation: int; the run is done or partial
run_ended = Signal()  # run_id: int; the run failed or was cancelled
look_due = Signal()  # run: Run; a question: its scored cases may settle what rests on it, and who knows answers with its Targets
run_scoring = Signal()  # run_id: int; calls are over, scores are wanted
round_created = Signal()  # round_id: int
log_waiting = Signal()  # upload_id: int; a log waits to be imported
model_version_registered = Signal()  # model_version_id: int
model_changed = (
    Signal()
)  # event_id: int; a provider answered with another model than before, or the model is gone
answers_labelled = Signal()  # scorer_version_id: int; a person said what an answer is worth, or took it back
