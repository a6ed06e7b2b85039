"""Entries and due rows as they are stored: instants in microseconds, facts as text."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from complaint_lifecycle.codec import Codec, Encoded
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.events import Due, Entry
from complaint_lifecycle.events.base import entry_of_checked
from complaint_lifecycle.journal import customer_of
from complaint_lifecycle.sql.vaults import Keeper, Kept, Vault

Row = tuple[Any, ...]

PAGE = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """Count exactly; a float of seconds would lose the last digits.

    >>> microseconds(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    span = instant - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def instant_of(count: int) -> datetime:
    """Return the instant that so many microseconds after 1970 is.

    Raises:
        UnreadableError: If it is none.
    """
    try:
        return _EPOCH + timedelta(0, 0, count)
    except (TypeError, OverflowError) as error:
        problem = f"{count!r} microseconds after 1970 are no instant: {error}"
        raise UnreadableError(problem) from error


def entry_row(codec: Codec, tenant: str, entry: Entry, vault: Keeper) -> Row:
    """Return an entry as it is written, from the tenant to the key of its vault.

    Args:
        codec: Writes the event.

        tenant: Whose it is.

        entry: The entry.

        vault: Keeps the personal part.
    """
    encoded = codec.encode(entry.event)
    name, version = entry.complaint_id, entry.version
    customer = customer_of(entry)
    place = tenant, name, version, encoded.kind
    kept = vault.kept(encoded.personal, place, customer)
    return (
        tenant,
        name,
        version,
        microseconds(entry.at),
        entry.by,
        microseconds(entry.recorded_at),
        encoded.kind,
        encoded.schema,
        encoded.public,
        kept.text,
        kept.digest,
        customer,
        kept.key_id,
    )


def entry_of(codec: Codec, tenant: str, row: Row, vault: Vault) -> Entry:
    """Read an entry.

    Raises:
        UnreadableError: If it is none that this codec knows; it names the place.
    """
    name, version, at, by, recorded, kind, schema, public, *kept = row
    try:
        happened = _EPOCH + timedelta(0, 0, at)
        learnt = happened if at == recorded else _EPOCH + timedelta(0, 0, recorded)
        personal = vault.opened(Kept(*kept), (tenant, name, version, kind))
        event = codec.decode(Encoded(kind, schema, public, personal))
    except (UnreadableError, TypeError, OverflowError) as error:
        problem = f"complaint {name!r} version {version}: {error}"
        raise UnreadableError(problem) from error
    return entry_of_checked(
        complaint_id=name,
        version=version,
        at=happened,
        by=by,
        event=event,
        recorded_at=learnt,
    )


def due_row(tenant: str, row: Due) -> Row:
    """Return a row of the due index as it is written."""
    at = microseconds(row.at)
    return tenant, row.complaint_id, row.cause, row.threshold, at, at


def due_of(row: Row) -> Due:
    """Read a row of the due index."""
    name, cause, threshold, at = row
    return Due(complaint_id=name, cause=cause, threshold=threshold, at=instant_of(at))


def pages(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Take rows a page at a time."""
    page = []
    for row in rows:
        page.append(row)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page
