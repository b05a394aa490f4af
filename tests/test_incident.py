"""The incident of a day: what each alert says of it, when people are reminded, and when it is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reconciliation import alerts
from reconciliation import incident as incidents
from reconciliation.alert_texts import text_of
from reconciliation.daily import SAO_PAULO
from reconciliation.errors import FAILURES
from reconciliation.incident import Alert, Incident, Note, after, due, line_of, note_of, reminder_note
from tests.events import event

DAY = "2026-02-16"
START = datetime(2026, 2, 16, 10, tzinfo=UTC)
TELLING = ("SUCCEEDED", "ABNORMAL_RATE", "FINISH_FAILED")
"""These say that the day is published."""
PUBLISHED_CODES = ("ABNORMAL_RATE", "QUICKSIGHT_FAILED", "FINISH_FAILED")


def alert(code: str, attempt: int = 1, at: datetime = START) -> Alert:
    """Of the day's one job; its id is made as an event's."""
    failure = FAILURES.get(code)
    return Alert(
        alert_id=f"J-{attempt}-{code}",
        code=code,
        severity=failure.severity if failure else "LOW",
        playbook=failure.playbook if failure else "1.1",
        at=at,
        message="o que houve",
        execution_arn=f"arn:x:e{attempt}",
        started=None,
        stage=None,
        job_id="J",
        attempt=attempt,
        s3_key=None,
        checkpoint_location=None,
    )


def told(*codes: tuple[str, int]) -> tuple[Incident | None, list[tuple[str, str] | None]]:
    """The incident once these were told, a minute between two, and what each said: state and headline."""
    current, said = None, []
    for passed, (code, attempt) in enumerate(codes):
        given = alert(code, attempt, START + timedelta(minutes=passed))
        current = after(current, given, DAY)
        note = note_of(current, given.alert_id)
        said.append((note.state, note.headline) if note else None)
    return current, said


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ([("SUCCEEDED", 1)], [None]),
        ([("DAILY_CHECK", 0)], [None]),
        ([("ABNORMAL_RATE", 1)], [("abre", "")]),
        ([("TIMEOUT", 1), ("SUCCEEDED", 2)], [("abre", ""), ("encerra", "Recuperado: TIMEOUT")]),
        ([("TIMEOUT", 1), ("ABNORMAL_RATE", 2)], [("abre", ""), ("encerra", "Recuperado: TIMEOUT")]),
        ([("NO_FILE", 0), ("DAILY_CHECK", 0)], [("abre", ""), ("repete", "")]),
        ([("RDS_AUTH", 1), ("RDS_AUTH", 2), ("TIMEOUT", 3), ("SUCCEEDED", 4), ("SUCCEEDED", 5)],
         [("abre", ""), ("repete", ""), ("abre", ""), ("encerra", "Recuperado: RDS_AUTH (2 vezes), TIMEOUT"),
          None]),
        # what QuickSight did not take is told before its own publication, which does not end it
        ([("QUICKSIGHT_FAILED", 1), ("SUCCEEDED", 1), ("SUCCEEDED", 2)],
         [("abre", ""), ("repete", ""), ("encerra", "Recuperado: QUICKSIGHT_FAILED")]),
        ([("TIMEOUT", 1), ("QUICKSIGHT_FAILED", 2), ("SUCCEEDED", 2)],
         [("abre", ""), ("abre", ""), ("encerra", "Recuperado: TIMEOUT")]),
        ([("TIMEOUT", 1), ("FINISH_FAILED", 2), ("SUCCEEDED", 3)],
         [("abre", ""), ("encerra", "Recuperado: TIMEOUT"), ("encerra", "Recuperado: FINISH_FAILED")]),
        # the check of a day that is in order, which is LOW as these are made
        ([("FINISH_FAILED", 1), ("DAILY_CHECK", 0)],
         [("abre", ""), ("encerra", "Recuperado: FINISH_FAILED")]),
        ([("ABNORMAL_RATE", 1), ("ABNORMAL_RATE", 2)], [("abre", ""), ("repete", "")]),
        ([("ABNORMAL_RATE", 1), ("SUCCEEDED", 2)], [("abre", ""), ("encerra", "Recuperado: ABNORMAL_RATE")]),
        ([("TIMEOUT", 1), ("SUCCEEDED", 2), ("TIMEOUT", 3)],
         [("abre", ""), ("encerra", "Recuperado: TIMEOUT"), ("abre", "")]),
    ],
)  # fmt: skip
def test_what_each_alert_says(codes: list[tuple[str, int]], said: list[tuple[str, str] | None]) -> None:
    assert told(*codes)[1] == said


def test_what_stays_open_where_others_are_over_is_said() -> None:
    incident = told(("TIMEOUT", 1), ("ABNORMAL_RATE", 2))[0]
    assert incident
    assert incident.ended
    note = note_of(incident, incident.ended.by)
    assert note == Note(
        id="INC-20260216", state="encerra", headline="Recuperado: TIMEOUT", left=("ABNORMAL_RATE",)
    )
    body = alerts.body_of(replace(event("ABNORMAL_RATE"), incident=note))
    assert body["incidente"] == {"id": "INC-20260216", "estado": "encerra", "abertos": ["ABNORMAL_RATE"]}
    assert "INC-20260216 (encerrado em parte; ainda em aberto: ABNORMAL_RATE)" in text_of(body)


def test_a_second_code_of_an_open_incident_says_that_and_who_is_at_it() -> None:
    first = told(("TIMEOUT", 1))[0]
    assert first
    incident = after(first.taken("ana", START), alert("RDS_AUTH", 2, START + timedelta(minutes=1)), DAY)
    note = note_of(incident, "J-2-RDS_AUTH")
    assert note == Note(id="INC-20260216", state="abre", left=("TIMEOUT",), taken_by="ana")
    body = alerts.body_of(replace(event("RDS_AUTH"), incident=note))
    assert "INC-20260216 (já estava aberto: TIMEOUT; assumido por ana)" in text_of(body)
    assert note_of(incident, "J-1-TIMEOUT") == Note(id="INC-20260216", state="abre"), (
        "told late, it is the first"
    )


@pytest.mark.parametrize("code", ["TIMEOUT", "SUCCEEDED", "ABNORMAL_RATE"])
def test_an_alert_that_is_told_again_changes_nothing_and_says_the_same(code: str) -> None:
    before, _ = told(("RDS_AUTH", 1), ("TIMEOUT", 2))
    given = alert(code, 3)
    once = after(before, given, DAY)
    assert after(once, replace(given, at=given.at + timedelta(minutes=5)), DAY) == once
    assert note_of(once, given.alert_id) is not None


def test_what_is_of_no_day_is_of_its_execution_or_of_what_it_is_about() -> None:
    keys = [
        incidents.key_of(DAY, "arn:x:e1", "k"),
        incidents.key_of(None, "arn:x:e1", "k"),
        incidents.key_of(None, "", "k"),
    ]
    assert keys == [DAY, "e1", "k"]
    assert [incidents.id_of(key) for key in keys] == ["INC-20260216", "INC-e1", "INC-k"]
    assert [incidents.key_of_id(incidents.id_of(key)) for key in keys] == keys
    opened = after(None, alert("E_S3_KEY"), "k")
    assert opened
    assert (opened.id, opened.day) == ("INC-k", None)


@pytest.mark.parametrize(
    ("code", "minutes"),
    [
        ("E_HEADER", [15, 30, 60]), ("NO_FILE", [15, 30, 60]), ("TIMEOUT", [15, 30, 60]),
        ("RDS_AUTH", [30, 60, 120]),
        ("OUTPUT_FAILED", []), ("NEEDS_FORCE", []), ("ABNORMAL_RATE", []),
    ],
)  # fmt: skip
def test_people_are_reminded_at_one_two_and_four_response_times(code: str, minutes: list[int]) -> None:
    assert [passed for passed, _ in reminders(told((code, 1))[0], every=1)] == minutes


def reminders(current: Incident | None, every: int) -> list[tuple[int, int]]:
    """The minutes at which a watchdog that looks so often reminds people, and the reminders' numbers."""
    sent = []
    for passed in range(0, 1440, every):
        assert current
        if reminder := due(current, START + timedelta(minutes=passed), {}):
            sent.append((passed, reminder.number))
            current = current.with_reminder(reminder)
    return sent


def test_of_reminders_that_were_missed_the_last_is_sent() -> None:
    assert reminders(told(("TIMEOUT", 1))[0], every=45) == [(45, 2), (90, 3)]


def test_a_graver_code_has_its_own_reminders() -> None:
    current, _ = told(("RDS_AUTH", 1))
    assert current
    current = current.with_reminder(incidents.Reminder(of="J-1-RDS_AUTH", number=2))
    grave = after(current, alert("TIMEOUT", 2, START + timedelta(hours=1)), DAY)
    assert grave
    assert due(grave, START + timedelta(minutes=74), {}) is None
    assert due(grave, START + timedelta(minutes=75), {}) == incidents.Reminder(of="J-2-TIMEOUT", number=1)


def test_who_takes_an_incident_over_hears_of_it_no_more_until_it_opens_anew() -> None:
    current, _ = told(("TIMEOUT", 1))
    assert current
    taken = current.taken("ana", START)
    assert due(taken, START + timedelta(days=1), {}) is None
    assert taken.taken("bia", START) == taken, "the first stays"
    still = after(taken, alert("RDS_AUTH", 2), DAY)
    assert still
    assert still.taken_by == "ana"
    over = after(still, alert("SUCCEEDED", 3), DAY)
    anew = after(over, alert("TIMEOUT", 4), DAY)
    assert anew
    assert (anew.taken_by, anew.taken_at, anew.reminded) == (None, None, None)


@pytest.mark.parametrize(
    ("code", "highest", "levels"),
    [("TIMEOUT", 3, [2, 3, 3]), ("TIMEOUT", 4, [2, 3, 4]), ("RDS_AUTH", 4, [2, 2, 2])],
)
def test_reminders_escalate_as_far_as_the_runbook_says(code: str, highest: int, levels: list[int]) -> None:
    current, _ = told((code, 1))
    assert current
    notes = [
        reminder_note(current, incidents.Reminder(of=f"J-1-{code}", number=number), highest)
        for number in (1, 2, 3)
    ]
    assert [note.level for note in notes] == levels
    assert len({note.reminder_id for note in notes}) == 3
    assert all(incidents.is_reminder(note.reminder_id) for note in notes)
    assert notes[0] == Note(
        id="INC-20260216",
        state="repete",
        headline="Lembrete 1 de 3, nível 2 (Engenharia)",
        reminder_id=f"INC-20260216-LEMBRETE-1-J-1-{code}",
        level=2,
    )


def test_the_daily_check_shows_who_is_at_it() -> None:
    current, _ = told(("RDS_AUTH", 1), ("RDS_AUTH", 2), ("TIMEOUT", 3))
    assert current
    line = "INC-20260216 [CRITICAL] RDS_AUTH (2 vezes), TIMEOUT, aberto desde 16/02 07:00; "
    assert line_of(current, SAO_PAULO) == line + "ninguém o assumiu"
    taken = current.taken("ana@empresa.com", START + timedelta(minutes=9))
    assert line_of(taken, SAO_PAULO) == line + "assumido por ana@empresa.com em 16/02 07:09"


def test_the_document_is_read_as_it_was_written() -> None:
    current, _ = told(("TIMEOUT", 1), ("QUICKSIGHT_FAILED", 2), ("SUCCEEDED", 2), ("TIMEOUT", 3))
    assert current
    whole = current.taken("ana", START).with_reminder(incidents.Reminder(of="J-3-TIMEOUT", number=1))
    assert Incident.from_dict(whole.to_dict()) == whole


class History(RuleBasedStateMachine):
    """Beside the document a list of all that was told, from which everything is told anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self.current: Incident | None = None
        self.now, self.attempt = START, 0
        self.history: list[Alert] = []
        self.said: dict[str, Note | None] = {}
        self.taken = False
        self.reminded: dict[str, int] = {}

    def open(self) -> dict[str, list[Alert]]:
        """By code, in the order of their first alerts, all that was told since."""
        found: dict[str, list[Alert]] = {}
        for each in self.history:
            if each.code in TELLING:
                for code in list(found):
                    of_its_run = found[code][-1].attempt == each.attempt and code in PUBLISHED_CODES
                    if not of_its_run and code != each.code:
                        del found[code]
            if each.code != "SUCCEEDED":
                found.setdefault(each.code, []).append(each)
        return found

    @rule(
        code=st.sampled_from(["TIMEOUT", "RDS_AUTH", "DAY_BUSY", "E_HEADER", *PUBLISHED_CODES, "SUCCEEDED"]),
        same_run=st.booleans(),
    )
    def tell(self, code: str, same_run: bool) -> None:
        self.attempt += not (same_run and self.attempt)
        given = alert(code, self.attempt, self.now)
        if given.alert_id in self.said:
            return
        before = self.open()
        self.history.append(given)
        self.current = after(self.current, given, DAY)
        self.said[given.alert_id] = note = note_of(self.current, given.alert_id)
        left = self.open()
        over = [name for name in before if len(left.get(name, [])) < len(before[name])]
        if over and code in TELLING:
            assert note
            assert note.state == "encerra"
            assert all(name in note.headline for name in over)
        elif code == "SUCCEEDED":
            assert (note.state if note else None) == ("repete" if before else None)
        else:
            assert note
            assert note.state == ("repete" if code in before else "abre")
        if not before or (over and set(over) == set(before)):
            self.taken = False

    @precondition(lambda self: self.open())
    @rule(data=st.data())
    def tell_again(self, data: st.DataObject) -> None:
        """Whoever told it does not know that it left; a run that published holds the day meanwhile."""
        code = data.draw(st.sampled_from(sorted(self.open())))
        given = self.open()[code][-1]
        later = self.history[self.history.index(given) + 1 :]
        if code in TELLING and any(each.code in TELLING for each in later):
            return
        standing = after(self.current, replace(given, at=self.now), DAY)
        assert standing == self.current
        said, before = note_of(standing, given.alert_id), self.said[given.alert_id]
        assert said
        assert before
        assert said == replace(before, left=said.left, taken_by=said.taken_by)  # as it stands by now

    @precondition(lambda self: self.open())
    @rule()
    def take(self) -> None:
        assert self.current
        self.current, self.taken = self.current.taken("ana", self.now), True

    @rule(minutes=st.sampled_from([1, 5, 14, 15, 30, 61]))
    def let_time_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def remind(self) -> None:
        reminder = due(self.current, self.now, {}) if self.current else None
        urgent = [told for told in self.open().values() if told[0].severity in ("CRITICAL", "HIGH")]
        urgent.sort(key=lambda told: told[0].severity)  # CRITICAL is before HIGH, and the sort is stable
        if self.taken or not urgent:
            assert reminder is None
            return
        first = urgent[0][0]
        passed_minutes = (self.now - first.at).total_seconds() / 60
        response = 15 if first.severity == "CRITICAL" else 30
        number = sum(passed_minutes >= times * response for times in (1, 2, 4))
        if number <= self.reminded.get(first.alert_id, 0):
            assert reminder is None
            return
        assert reminder == incidents.Reminder(of=first.alert_id, number=number)
        assert self.current
        self.current = self.current.with_reminder(reminder)
        self.reminded[first.alert_id] = number

    @invariant()
    def what_is_open_is_what_the_history_says(self) -> None:
        standing = [(m.last.code, m.times) for m in self.current.matters] if self.current else []
        assert standing == [(code, len(told)) for code, told in self.open().items()]


TestHistory = History.TestCase
