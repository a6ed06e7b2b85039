"""A connection that somebody else began a transaction on, and will commit."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from copy import copy
from typing import Any, TypeVar

from attrs import define, evolve, field

from complaint_lifecycle.errors import ComplaintError, ContentionError, JournalError
from complaint_lifecycle.sql.connections import (
    RELEASE,
    SAVEPOINT,
    UNDO,
    WITHIN,
    TakenError,
)
from complaint_lifecycle.sql.dialects import POSTGRESQL, Tables
from complaint_lifecycle.sql.lending import Lent, lent_by
from complaint_lifecycle.sql.locks import (
    NOT_BEGUN,
    advisory,
    lock_before_reading,
    make_writable,
)
from complaint_lifecycle.sql.placing import check_encoding, go_on, make_schema
from complaint_lifecycle.sql.rows import Row

J = TypeVar("J", bound=Any)

_UNIT = "complaint_unit"
_SQLITE_CONTENTION = {5, 6}  # SQLITE_BUSY and SQLITE_LOCKED
_CONTENTION = {"40001", "40P01", "55P03"}
_TAKEN = "23505"
_NO_TRANSACTION = "25P01"
_HAS_FAILED = "25P02"
_NO_TABLE = "42P01"
_NOT_HELD = (
    "whoever reads on does so past the transactions of a host: use a journal that has "
    "connections of its own"
)
_MAKE_THEM = (
    "make the tables of the journal: journal.on(connection).create_schema(), "
    "or migrations() of complaint_lifecycle.sql"
)


@define(eq=False)
class Borrowed:
    """A connection in whose transaction everything is a savepoint.

    It never commits, rolls back only to its own savepoints, and closes nothing. Which
    threads use it is for the host to say.

    Attributes:
        lent: What the host lends.

        tables: The tables of the journal.

        tenant: Whose entries are read and written.
    """

    lent: Lent
    tables: Tables
    tenant: str
    _in_savepoint: bool = field(default=False, init=False)
    _unit: bool = field(default=False, init=False)

    @property
    def in_unit(self) -> bool:
        """Whether transactions are parts of a larger one: always."""
        return True

    @contextmanager
    def transaction(self, locks: Iterable[str] = ()) -> Iterator[None]:
        """Keep what is executed meanwhile for the host to commit, or nothing of it."""
        if self._in_savepoint:
            raise JournalError(WITHIN)
        with self._savepoint(SAVEPOINT, UNDO, RELEASE):
            self._in_savepoint = True
            try:
                locking = advisory(self.tables, locks) if self._is_postgresql else ""
                if locking:
                    self._run(locking)
                yield
            finally:
                self._in_savepoint = False

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Keep the transactions meanwhile together for the host, or none of them."""
        if self._in_savepoint or self._unit:
            raise JournalError(WITHIN)
        undo, release = f"ROLLBACK TO SAVEPOINT {_UNIT}", f"RELEASE SAVEPOINT {_UNIT}"
        with self._savepoint(f"SAVEPOINT {_UNIT}", undo, release):
            self._unit = True
            try:
                yield
            finally:
                self._unit = False

    def hold(self, name: str) -> AbstractContextManager[bool]:
        """Refuse to hold a name: that outlives transactions."""
        raise JournalError(_NOT_HELD)

    def all(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Execute a statement and return its rows."""
        if self._in_savepoint:
            return self._rows(statement, values)
        if self._is_postgresql:
            # A statement that fails would take the host's transaction with it.
            with self._savepoint(SAVEPOINT, UNDO, RELEASE):
                return self._rows(statement, values)
        with _told():
            lock_before_reading(self.lent.transaction(), self.tables)
        return self._rows(statement, values)

    def execute(self, statement: str, values: Sequence[object] = ()) -> int:
        """Execute a statement and return how many rows it changed."""
        return int(self._run(statement, values).rowcount)

    def executemany(self, statement: str, rows: Sequence[Row]) -> None:
        """Execute a statement for each of some rows."""
        if len(rows) == 1:
            self._run(statement, rows[0])
            return
        with _told():
            self.lent.cursor().executemany(statement, rows)

    def prepare(self, *, create: bool) -> None:
        """Look at the database, and make the schema if there is none."""
        if self._is_postgresql:
            check_encoding(self.all)
            make_schema(self, self.tables)

    def settle(self) -> None:
        """See to it that positions go on."""
        if self._is_postgresql:
            with self.transaction():
                go_on(self._rows, self._run, self.tables, self.tenant)

    def close(self) -> None:
        """Leave the connection to the host."""

    @property
    def _is_postgresql(self) -> bool:
        return self.tables.dialect.name == POSTGRESQL.name

    @contextmanager
    def _savepoint(self, begin: str, undo: str, release: str) -> Iterator[None]:
        begun = self._begun()
        try:
            self._run(begin)
            try:
                yield
                self._run(release)
            except BaseException as error:
                self._undo(error, undo, release)
                raise
        except BaseException:
            if begun and self.lent.transaction().in_transaction:
                # There is nothing in it, and the host does not know of it.
                self._run("ROLLBACK")
            raise

    def _begun(self) -> bool:
        if self._is_postgresql:
            return False
        with _told():
            return make_writable(self.lent.transaction(), self.tables)

    def _undo(self, error: BaseException, *statements: str) -> None:
        if not self._is_postgresql and not self.lent.transaction().in_transaction:
            error.add_note("SQLite has rolled back the whole transaction of the host")
            return
        # If the connection was lost, that is told already.
        with suppress(JournalError, ContentionError):
            for statement in statements:
                self._run(statement)

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        with _told():
            return [_tuple(row) for row in self._run(statement, values).fetchall()]

    def _run(self, statement: str, values: Sequence[object] = ()) -> Any:
        with _told():
            cursor = self.lent.cursor()
            # Some drivers look for marks in a statement as soon as they get values.
            cursor.execute(statement, *((values,) if values else ()))
            return cursor


def borrowing(journal: J, connection: Any, dialect: str | None) -> J:
    """Return a journal that asks a connection of the host from now on.

    Args:
        journal: Says what the tables are called, whose they are, and how entries are
            written.

        connection: What the host lends.

        dialect: The database, where that cannot be seen.

    Raises:
        JournalError: If this cannot be borrowed, or leads to another database.
    """
    lent = lent_by(connection, dialect)
    own: Tables = journal._sql.tables
    is_hosted = isinstance(journal._connection, Borrowed)
    if not is_hosted and lent.dialect.name != own.dialect.name:
        problem = (
            f"the journal is kept in {own.dialect.name}, and this connection leads to "
            f"{lent.dialect.name}: share a transaction of the same database"
        )
        raise JournalError(problem)
    tables = own if lent.dialect == own.dialect else evolve(own, dialect=lent.dialect)
    borrowed = copy(journal)
    borrowed._attach(Borrowed(lent, tables, journal._tenant), tables)
    return borrowed


def _tuple(row: Any) -> tuple[Any, ...]:
    return tuple(row.values() if isinstance(row, Mapping) else row)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the database says into an error of ours, without the rows it names."""
    try:
        yield
    except ComplaintError:
        raise
    except Exception as error:
        if not _is_of_a_driver(error):
            raise
        raise _failure(error) from None


def _is_of_a_driver(error: Exception) -> bool:
    """Tell whether an error is one of DB-API 2.0, whose base has the name ``Error``."""
    return any(cls.__name__ == "Error" for cls in type(error).__mro__)


def _failure(error: Exception) -> Exception:
    said, code = _said(error), _code(error)
    if code in _CONTENTION or getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        _SQLITE_CONTENTION
    ):
        return ContentionError(said)
    if code == _NO_TRANSACTION:
        return JournalError(NOT_BEGUN)
    if code == _HAS_FAILED:
        problem = "the transaction of the host has failed before: roll it back first"
        return JournalError(problem)
    if code == _NO_TABLE or said.startswith("no such table"):
        said = f"{said}: {_MAKE_THEM}"
    kind: Callable[[str], Exception] = TakenError if code == _TAKEN else JournalError
    return kind(f"the journal failed: {said}")


def _code(error: Exception) -> str | None:
    """Return what PostgreSQL calls the failure, through whichever driver."""
    code = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return code or _fields(error).get("C")


def _said(error: Exception) -> str:
    """Return what happened in one line, without the rows that it happened to."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    said = primary or _fields(error).get("M") or str(error).strip().partition("\n")[0]
    return " ".join(said.split())[:300]


def _fields(error: Exception) -> Mapping[str, str]:
    """Return the fields of a message of PostgreSQL, where a driver passes them on."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, Mapping) else {}
