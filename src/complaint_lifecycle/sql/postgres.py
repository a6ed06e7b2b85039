"""Connections to PostgreSQL, through psycopg 3."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from threading import local
from typing import Any

from attrs import define, field

from complaint_lifecycle.errors import (
    ContentionError,
    JournalError,
    MissingExtraError,
    OutcomeUnknownError,
)
from complaint_lifecycle.sql.connections import (
    RELEASE,
    SAVEPOINT,
    UNDO,
    WITHIN,
    TakenError,
)
from complaint_lifecycle.sql.copying import Copying
from complaint_lifecycle.sql.dialects import POSTGRESQL, Tables
from complaint_lifecycle.sql.isolation import SET_TENANT, setting_of
from complaint_lifecycle.sql.locks import advisory, lock_key
from complaint_lifecycle.sql.placing import check_encoding, go_on, make_schema
from complaint_lifecycle.sql.pool import Pool, Raw
from complaint_lifecycle.sql.rows import Row

try:
    import psycopg
    from psycopg.rows import tuple_row
except ModuleNotFoundError as error:
    extra = "postgres"
    raise MissingExtraError(extra) from error

_IDLE = psycopg.pq.TransactionStatus.IDLE

_TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"


class LostError(JournalError):
    """The connection broke, and nothing was committed."""


class _Mine(local):
    """The connection on which this thread is within a transaction."""

    raw: Raw = None
    in_unit: bool = False
    in_savepoint: bool = False


@define(init=False, eq=False)
class Postgres:
    """A few connections to one PostgreSQL database, made as threads need them.

    Args:
        connect: Makes a connection.

        tables: The tables of the journal.

        tenant: Whose entries are read and written.

        size: How many connections there may be at a time.
    """

    _connect: Callable[[], Raw] = field(repr=False)
    _tables: Tables
    _tenant: str
    _pool: Pool = field(repr=False)
    _mine: _Mine = field(repr=False)
    _copying: Copying = field(repr=False)
    _settled: bool

    def __init__(
        self, connect: Callable[[], Raw], tables: Tables, tenant: str, size: int
    ) -> None:
        self._connect, self._tables, self._tenant = connect, tables, tenant
        self._pool = Pool(self._connected, fit=_is_fit, size=size)
        self._mine = _Mine()
        self._copying = Copying(tables)
        self._settled = False

    @contextmanager
    def transaction(self, locks: Iterable[str] = ()) -> Iterator[None]:
        """Commit what this thread executes meanwhile, or nothing of it."""
        if self._mine.in_unit:
            with self._savepoint(locks):
                yield
            return
        if self._mine.raw is not None:
            raise JournalError(WITHIN)
        raw = self._begun(POSTGRESQL.begin + self._locking(locks))
        self._mine.raw = raw
        try:
            yield
            _commit(raw)
        except BaseException:
            _roll_back(raw)
            raise
        finally:
            self._mine.raw = None
            self._pool.give(raw)

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Commit the transactions of this thread meanwhile together."""
        with self.transaction():
            self._mine.in_unit = True
            try:
                yield
            finally:
                self._mine.in_unit = False

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Be the only one to hold a name: a lock of a connection kept for it."""
        key = lock_key(self._tables, name)
        held: list[bool] = []

        def try_it(raw: Raw) -> None:
            ((ours,),) = raw.execute(_TRY_LOCK, (key,)).fetchall()
            held.append(ours)

        raw = self._kept(try_it)
        try:
            yield held == [True]
        finally:
            try:
                if held == [True]:
                    _unlock(raw, key)
            finally:
                self._pool.give(raw)

    @property
    def in_unit(self) -> bool:
        """Whether this thread's transactions are parts of a larger one."""
        return self._mine.in_unit

    @contextmanager
    def _savepoint(self, locks: Iterable[str]) -> Iterator[None]:
        if self._mine.in_savepoint:
            raise JournalError(WITHIN)
        raw = self._mine.raw
        with _told(raw):
            raw.execute(SAVEPOINT + self._locking(locks), prepare=False)
        self._mine.in_savepoint = True
        try:
            yield
            with _told(raw):
                raw.execute(RELEASE)
        except BaseException:
            with suppress(psycopg.Error):
                raw.execute(UNDO)
                raw.execute(RELEASE)
            raise
        finally:
            self._mine.in_savepoint = False

    def all(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Execute a statement and return its rows."""
        raw = self._mine.raw
        if raw is not None:
            return _rows(raw, statement, values)
        try:
            return self._read(statement, values)
        except LostError:
            self._pool.forget()
            return self._read(statement, values)

    def execute(self, statement: str, values: Sequence[object] = ()) -> int:
        """Execute a statement within the transaction of this thread."""
        raw = self._mine.raw
        with _told(raw):
            return int(raw.execute(statement, values).rowcount)

    def executemany(self, statement: str, rows: Sequence[Row]) -> None:
        """Execute a statement for each of some rows, in the transaction."""
        raw = self._mine.raw
        with _told(raw):
            if len(rows) == 1:
                raw.execute(statement, rows[0])
            elif not self._copying.tried(raw, statement, rows):
                raw.cursor().executemany(statement, rows)

    def prepare(self, *, create: bool) -> None:
        """Look at the database, and make the schema if there is none."""
        check_encoding(self.all)
        if create:
            make_schema(self, self._tables)

    def settle(self) -> None:
        """See to it, on this connection and on new ones, that positions go on."""
        self._settled = True
        self._pool.give(self._kept(self._go_on))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _connected(self) -> Raw:
        try:
            raw = self._connect()
        except psycopg.ProgrammingError:
            # The message may repeat a part of the password.
            problem = (
                "the connection string cannot be read: "
                "write it like postgresql://user@host/database"
            )
            raise JournalError(problem) from None
        except psycopg.Error as error:
            problem = f"cannot connect to PostgreSQL: {_said(error)}"
            raise JournalError(problem) from error
        try:
            with _told(raw):
                raw.autocommit = True
                raw.row_factory = tuple_row
                raw.execute(SET_TENANT, (setting_of(self._tenant),))
                if self._settled:
                    self._go_on(raw)
        except BaseException:
            raw.close()
            raise
        return raw

    def _go_on(self, raw: Raw) -> None:
        go_on(partial(_rows, raw), raw.execute, self._tables, self._tenant)

    def _locking(self, locks: Iterable[str]) -> str:
        """Return what locks names, always in one order so that nobody waits in turn."""
        locking = advisory(self._tables, locks)
        return f"; {locking}" if locking else ""

    def _begun(self, statement: str) -> Raw:
        def begin(raw: Raw) -> None:
            raw.execute(statement, prepare=False)

        return self._kept(begin)

    def _kept(self, act: Callable[[Raw], object]) -> Raw:
        """Act on a connection and keep it: a new one, if the first was lost."""
        try:
            return self._tried(act)
        except LostError:
            self._pool.forget()
            return self._tried(act)

    def _tried(self, act: Callable[[Raw], object]) -> Raw:
        raw = self._pool.take()
        try:
            with _told(raw):
                act(raw)
        except BaseException:
            _roll_back(raw)
            self._pool.give(raw)
            raise
        return raw

    def _read(self, statement: str, values: Sequence[object]) -> list[Any]:
        raw = self._pool.take()
        try:
            return _rows(raw, statement, values)
        finally:
            self._pool.give(raw)


def open_postgres(
    conninfo: str | Callable[[], Raw], tables: Tables, *, tenant: str, size: int
) -> Postgres:
    """Prepare to connect to PostgreSQL.

    Args:
        conninfo: How to connect, as libpq reads it, or what makes a connection.

        tables: The tables of the journal.

        tenant: Whose entries are read and written.

        size: How many connections there may be at a time.
    """
    if callable(conninfo):
        return Postgres(conninfo, tables, tenant, size)
    connect = partial(
        psycopg.connect,
        conninfo,
        autocommit=True,
        client_encoding="UTF8",
        fallback_application_name="complaint_lifecycle",
    )
    return Postgres(connect, tables, tenant, size)


def _is_fit(raw: Raw) -> bool:
    return not raw.closed and raw.info.transaction_status == _IDLE


def _rows(raw: Raw, statement: str, values: Sequence[object]) -> list[Any]:
    with _told(raw):
        found: list[Any] = raw.execute(statement, values).fetchall()
        return found


def _commit(raw: Raw) -> None:
    try:
        done = raw.execute("COMMIT", prepare=False).statusmessage
    except psycopg.Error as error:
        if raw.closed:
            raise OutcomeUnknownError(_said(error)) from error
        raise _failure(raw, error) from error
    if done != "COMMIT":
        problem = "a statement had failed, so the database rolled all back"
        raise JournalError(problem)


def _unlock(raw: Raw, key: int) -> None:
    try:
        raw.execute("SELECT pg_advisory_unlock(%s)", (key,))
    except psycopg.Error:
        # The lock ends with its connection, at the latest.
        raw.close()


def _roll_back(raw: Raw) -> None:
    with suppress(psycopg.Error):
        raw.rollback()


@contextmanager
def _told(raw: Raw) -> Iterator[None]:
    """Turn what the database says into an error of ours."""
    try:
        yield
    except psycopg.Error as error:
        raise _failure(raw, error) from error


def _failure(raw: Raw, error: psycopg.Error) -> JournalError | ContentionError:
    said = _said(error)
    if raw.closed:
        problem = f"the connection was lost, and nothing was recorded: {said}"
        return LostError(problem)
    if isinstance(error, _CONTENTION):
        return ContentionError(said)
    kind = TakenError if isinstance(error, psycopg.errors.UniqueViolation) else None
    return (kind or JournalError)(f"the journal failed: {said}")


_CONTENTION = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.LockNotAvailable,
)


def _said(error: psycopg.Error) -> str:
    """Return what happened in one line, without the rows that it happened to."""
    return " ".join((error.diag.message_primary or str(error)).split())[:300]
