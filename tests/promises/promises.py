"""What the system promises, each with the mechanisms that keep it; and what it does not promise.

The invariants are those of the reliability design (I1 to I11), the guards those of its table "who may do
what", the balance the data contract's. `page.py` makes docs/promises.md of them; `python -m tests.promises`
switches each mechanism off, and sees its test fail.
"""

from dataclasses import dataclass
from typing import Final

from tests.promises.of_the_data import OF_THE_DATA
from tests.promises.of_the_day import OF_THE_DAY
from tests.promises.of_the_guards import OF_THE_GUARDS

MECHANISMS: Final = (*OF_THE_DAY, *OF_THE_DATA, *OF_THE_GUARDS)


@dataclass(frozen=True)
class Promise:
    """`said` to people; `kept_by` are names of MECHANISMS."""

    name: str
    said: str
    kept_by: tuple[str, ...]


@dataclass(frozen=True)
class NotPromised:
    """`said` is what somebody may think; `instead` what is done; the test that shows it, by pytest's name."""

    said: str
    instead: str
    test: str


INVARIANTS: Final = (
    Promise("I1", "What is published is exactly right, or nothing new is published",
        (
            *("lines balance", "keys balance", "the base's rows balance", "cents balance"),
            *("what does not balance is not published", "everything read before PUBLISHING", "missing parts"),
            *("what is counted is what is published", "every refused line is kept"),
            "what the comparison counts is what the stages count",
            "a cut knows whether a quote is open where it begins",
            "the second half of a quoted newline is no order",
            *("what fails of the file fails every partition", "a part that is made again is the same"),
            *("no cent is rounded", "lines that contradict each other count for nothing"),
            *("what a reader of lines swallows is noticed", "what a reader of fields swallows is noticed"),
            *("keys are proved unique", "an index in an order that is gone is refused"),
            *("hidden rows are refused", "a session's settings are read back"),
            *("conditional writes", "a key's partition never changes", "the ETag of what is copied"),
        )),
    Promise("I2", "Who reads the output sees the old whole or the new whole, never a part",
        ("If-Match on the published object", "PUBLISHING only for the holder", "the etag that stands there",
         "a copy is known by what it is of",
         "watchdog finishes what was begun by hand", "a start finishes what was begun by hand",
         "CloseRun finishes what was begun by hand", "CloseRun finishes a published run that was left",
         "give up what is gone", "CloseRun gives up what was begun by hand and is gone",
         "a day that moved is not given up")),
    Promise("I3", "One winner for a reference date; who loses publishes nothing",
        ("one holder", "epoch", "CLOSED is final", "nonce read again", "nonce compared",
         "a conflict is nobody's loss", "only S3's own word is an absence",
         "a success is S3's by its marks",
         "PrepareRun repeated is the same run",
         "PrepareRun looks again where it lost the day", "an attempt's number is used once",
         "an upload's execution has the object's name", "a resume replaces what its run was to",
         "a resume replaces nothing newer", "CloseRun looks again where the job was quicker")),
    Promise("I4", "The version of the file is pinned, and every job reads that one",
        ("the inspected version is the one that came", "the validated version is the one inspected",
         "a cut is read whole", "the plan is the job's own")),
    Promise("I5", "A run has one end, and people are told of it once, with one id",
        ("told once", "not released before people are told", "a success is told once",
         "a success is not released before people are told", "an end that was begun is kept",
         "an end is known by its very bytes", "an earlier attempt's end is not this one's",
         "an alert has one id", "what SNS does not take is kept", "Slack is told once",
         "the watchdog tells once", "CloseRun leaves alone who closed itself")),
    Promise("I6", "Nothing is left behind: no running job, no held day, no session, no unfinished upload",
        ("jobs are stopped", "jobs are awaited", "watchdog", "the watchdog takes all its turns",
         "a dead holder is closed", "closed at most twice for one start",
         "how often it was closed is counted", "who does at once what an alert says has the day",
         "the machine remembers how often", "the jobs left behind are stopped before",
         "the jobs left behind are awaited", "jobs that would not stop keep no day",
         "the machine closes what was left behind", "what cannot be closed leaves the day busy",
         "CloseRun closes what was left behind", "CloseRun stops the jobs of a run that was left",
         "CloseRun does not wait for a job that would not stop", "CloseRun settles the note",
         "notes are merged", "a note that was changed tells whose it is", "a note that is gone keeps no day",
         "who leaves a mark looks at the day again", "who frees the day looks at the mark",
         "a connection is closed", "an upload that was left is taken away",
         "an execution that was aborted is closed", "a failed run's jobs are stopped first")),
    Promise("I7", "A resumed run's result is that of the same run uninterrupted, row for row",
        ("a part is committed once", "a committed copy of the base is not made again",
         "a resume's own copy of the base", "one job copies the base", "a file has one set of data",
         "what one job left to publish stays", "of two jobs at once the first one's summary stays",
         "the rows published are in one order", "a checkpoint is of these rules",
         "a checkpoint has its plan's rules", "a plan is of these rules", "a plan is still of these rules",
         "a plan's own partitions are no other rules")),
    Promise("I8", "No password, webhook or customer's name is in a log, history, alert, metric, checkpoint,"
        " incident or summary; what is about orders (divergences, report, explanations) has names",
        ("a secret travels by its name", "a secret's content is in no message",
         "a webhook's address is in no message", "a line of data is no header's fault",
         "a library's words are in no log", "what is asked of the base is in no log",
         "an order that is explained is in no log")),
    Promise("I9", "The base is untouched: its reader can only read",
        ("a reader of PostgreSQL may read", "a reader of MySQL may read", "a transaction only reads")),
    Promise("I10", "Lines, rows and cents balance, or the job fails",
        ("lines balance", "keys balance", "the base's rows balance", "cents balance",
         "what does not balance is not published", "every line of the file is decided",
         "the database counts the day itself", "a look-up brings its own count",
         "what is copied is what was read", "one snapshot")),
    Promise("I11", "A run is over within 20 minutes and 60 s; one that is finished is not held by the timer",
        ("the deadline rings", "a run that is over is not held", "the deadline does not move",
         "PrepareRun is told the time", "a host's clock gives no more time, and no less",
         "PrepareRun is told how often it was tried",
         "a forgotten job dies by itself", "a statement ends", "a lock is not waited for without end",
         "a failed end is no failed run")),
)  # fmt: skip

GUARDS: Final = (
    Promise("A forged key", "A key has one form, with a real date; the bucket is the deployment's",
        ("a key has its form", "a key's date is real")),
    Promise("A forged checkpoint", "A checkpoint is believed in its own place, to the byte, of its job alone",
        ("a checkpoint is in its own place", "a checkpoint is its last attempt's",
         "a checkpoint is of its file", "the checkpoint's very bytes", "the plan is the job's own",
         "a document's size is known before it is read")),
    Promise("Arguments smuggled into a job", "The machine makes every argument, and each is a plain value",
        ("an execution's input has no other field", "the machine alone makes a job's arguments",
         "an argument's value is no argument", "an argument that is a number is one",
         "the output job takes its own paths alone")),
    Promise("SQL through keys",
        "A key is data: bound, or copied, never part of a statement; the name of a schema or a column ends,"
        " stays on its line, and puts nothing into a statement that somebody pastes",
        ("keys are bound", "a name stays on its line", "a name ends",
         "what is put into a statement is put into nothing else")),
    Promise("`test-rds-connection` as a port scanner", "It reaches for the configured base alone",
        ("only the configured base is reached for",)),
    Promise("Secrets in histories, logs, arguments", "The name of a secret travels, and the job fetches it",
        ("a secret travels by its name", "a secret's content is in no message",
         "a secret's values are texts")),
    Promise("People's data in alerts", "Counts, ids and links; never a name",
        ("a line of data is no header's fault", "a library's words are in no log",
         "data stay on their line")),
    Promise("Text that speaks to Slack", "Slack's signs are escaped, and whatever data say stays text",
        ("Slack's signs are escaped", "data stay on their line", "a page's data are text")),
    Promise("Open buckets, plain HTTP", "TLS alone, our own key, open to nobody, all objects the owner's",
        ("buckets take TLS alone", "buckets are encrypted with our key", "buckets are open to nobody",
         "objects are the bucket's owner's")),
    Promise("Another server in the database's place", "With the CA bundle, the server proves its name",
        ("PostgreSQL proves its name", "MySQL proves its name")),
    Promise("Formulas in a spreadsheet", "Nothing that a spreadsheet opens runs; Parquet is verbatim",
        ("a spreadsheet runs nothing",)),
    Promise("Something else in a library's place", "All is pinned by hash; nothing is fetched at run time",
        ("wheels are held against their hashes", "the environment is held against its hashes",
         "a job asks no index")),
)  # fmt: skip

BALANCE: Final = (
    Promise("Lines", "data lines = refused + identical duplicates + valid keys",
        ("lines balance", "every line of the file is decided", "a cut is read whole")),
    Promise("Keys", "valid keys = equal + TIPO_1 + TIPO_3", ("keys balance",)),
    Promise("Base", "base in scope = equal + TIPO_2 + TIPO_3; the database counts the same rows",
        ("the base's rows balance", "the database counts the day itself", "a look-up brings its own count",
         "what is copied is what was read")),
    Promise("Cents", "Σ file − Σ base = Σ differences, to the cent; the database sums the same",
        ("cents balance", "no cent is rounded", "the database counts the day itself")),
    Promise("Nothing else", "A day that does not balance is not published",
        ("what does not balance is not published",)),
)  # fmt: skip

BEST_EFFORT: Final = (
    Promise("Best effort", "Figures, dashboard and report: what fails of them keeps no day back",
        ("figures that CloudWatch does not take are logged", "a dashboard that is not refreshed is logged",
         "a report that fails keeps no day back")),
)  # fmt: skip

PROMISES: Final = (*INVARIANTS, *GUARDS, *BALANCE, *BEST_EFFORT)

_ENDING: Final = "tests/endings/test_endings.py::test_a_run_ends_as_it_was_kept"
NOT_PROMISED: Final = (
    NotPromised("Each alert comes exactly once",
        "At least once. A function that dies between SNS's answer and its own note tells again, with the same"
        " id, by which Slack is told once; e-mail may come twice",
        f"{_ENDING}[close_run_dies_before_it_notes_that_people_were_told]"),
    NotPromised("Alerts come in the order in which things happened",
        "Each has its time and its incident; what SNS would not take comes later, from the watchdog",
        f"{_ENDING}[what_sns_would_not_take_is_told_later]"),
    NotPromised("Every figure is in CloudWatch",
        "Best effort: what it does not take is logged and missing there. The day's summary has all of them",
        f"{_ENDING}[published_without_metrics]"),
    NotPromised("The dashboard shows the day when the run ends",
        "QuickSight is asked to copy it; a copy that fails is an alert of its own, and no failed run",
        f"{_ENDING}[published_and_the_dashboard_is_not_refreshed]"),
    NotPromised("A published day has its report",
        "It is made once the day is published; what fails of it is told (`REPORT_FAILED`), and it can be made"
        " again by hand",
        f"{_ENDING}[published_without_its_report]"),
    NotPromised("Every file that is uploaded is run",
        "Of several versions that come while a day is busy, the newest waits and is run; the others are not."
        " Another file waits for the day's publication, and is then `NEEDS_FORCE`, or the same bytes",
        "tests/functions/test_waiting.py::test_the_last_of_several_runs_however_their_events_come"),
    NotPromised("A corrected file replaces a published day by itself",
        "Only what an operator forces does: other bytes for a published day are `NEEDS_FORCE`",
        f"{_ENDING}[needs_force]"),
    NotPromised("S3's and Step Functions' events come, once",
        "None is relied on: a name that is the object's, and a watchdog every five minutes",
        "tests/functions/test_waiting_in_any_order.py::test_any_order_of_uploads_events_and_ends"),
    NotPromised("An order is explained as it is now",
        "As the run found it: the base is read once, in one snapshot, and what changed there since is in the"
        " next run. The run's data are kept for 30 days, what is published for good",
        "tests/explain/test_explaining.py::test_a_day_whose_data_expired_tells_what_is_published"),
    NotPromised("What somebody rewrites by hand in a bucket is noticed at once",
        "It is noticed where it is next read for a run, a report or an explanation, and refused there",
        "tests/explain/test_rewritten.py::test_it_is_asked_again_only_as_long_as_a_publication_can_take"),
)  # fmt: skip
