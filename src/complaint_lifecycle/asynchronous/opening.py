"""Opening a journal in PostgreSQL for asyncio."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from complaint_lifecycle.sql import SqlJournal

if TYPE_CHECKING:
    from complaint_lifecycle.asynchronous.postgres import EventLoopJournal

P = ParamSpec("P")
R = TypeVar("R")


def _with_parameters_of(
    other: Callable[P, object],
) -> Callable[
    [Callable[..., Coroutine[Any, Any, R]]], Callable[P, Coroutine[Any, Any, R]]
]:
    """Give a function the parameters of another one, to which it passes them."""

    def give(function: Callable[..., Any]) -> Callable[P, Coroutine[Any, Any, R]]:
        vars(function)["__signature__"] = signature(other).replace(
            return_annotation=SqlJournal
        )
        return function

    return give


@_with_parameters_of(SqlJournal.postgres)
async def async_postgres(conninfo: Any, **options: Any) -> "EventLoopJournal":
    """Open a journal in PostgreSQL 13 or newer, which waits in this event loop.

    It is for :class:`AsyncDesk` and :class:`AsyncJournal`; called past them, it raises.
    Use it with ``async with await``, or call its ``close()``.

    Args:
        conninfo: How to connect, such as ``"postgresql://crm@db/crm"``, or a coroutine
            function that makes an ``AsyncConnection`` of psycopg 3.

        **options: As in :meth:`SqlJournal.postgres
            <complaint_lifecycle.sql.SqlJournal.postgres>`.

    Raises:
        MissingExtraError: If the extra ``async`` or ``postgres`` is not installed.
        JournalError: If the database cannot be reached or is not of the encoding UTF8,
            or the journal is missing or of a newer schema.
        InvalidEventError: If an option cannot be what it is.
    """
    from complaint_lifecycle.asynchronous.greenlets import Greenlets
    from complaint_lifecycle.asynchronous.postgres import EventLoopJournal, connecting

    runner = Greenlets(asyncio.get_running_loop())
    journal = await runner.run(
        partial(EventLoopJournal.postgres, connecting(conninfo), **options)
    )
    journal.runner = runner
    return journal
