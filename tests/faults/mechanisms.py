"""What keeps a day whole, one line of the product each, and how that line reads when it is switched off.

`python -m tests.faults.switched_off` switches them off in turn; `test_mechanisms.py` sees to it that each of
them still stands where this table says, so a line that is moved or reworded is moved here as well.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Mechanism:
    """Its line, which stands once in its file; what stands there when it is off; the tests that must notice.

    `tests` are pytest's own names of tests, as few and as quick ones as notice, between spaces.
    """

    name: str
    file: str
    line: str
    off: str
    tests: str


_STORE, _RECORDS = "reconciliation/adapters/store.py", "reconciliation/adapters/records.py"
_DAY, _CHECKPOINT = "reconciliation/day.py", "reconciliation/checkpoint.py"
_LIFECYCLE = "reconciliation/lifecycle"
_CLAIMING, _OPENING = f"{_LIFECYCLE}/claiming.py", f"{_LIFECYCLE}/opening.py"
_RESUMING, _STOPPING = f"{_LIFECYCLE}/resuming.py", f"{_LIFECYCLE}/stopping.py"
_CLOSING, _CHECKPOINTING = f"{_LIFECYCLE}/closing.py", f"{_LIFECYCLE}/checkpointing.py"
_FINISHING, _PUBLISHING = f"{_LIFECYCLE}/finishing.py", f"{_LIFECYCLE}/publishing.py"
_WATCHING, _WAITING = f"{_LIFECYCLE}/watching.py", f"{_LIFECYCLE}/waiting.py"
_MACHINE = "state_machine/reconciliation.asl.json"

_IN_STORE, _IN_DAY = "tests/functions/test_store.py::test_", "tests/test_day.py::"
_TO_ITS_END = "tests/functions/test_run_to_its_end.py::test_"
_STUCK = "tests/functions/test_never_stuck.py::test_"
_STRAIGHT = "tests/endings/test_close_first.py::test_"
_ENDING = "tests/endings/test_endings.py::test_a_run_ends_as_it_was_kept"

_STOP_LEFT_BEHIND = (
    '"Payload.$": "$.left_behind"},\n      "ResultPath": null,\n      "TimeoutSeconds": 60,\n      '
)
_TELLS = "if held.day.alert_sent or self.teller.try_to_tell(event):"
_FAILED_TELLS = f"self._put_times(current, ending.started, now)\n        {_TELLS}"

MECHANISMS: Final = (
    # --- S3's conditions and the day's states
    Mechanism("conditional writes", _STORE,
        "write(Metadata=marked, **condition)", "write(Metadata=marked)",
        f"{_IN_STORE}create_writes_only_where_nothing_stood"),
    Mechanism("the ETag of what is copied", _STORE,
        "                CopySourceIfMatch=source.etag,", "",
        f"{_IN_STORE}a_copy_is_of_what_was_looked_at"),
    Mechanism("nonce read again", _STORE,
        "standing.metadata.get(_NONCE) == nonce", "False",
        f"{_IN_STORE}a_retry_of_ones_own_write_is_no_loss"),
    Mechanism("nonce compared", _STORE,
        "standing.metadata.get(_NONCE) == nonce", "True",
        f"{_IN_STORE}a_retry_that_somebody_else_overtook_is_one"),
    Mechanism("a conflict is nobody's loss", _STORE,
        "            if code in _IN_CONFLICT:",
        "            if False:",
        f"{_IN_STORE}a_conflict_without_end_is_an_error_and_no_loss"),
    Mechanism("one holder", _DAY,
        "if current and current.holder is not None:", "if False:",
        f"{_IN_DAY}TestDay"),
    Mechanism("epoch", "glue_jobs/reconciliation.py",
        "held.day.epoch != self.epoch", "False",
        "tests/jobs/test_snapshot_and_fence.py::test_a_run_that_lost_its_day_writes_nothing_that_counts"),
    Mechanism("PUBLISHING only for the holder", _DAY,
        "allowed = current.who == attempt and current.state in (RUNNING, PUBLISHING)",
        "allowed = True",
        f"{_IN_DAY}TestDay"),
    Mechanism("CLOSED is final", _DAY,
        "current.who == attempt and current.state in (RUNNING, PUBLISHING)",
        "current.who == attempt",
        f"{_IN_DAY}TestDay"),
    # --- publishing
    Mechanism("If-Match on the published object", _PUBLISHING,
        "_copy(store, ready, target, held.day.published_etag, fingerprint)",
        "store.put(target, b'')",
        f"{_STUCK}a_job_that_sleeps_while_it_publishes_overwrites_no_later_result"),
    Mechanism("everything read before PUBLISHING", _PUBLISHING,
        "rejects = _required(store.head, _beside(ready, REJECTS))",
        "rejects = store.head(_beside(ready, REJECTS))",
        f"{_STUCK}a_day_is_not_begun_to_be_published_where_something_is_missing[rejects]"),
    # --- stopping
    Mechanism("jobs are stopped", _STOPPING,
        "runs.stop(alive)", "pass",
        "tests/functions/test_stop_jobs.py"),
    Mechanism("jobs are awaited", _STOPPING,
        "raise StillRunning", "return [] or print",
        "tests/functions/test_stop_jobs.py"),
    # --- the watchdog
    Mechanism("watchdog", _WATCHING,
        "self.closing.close_left_behind(day, holder, self.executions.started_at(holder), now)",
        "pass",
        f"{_TO_ITS_END}a_day_is_never_stuck"),
    Mechanism("watchdog finishes what was begun by hand", _WATCHING,
        "return self.closing.finish_by_hand(day, now)", "return False",
        f"{_STUCK}an_output_job_by_hand_that_died_is_finished[watchdog]"),
    Mechanism("the watchdog takes all its turns", f"{_LIFECYCLE}/each.py",
        "            failure = exc", "            raise",
        "tests/functions/test_daily_check.py::test_a_turn_that_fails_keeps_no_other_from_its_own"),
    # --- who may take the day
    Mechanism("a start finishes what was begun by hand", _CLAIMING,
        "if current and current.state == PUBLISHING:", "if False:",
        f"{_STUCK}an_output_job_by_hand_that_died_is_finished[prepare_run]"),
    Mechanism("a dead holder is closed", _CLAIMING,
        "return LeftHeld(current)", "return Busy(current)",
        f"{_STUCK}a_start_closes_the_dead_run_that_holds_the_day"),
    Mechanism("an attempt's number is used once", _CLAIMING,
        "max(record.attempts, tried) + 1", "record.attempts + 1",
        "tests/lifecycle/test_claiming.py::test_claim"),
    Mechanism("a resume replaces what its run was to", _CLAIMING,
        "return published_etag == record.replaces", "return False",
        f"{_STUCK}a_forced_run_that_was_stopped_is_resumed_and_replaces_the_day"),
    Mechanism("a resume replaces nothing newer", _CLAIMING,
        "return published_etag == record.replaces", "return True",
        f"{_STUCK}a_resume_does_not_replace_what_was_published_since"),
    Mechanism("the etag that stands there", _OPENING,
        "published_etag=published.etag if published else None",
        "published_etag=current.published_etag if current else None",
        f"{_STUCK}a_published_object_that_somebody_touched_does_not_block_the_next_run"),
    Mechanism("PrepareRun repeated is the same run", _OPENING,
        "held.day.holder == start.execution_arn", "False",
        f"{_TO_ITS_END}one_day_one_run"),
    Mechanism("PrepareRun looks again where it lost the day", _OPENING,
        "                continue", "                raise",
        f"{_ENDING}[two_starts_race_for_the_day]"),
    # --- a day that was left behind is closed first
    Mechanism("closed at most twice for one start", _OPENING,
        "if start.closed_before >= CLOSED_MAX:", "if False:",
        f"{_STRAIGHT}after_the_second_time_the_day_is_busy"),
    Mechanism("how often it was closed is counted", _OPENING,
        "start.closed_before + 1", "start.closed_before",
        f"{_STRAIGHT}after_the_second_time_the_day_is_busy"),
    Mechanism("the machine remembers how often", _MACHINE,
        '"closed_before.$": "$.closed_before"', '"closed_before": 0',
        f"{_STRAIGHT}after_the_second_time_the_day_is_busy"),
    Mechanism("the deadline does not move", _OPENING,
        "remaining_s(start.started, tuning.deadline_s, start.clock())",
        "remaining_s(start.clock(), tuning.deadline_s, start.clock())",
        f"{_STRAIGHT}the_new_run_s_deadline_does_not_move"),
    Mechanism("the jobs left behind are stopped before", _MACHINE,
        '"StringEquals": "CLOSE_FIRST", "Next": "StopLeftBehind"',
        '"StringEquals": "CLOSE_FIRST", "Next": "CloseLeftBehind"',
        f"{_STRAIGHT}its_jobs_are_over_before_it_is_closed"),
    Mechanism("the jobs left behind are awaited", _MACHINE,
        f'{_STOP_LEFT_BEHIND}"Retry"', f'{_STOP_LEFT_BEHIND}"_"',
        f"{_STRAIGHT}its_jobs_are_over_before_it_is_closed"),
    Mechanism("jobs that would not stop keep no day", _MACHINE,
        '"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "CloseLeftBehind"}],',
        "",
        f"{_STRAIGHT}a_job_that_would_not_stop_keeps_no_day"),
    Mechanism("the machine closes what was left behind", _MACHINE,
        '"Next": "CloseLeftBehind"\n    },', '"Next": "PrepareRun"\n    },',
        f"{_STRAIGHT}its_jobs_are_over_before_it_is_closed"),
    Mechanism("what cannot be closed leaves the day busy", _MACHINE,
        '"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "PrepareRun"}],', "",
        f"{_STRAIGHT}a_day_that_cannot_be_closed_is_busy"),
    Mechanism("CloseRun closes what was left behind", _CLOSING,
        "if held is None or held.day.holder != execution_arn:", "if True:",
        f"{_STUCK}a_start_closes_the_dead_run_that_holds_the_day"),
    Mechanism("CloseRun leaves alone who closed itself", _CLOSING,
        "if held is None or held.day.holder != execution_arn:", "if held is None:",
        f"{_ENDING}[aborted_once_it_was_closed]"),
    Mechanism("CloseRun stops the jobs of a run that was left", _CLOSING,
        "stop(self.runs, held.day.who, started)", "pass",
        f"{_ENDING}[aborted_in_reconciliation]"),
    Mechanism("CloseRun does not wait for a job that would not stop", _CLOSING,
        "contextlib.suppress(StillRunning)", "contextlib.nullcontext(StillRunning)",
        f"{_ENDING}[aborted_by_hand_and_would_not_stop]"),
    Mechanism("CloseRun finishes what was begun by hand", _CLOSING,
        "if self.publisher.finish(held.day):", "if False:",
        f"{_STUCK}an_output_job_by_hand_that_died_is_finished[prepare_run]"),
    Mechanism("CloseRun gives up what was begun by hand and is gone", _CLOSING,
        "self._give_up(held.day)", "pass",
        f"{_STUCK}an_output_job_by_hand_whose_data_are_gone_is_given_up"),
    Mechanism("CloseRun finishes a published run that was left", _CLOSING,
        "if isinstance(closed, Published):", "if False:",
        f"{_ENDING}[aborted_once_published]"),
    # --- what a resume believes
    Mechanism("the checkpoint's very bytes", _CHECKPOINT,
        "digest(body) != record.checkpoint_sha256", "False",
        "tests/test_checkpoint.py::test_the_runbooks_structure"),
    Mechanism("the plan is the job's own", _RESUMING,
        "plan.input.version_id) != own", "plan.input.version_id) != own and False",
        f"{_STUCK}a_forged_plan_is_refused"),
    Mechanism("missing parts", _RESUMING,
        "        if absent:", "        if False:",
        f"{_STUCK}a_day_is_not_begun_to_be_published_where_something_is_missing[rejects]"),
    # --- closing
    Mechanism("CloseRun settles the note", _CLOSING,
        "record = self.checkpoints.settled(current)", "record = self.records.read(current.job_id)",
        f"{_STUCK}an_inspection_that_ends_after_its_run_was_closed"
        f" {_STUCK}a_prepare_run_that_died_after_it_took_the_day"),
    Mechanism("notes are merged", _RECORDS,
        "kept | {name: written", "record.to_dict() | {name: written",
        f"{_STUCK}an_inspection_that_ends_after_its_run_was_closed"),
    Mechanism("a note that was changed tells whose it is", _RECORDS,
        'whose = {name: given.get(name) for name in ("s3_key", "version_id")}', "raise JsonRefused(job_id)",
        "tests/functions/test_left_behind.py::test_a_note_that_somebody_changed_keeps_no_day"),
    Mechanism("a note that is gone keeps no day", _RECORDS,
        "given = standing.json() if standing else given", "given = standing.json()",
        "tests/functions/test_left_behind.py::test_a_note_that_is_gone_or_none_any_more_keeps_no_day"),
    Mechanism("a day that moved is not given up", _PUBLISHING,
        "raise DayMoved(new.day) from exc", "raise error('OUTPUT_FAILED', new.day) from exc",
        "tests/functions/test_left_behind.py::test_a_publication_by_hand_that_another_is_finishing_is_not_given_up"),
    Mechanism("one job copies the base", "glue_jobs/base_copy.py",
        "except ConditionFailed as exc:", "except ZeroDivisionError as exc:",
        "tests/jobs/test_base_copy.py::test_a_second_job_of_the_attempt_copies_nothing"),
    Mechanism("an end that was begun is kept", _CLOSING,
        "self.checkpoints.of(current, record) or ", "",
        f"{_STUCK}a_close_run_that_died_ends_as_it_had_begun"),
    Mechanism("an end is known by its very bytes", _CHECKPOINTING,
        "checkpoints.digest(standing.body) != record.checkpoint_sha256", "False",
        f"{_STUCK}an_end_that_somebody_changed_is_decided_anew"),
    Mechanism("an earlier attempt's end is not this one's", _CHECKPOINTING,
        "return content if content.attempt == current.attempt else None", "return content",
        f"{_ENDING}[resumed_twice]"),
    Mechanism("CloseRun looks again where the job was quicker", _CLOSING,
        "                continue  # the output job", "                raise  # the output job",
        f"{_STUCK}a_job_that_publishes_while_its_run_is_closed_is_a_success"),
    Mechanism("told once", _CLOSING,
        _FAILED_TELLS, _FAILED_TELLS.replace("held.day.alert_sent or ", ""),
        f"{_STUCK}a_close_run_that_died_after_it_told_people_tells_them_once"),
    Mechanism("not released before people are told", _CLOSING,
        _FAILED_TELLS, _FAILED_TELLS.replace(":", " or True:"),
        f"{_STUCK}a_close_run_that_died_ends_as_it_had_begun"),
    Mechanism("give up what is gone", _CLOSING,
        "current.state == PUBLISHING and not self.publisher.finish(current)",
        "current.state == PUBLISHING and self.publisher.finish(current) and False",
        f"{_STUCK}a_dead_publication_whose_data_are_gone_is_given_up"),
    # --- finishing, and the version that waits
    Mechanism("a success is told once", _FINISHING,
        _TELLS, "if self.teller.try_to_tell(event):",
        f"{_ENDING}[finish_run_dies_before_the_day_is_released]"),
    Mechanism("a success is not released before people are told", _FINISHING,
        _TELLS, _TELLS.replace(":", " or True:"),
        f"{_ENDING}[finish_run_finds_no_way_to_tell]"),
    Mechanism("who leaves a mark looks at the day again", _WAITING,
        "self.start_or_log(current.day)", "pass",
        "tests/functions/test_waiting.py::test_a_day_that_is_freed_while_the_mark_is_written"),
    Mechanism("who frees the day looks at the mark", _WAITING,
        "self.start_or_log(held.day.day)", "pass",
        "tests/functions/test_waiting.py::test_whoever_frees_the_day_starts_it"),
)  # fmt: skip
"""A paragraph each: its name and file, its line, the line when it is off, the tests."""
