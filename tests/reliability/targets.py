"""All that reads what strangers wrote, with valid examples to begin from."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.resources import files
from itertools import islice
from unittest import mock

from attrs import frozen
from reliability.workload import LIFECYCLE, calls, desk_on, done

from complaint_lifecycle import Calendar, Codec, ComplaintError, SqlJournal
from complaint_lifecycle import compensation as give
from complaint_lifecycle.compensation.data import policy_from_data
from complaint_lifecycle.compensation.tables import Table
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.inbox import load_inbox
from complaint_lifecycle.sla.holiday_dates import holidays_from_ical
from complaint_lifecycle.transfer import export_entries, import_entries

CODEC = Codec()


@frozen
class Target:
    """Something that reads text.

    Attributes:
        read: Reads it; raises nothing but errors of ours.

        examples: Texts that it can read.

        is_json: Whether they are lines of JSON.
    """

    read: Callable[[str], object]
    examples: tuple[str, ...]
    is_json: bool


@cache
def _lines() -> tuple[str, ...]:
    with SqlJournal(":memory:") as journal:
        for _, call in islice(calls(desk_on(journal), 4), 40):
            done(call)
        return tuple(export_entries(journal))


@cache
def _journal() -> SqlJournal:
    return SqlJournal(":memory:")


def _load(text: str) -> None:
    entry = CODEC.load(text.encode("utf-8", "surrogateescape"))
    assert CODEC.load(CODEC.dump(entry)) == entry
    assert CODEC.load(text) == entry


def _import(text: str) -> None:
    """Take lines in; what was taken has to come out again."""
    journal = _journal()
    try:
        lines = text.split("\n")
        report = import_entries(lines, journal, lifecycle=LIFECYCLE, on_error="skip")
        assert len(list(export_entries(journal))) == report.entries
        for name in journal.complaints():
            LIFECYCLE.replay(journal.entries(name))
        again = import_entries(lines, journal, lifecycle=LIFECYCLE, on_error="skip")
        assert (again.entries, again.refused) == (0, report.refused)
        if report.refused:
            raise UnreadableError(report.refused[0].problem)
    finally:
        journal._connection.execute("DELETE FROM complaint_entry")


def _data(text: str) -> object:
    """Read JSON as a host would, whose own errors are its own."""
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def _policy(text: str) -> None:
    policy = policy_from_data(_data(text))
    assert policy_from_data(policy.to_data()) == policy


def _calendar(text: str) -> None:
    calendar = Calendar.from_data(_data(text))
    assert Calendar.from_data(calendar.to_data()) == calendar


def _inbox(text: str) -> None:
    with mock.patch("complaint_lifecycle.inbox.files") as found:
        found.return_value.joinpath.return_value.read_text.return_value = text
        for letter in load_inbox():
            letter.received()


_OFFICE = Calendar.weekly("Europe/Kyiv", mon_fri="09:00-13:00, 14:00-18:00")
_POLICY = give.first_of(
    give.when(give.missed("fix"), give.percent("10%")),
    give.coupon("15%"),
)
_CSV = (
    "severity,delay_minutes,kind,value\n"
    "minor|moderate,-,apology,\n"
    "serious|critical,<60,discount,15%\n"
    "serious|critical,[60..120),refund,20.50 EUR\n"
    "serious|critical,>=120,refund,100%\n"
)
_TOML = """
name = "late trains"
hit = "unique"
inputs = ["severity", "delay_minutes"]
otherwise = {kind = "nothing"}

[[row]]
when = {severity = ["serious", "critical"], delay_minutes = ">=60"}
give = {kind = "refund", value = "50%"}
"""
ICAL = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
RRULE:FREQ=YEARLY;INTERVAL=2
EXDATE;VALUE=DATE:20271224
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20260401
DURATION:P2D
RDATE;VALUE=DATE:20260501,20260601
END:VEVENT
BEGIN:VEVENT
UID:2
RECURRENCE-ID;VALUE=DATE:20281224
DTSTART;VALUE=DATE:20281225
END:VEVENT
END:VCALENDAR
"""


@cache
def targets() -> Mapping[str, Target]:
    """Return everything that reads."""
    lines = _lines()
    inbox = files("complaint_lifecycle").joinpath("inbox.jsonl").read_text("utf-8")
    letters = tuple(inbox.rstrip().split("\n"))
    calendars = (_OFFICE, _OFFICE - Calendar.weekly("UTC", mon_fri="12:00-15:00"))
    return {
        "codec": Target(_load, lines, is_json=True),
        "import": Target(_import, lines, is_json=True),
        "policy": Target(_policy, (json.dumps(_POLICY.to_data()),), is_json=True),
        "calendar": Target(
            _calendar, tuple(json.dumps(c.to_data()) for c in calendars), is_json=True
        ),
        "csv": Target(Table.from_csv, (_CSV,), is_json=False),
        "toml": Target(Table.from_toml, (_TOML,), is_json=False),
        "ical": Target(holidays_from_ical, (ICAL,), is_json=False),
        "inbox": Target(_inbox, letters, is_json=True),
    }


def tried(target: Target, text: str) -> bool:
    """Tell whether a text was read; only an error of ours may say that it was not."""
    try:
        target.read(text)
    except ComplaintError as error:
        # Whoever shows or logs it must be able to.
        str(error).encode("utf-8", "backslashreplace")
        return False
    return True
