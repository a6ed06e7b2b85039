"""Errors carry their data, travel between processes, and read well."""

import pickle

import pytest

from complaint_lifecycle import ComplaintError, Desk, Received, errors
from complaint_lifecycle.errors import (
    AccessDeniedError,
    BudgetConflictError,
    ChartError,
    ConflictError,
    ContentionError,
    CurrencyError,
    CursorConflictError,
    InvalidEventError,
    JournalError,
    KeyReusedError,
    ListenerError,
    MissingExtraError,
    MissingFactError,
    NoOpenTimeError,
    NotVectorisableError,
    OutcomeUnknownError,
    Refusal,
    RefusedError,
    TamperedError,
    UnknownComplaintError,
    UnreadableError,
)

COMPLAINT = Desk().receive(Received(customer="C", channel="email"), by="form", id="c-1")
ALL = [
    RefusedError(
        Refusal("c-1", "thanked", "Fixed", "explain comes next", ("explain",))
    ),
    InvalidEventError("Promised.due", "soon", "must be an aware datetime"),
    CurrencyError("currency", "'EURO'", "is no ISO 4217 currency code"),
    MissingFactError("price", "None", "price of the ticket, in GBP", "uk-delay-repay"),
    ChartError("no way leads to legal_review"),
    AccessDeniedError("ana", "Offered", "c-9", "role 'agent' does not cover it"),
    UnknownComplaintError("c-9"),
    ConflictError("c-1", 1, 2),
    BudgetConflictError("goodwill", 1, 2),
    ContentionError("deadlock detected"),
    CursorConflictError("crm", None, 2),
    KeyReusedError("mail-1"),
    UnreadableError("this is no JSON"),
    JournalError("disk full"),
    OutcomeUnknownError("the server closed the connection"),
    TamperedError("complaint 'c-1' version 2: changed", 3),
    ListenerError("mailer", COMPLAINT),
    NoOpenTimeError("2026-03-02T09:00:00+00:00", 20),
    NotVectorisableError("scheme", "it reads dates"),
    MissingExtraError("cli"),
]


def test_every_error_of_the_library_is_looked_at_here():
    """A new one is added to this list."""
    children = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, ComplaintError)
    }
    assert {type(error) for error in ALL} == children - {ComplaintError}


@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_errors_travel_and_say_one_line(error: ComplaintError):
    """They pickle with their data, and their text is one line."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert len(str(error).splitlines()) == 1
    assert type(error).__name__.endswith("Error")


def test_old_except_clauses_keep_working():
    """Where a built-in error says the same, ours is one of it."""
    assert issubclass(InvalidEventError, ValueError)
    assert issubclass(BudgetConflictError, ConflictError)
    assert issubclass(CursorConflictError, ConflictError)
    assert issubclass(UnreadableError, ValueError)
    assert issubclass(UnknownComplaintError, LookupError)
    assert issubclass(MissingExtraError, ImportError)
