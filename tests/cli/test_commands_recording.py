"""The command ``record``, and how facts are typed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from typer.testing import CliRunner
from walks import MONDAY

from complaint_lifecycle import (
    Desk,
    Fault,
    InvalidEventError,
    JumpClock,
    Received,
    Severity,
    SqlJournal,
    Thanked,
    money,
)
from complaint_lifecycle.cli import app
from complaint_lifecycle.cli.steps import read_steps, steps_by_name
from complaint_lifecycle.cli.terminal import output
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.events import EVENTS, Outcome

PROMISE = ("promise", "what=resend it", "due=2100-01-01T09:00+02:00", "owner=ana")
FIRST_REPLY = ("thank", "+", "explain", "+", "apologise", "+", *PROMISE)


@pytest.fixture(autouse=True)
def _narrow(monkeypatch):
    """Let the terminal be 80 columns wide, whatever it is."""
    monkeypatch.setattr(output, "_width", 80)


@pytest.fixture
def db(tmp_path):
    """Return the path of a database with two new complaints."""
    path = tmp_path / "c.sqlite"
    with SqlJournal(path) as journal:
        desk = Desk(journal=journal, clock=JumpClock(MONDAY))
        for name in ("c-1", "c-2"):
            desk.receive(Received(customer="C-1", channel="email"), by="form", id=name)
    return path


def record(db, *words, by="ana"):
    return CliRunner().invoke(app, ["record", *words, "--by", by, "--db", str(db)])


def history(db, name="c-1"):
    with SqlJournal(db) as journal:
        return Desk(journal=journal).history(name)


def read(*words):
    return read_steps(words, EVENTS)


def test_a_step_is_recorded(db):
    """A step is recorded, and the new state and what is allowed are told."""
    result = record(db, "c-1", "thank", "text=Thank you, Olha!")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("c-1: thanked, round 1\n")
    assert "explain, refer, withdraw, merge" in result.stdout
    entry = history(db)[-1]
    assert (entry.event.text, entry.by) == ("Thank you, Olha!", "ana")


def test_several_steps_are_one_record(db):
    """Steps separated by + share one instant."""
    assert record(db, "c-1", *FIRST_REPLY).exit_code == 0
    entries = history(db)[1:]
    assert [e.kind for e in entries] == [
        "Thanked",
        "Explained",
        "Apologised",
        "Promised",
    ]
    assert len({e.at for e in entries}) == 1
    assert entries[-1].event.due == datetime(2100, 1, 1, 7, tzinfo=UTC)


def test_several_steps_are_all_or_nothing(db):
    """If one step may not follow, none is recorded."""
    result = record(db, "c-1", "thank", "+", "fix")
    assert result.exit_code == 2
    assert len(history(db)) == 1


def test_a_refusal_is_one_line(db):
    """A refused step says why, and what is allowed."""
    result = record(db, "c-1", "apologise")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: cannot record Apologised while 'received': thank comes next "
        "(allowed: thank, withdraw, merge)\n"
    )


def test_at_says_when(db):
    """--at is the instant at which it happened, with its offset."""
    record(db, "c-1", "thank", "--at", "2026-03-02T12:30+01:00")
    assert history(db)[-1].at == datetime(2026, 3, 2, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize("at", ["2026-03-02T12:30", "yesterday", "2026-13-01T00:00Z"])
def test_at_needs_an_instant_with_an_offset(db, at):
    """A naive or unreadable instant is refused with an example."""
    result = record(db, "c-1", "thank", "--at", at)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "with its offset" in result.stderr


def test_at_lies_neither_before_nor_ahead(db):
    """An instant before the last fact or in the future is refused."""
    assert record(db, "c-1", "thank", "--at", "2020-01-01T00:00Z").exit_code == 2
    assert record(db, "c-1", "thank", "--at", "2200-01-01T00:00Z").exit_code == 2


def test_a_key_records_once(db):
    """The same call with the same key is recorded once, another one refused."""
    for _ in range(2):
        assert record(db, "c-1", "thank", "--key", "mail-1").exit_code == 0
    assert len(history(db)) == 2
    result = record(db, "c-1", "explain", "--key", "mail-1")
    assert "was used for another request" in result.stderr


def test_merging_changes_both(db):
    """merge lets a complaint go on in another one."""
    result = record(db, "c-1", "merge", "into=c-2")
    assert result.stdout.startswith("c-2: received")
    assert history(db)[-1].kind == "Merged"
    assert history(db, "c-2")[-1].kind == "Absorbed"


def test_merging_renews_a_promise(db):
    """merge + promise renews on the survivor what was promised on the duplicate."""
    for name in ("c-1", "c-2"):
        record(db, name, *FIRST_REPLY)
    assert record(db, "c-1", "merge", "into=c-2").exit_code == 2
    assert record(db, "c-1", "merge", "into=c-2", "+", *PROMISE).exit_code == 0
    assert [e.kind for e in history(db, "c-2")[-2:]] == ["Absorbed", "Promised"]


def test_merging_goes_with_nothing_else(db):
    """merge together with another step is refused."""
    result = record(db, "c-1", "thank", "+", "merge", "into=c-2")
    assert result.exit_code == 2
    assert len(history(db)) == 1


def test_by_is_needed(db):
    """Nothing is recorded by nobody."""
    result = CliRunner().invoke(app, ["record", "c-1", "thank", "--db", str(db)])
    assert result.exit_code == 2
    assert "--by" in result.stderr
    assert record(db, "c-1", "thank", by="").exit_code == 2


def test_nothing_is_no_step(db):
    """A plus alone records nothing."""
    assert "give at least one fact" in record(db, "c-1", "+").stderr


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("thank", "Thanked"),
        ("THANK", "Thanked"),
        ("Thanked", "Thanked"),
        ("customer_wrote", "CustomerWrote"),
        ("customer-wrote", "CustomerWrote"),
        ("CustomerWrote", "CustomerWrote"),
        ("asked", "Asked"),
        ("VerificationAttempted", "VerificationAttempted"),
    ],
)
def test_steps_have_names_in_any_case(typed, kind):
    """A step is named by its trigger or its fact, in any spelling of words."""
    assert [event.kind for event in read(typed)] == [kind]


def test_steps_may_be_joined():
    """The plus needs no space around it, and means itself inside a value."""
    assert [event.kind for event in read("thank+explain")] == ["Thanked", "Explained"]
    assert read("thank", "text=1+1") == [Thanked(text="1+1")]


def test_what_the_desk_records_cannot_be_typed():
    """Timers, receipts and absorbed duplicates are no steps to type."""
    names = steps_by_name(EVENTS)
    kinds = {kind.kind for kind in names.values()}
    assert not kinds & {"Received", "Absorbed", "TimerMissed", "OfferExpired"}
    assert {"thank", "merge", "customer_wrote", "final_response_sent"} <= names.keys()


def test_an_unknown_step_names_the_known_ones(db):
    """A step that does not exist is answered with those that do."""
    result = record(db, "c-1", "thanks")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "unknown step 'thanks': use one of thank, explain" in result.stderr


def test_an_unknown_field_names_the_known_ones():
    """A field that does not exist is answered with those that do."""
    with pytest.raises(UnreadableError, match="it takes satisfied=VALUE, text=VALUE"):
        read("verify", "happy=yes")
    with pytest.raises(UnreadableError, match="it takes none"):
        read("archive", "now")


def test_missing_fields_are_named():
    """What a step needs and lacks is named."""
    with pytest.raises(UnreadableError, match="Promised needs what=VALUE, owner=VALUE"):
        read("promise", "due=2026-03-04T09:00Z")


def test_a_field_comes_once():
    """A field that is given twice is refused, so that no words are lost."""
    with pytest.raises(UnreadableError, match="given twice"):
        read("thank", "text=a", "text=b")


@pytest.mark.parametrize(
    ("typed", "meant"), [("yes", True), ("NO", False), ("unknown", None)]
)
def test_satisfied_is_yes_no_or_unknown(typed, meant):
    """Satisfied has three values."""
    assert read("verify", f"satisfied={typed}")[0].satisfied is meant


def test_values_have_their_types():
    """Days, counts, money and choices are read as what they are."""
    (prevent,) = read("prevent", "process=p", "action=a", "owner=o", "due=2026-03-16")
    assert prevent.due == date(2026, 3, 16)
    assert read("escalated", "owner=o", "line=3")[0].line == 3
    (reclassified,) = read("reclassified", "amount=49.9 eur", "severity=serious")
    assert reclassified.amount == money("49.90", "EUR")
    assert reclassified.severity is Severity.SERIOUS
    assert read("gather", "fault=third_party")[0].fault is Fault.THIRD_PARTY
    assert read("fix", "outcome=declined")[0].outcome is Outcome.DECLINED


def test_an_offer_is_a_list_of_remedies():
    """Remedies are amounts, shares or words, separated by semicolons."""
    typed = "refund 49.90 EUR; discount 10%; gift a box of tea"
    refund, discount, gift = read("offered", f"offer={typed}")[0].offer.remedies
    assert refund.value == money("49.90", "EUR")
    assert discount.percent == Decimal(10)
    assert gift.what == "a box of tea"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("verify", "satisfied=perhaps"), "yes or no"),
        (("escalated", "owner=o", "line=two"), "write it like 2"),
        (("escalated", "owner=o", "line=0"), "must be 1 or more"),
        (("reclassified", "amount=49.90"), "'49.90 EUR'"),
        (("reclassified", "amount=49.999 EUR"), "decimal places"),
        (("reclassified", "amount=1 XXQ"), "ISO 4217"),
        (("gather", "fault=us"), "must be one of company, customer"),
        (("prevent", "process=p", "action=a", "owner=o", "due=soon"), "2026-03-16"),
        (("promise", "what=w", "owner=o", "due=2026-03-04T09:00"), "its offset"),
        (("offered", "offer=kisses"), "refund 49.90 EUR"),
        (("assigned",), "name the owner"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_bad_values_say_how_to_write_them(words, told):
    """A value that breaks its rule is answered with the rule or an example."""
    with pytest.raises(InvalidEventError) as caught:
        read(*words)
    assert told in str(caught.value)


def test_an_amount_without_a_currency_is_no_remedy():
    """Neither a percentage nor money, and nothing is guessed."""
    with pytest.raises(InvalidEventError, match="has no currency or %"):
        read_steps(["offered", "offer=refund 4.2"], EVENTS)
