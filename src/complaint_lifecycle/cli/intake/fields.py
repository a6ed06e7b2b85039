"""Which column says what about a complaint, and the complaint that a row makes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from shlex import quote

from attrs import define, field, frozen

from complaint_lifecycle.checks import REFERENCE_LIMIT, one_of
from complaint_lifecycle.cli.intake.amounts import amount_in
from complaint_lifecycle.cli.intake.dates import DateReader
from complaint_lifecycle.cli.intake.rows import Row, column_named
from complaint_lifecycle.cli.intake.words import names_shown, shown
from complaint_lifecycle.cli.words import visible
from complaint_lifecycle.codec import canonical
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.events import Received, Severity

Mapped = Mapping[str, str]
"""The column of each field."""

FIELDS = (
    "id", "at", "time", "customer", "channel", "text", "category", "product",
    "severity", "amount", "currency", "locale", "source", "origin", "about",
)  # fmt: skip
NO_CHANNEL = "unknown"
_DIGEST_LENGTH = 32

# Names as `_plain_name` writes them, the surest first. Fields that no name stands for
# beyond doubt, such as who is complained of, are mapped by hand.
_WELL_KNOWN: dict[str, tuple[str, ...]] = {
    "id": (
        "id", "complaint id", "complaint number", "complaint no", "complaint",
        "ticket id", "ticket number", "ticket no", "ticket", "case id", "case number",
        "case no", "reference number", "reference", "unique key", "protocolo",
    ),
    "at": (
        "at", "received at", "date received", "received on", "received",
        "complaint date", "date of complaint", "created at", "date created",
        "created date", "created on", "created", "opened at", "date opened", "opened",
        "submitted at", "date submitted", "submission date", "contact date",
        "data abertura", "data da abertura", "date", "datetime", "date time",
        "timestamp",
    ),
    "time": ("time received", "received time", "time", "hora abertura", "hora"),
    "customer": (
        "customer", "customer id", "client id", "consumer id", "account id",
        "account number", "user id",
    ),
    "channel": (
        "channel", "received via", "submitted via", "contact channel", "channel name",
        "channel id", "contact channel id", "open data channel type", "via",
        "canal de origem", "canal",
    ),
    "text": (
        "text", "consumer complaint narrative", "complaint what happened", "narrative",
        "complaint text", "customer complaint", "complaint description", "description",
        "message", "body", "descriptor",
    ),
    "category": (
        "category", "issue", "complaint type", "type of complaint", "complaint topic",
        "complaint topic en", "topic", "grupo problema",
    ),
    "product": ("product", "product or service", "service", "assunto"),
    "severity": ("severity",),
    "amount": ("amount",),
    "currency": ("currency", "currency code"),
    "locale": ("locale", "language"),
    "source": ("source",),
}  # fmt: skip


def mapping_given(pairs: Iterable[str], columns: Iterable[str]) -> Mapped:
    """Read what ``--map`` says.

    Args:
        pairs: Such as ``"id=Ticket #"``.

        columns: The columns of the file.

    Raises:
        UnreadableError: If a field or column does not exist, or a field comes twice.
    """
    names = tuple(columns)
    found: dict[str, str] = {}
    for pair in pairs:
        name, _, column = pair.partition("=")
        if name not in FIELDS:
            problem = f"--map {shown(pair)}: the fields are {', '.join(FIELDS)}"
            raise UnreadableError(problem)
        if name in found:
            problem = f"--map {shown(pair)}: {name} is mapped already"
            raise UnreadableError(problem)
        found[name] = column_named(column, names)
    return found


def mapping_guessed(columns: Iterable[str]) -> Mapped:
    """Recognise columns by well-known names.

    >>> mapping_guessed(["Ticket #", "Date", "ReceivedVia", "City"])
    {'id': 'Ticket #', 'at': 'Date', 'channel': 'ReceivedVia'}
    """
    named: dict[str, list[str]] = {}
    for column in columns:
        named.setdefault(_plain_name(column), []).append(column)
    found = {}
    for name, known in _WELL_KNOWN.items():
        for plain in known:
            if len(named.get(plain, ())) == 1:
                found[name] = named.pop(plain)[0]
                break
    return found


def _plain_name(column: str) -> str:
    """Write the name of a column in plain small words: ``ComplaintID``, ``Ticket #``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    letters = unicodedata.normalize("NFKD", parted).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", letters.lower()))


def check_mapping(mapped: Mapped, columns: Iterable[str]) -> None:
    """See that there is a date.

    Raises:
        UnreadableError: If there is none; the message names the columns.
    """
    if "at" not in mapped:
        problem = (
            "which column holds the date? Say --map at=COLUMN; "
            f"there are {names_shown(columns)}"
        )
        raise UnreadableError(problem)


def options_of(mapped: Mapped) -> str:
    """Write a mapping as the options that say the same."""
    pairs = (visible(quote(f"{name}={column}")) for name, column in mapped.items())
    return " ".join(f"--map {pair}" for pair in pairs)


@frozen
class Incoming:
    """A complaint that a row makes.

    Attributes:
        id: Its id.

        at: When it came in.

        received: What came in.
    """

    id: str
    at: datetime
    received: Received


@define(eq=False)
class Clerk:
    """Makes complaints of rows.

    Attributes:
        mapped: The column of each field.

        date: Reads dates.

        currency: Currency of amounts that name none.
    """

    mapped: Mapped
    date: DateReader
    currency: str | None = None
    prefix: str = ""
    _seen: Counter[bytes] = field(factory=Counter, init=False)

    def incoming(self, row: Row) -> Incoming:
        """Return the complaint that a row makes.

        Raises:
            UnreadableError: If it makes none.
            InvalidEventError: If a value breaks the rule of its field.
        """
        if row.problem is not None:
            raise UnreadableError(row.problem)
        complaint_id = self._id(row)
        at = self.date(date_text(row, self.mapped))
        return Incoming(complaint_id, at, self._received(row, complaint_id))

    def _id(self, row: Row) -> str:
        """Return the id that the row brings, or one that its content makes."""
        if "id" not in self.mapped:
            return self.prefix + self._content_id(row)
        found = self._cell(row, "id")
        if not found:
            problem = f"{shown(self.mapped['id'])} is empty"
            raise UnreadableError(problem)
        return self.prefix + found

    def _content_id(self, row: Row) -> str:
        content = canonical(dict(row.values)).encode("utf-8", "surrogatepass")
        digest = sha256(content)
        self._seen[digest.digest()] += 1
        count = self._seen[digest.digest()]
        name = digest.hexdigest()[:_DIGEST_LENGTH]
        return name if count == 1 else f"{name}-{count}"

    def _cell(self, row: Row, name: str) -> str:
        return row.cell(self.mapped.get(name)).strip()

    def _maybe(self, row: Row, name: str) -> str | None:
        return self._cell(row, name) or None

    def _received(self, row: Row, complaint_id: str) -> Received:
        amount = self._cell(row, "amount")
        currency = self._cell(row, "currency").upper() or self.currency
        return Received(
            customer=self._cell(row, "customer") or _own_customer(complaint_id),
            channel=self._cell(row, "channel") or NO_CHANNEL,
            text=row.cell(self.mapped.get("text")),
            origin=self._cell(row, "origin") or "customer",
            category=self._maybe(row, "category"),
            product=self._maybe(row, "product"),
            severity=_severity(self._cell(row, "severity")),
            amount=amount_in(amount, currency) if amount else None,
            locale=self._maybe(row, "locale"),
            about=self._maybe(row, "about"),
            source=self._maybe(row, "source"),
        )


def _severity(text: str) -> Severity:
    return one_of(Severity, text.lower() or Severity.MODERATE, "severity")


def _own_customer(complaint_id: str) -> str:
    """Make a customer of one complaint, for those who are not known."""
    name = f"row:{complaint_id}"
    if len(name) <= REFERENCE_LIMIT:
        return name
    return f"row:{sha256(complaint_id.encode()).hexdigest()[:_DIGEST_LENGTH]}"


def date_text(row: Row, mapped: Mapped) -> str:
    """Return the date of a row with the time from its own column, if there is one.

    Raises:
        UnreadableError: If there is no date.
    """
    day = row.cell(mapped["at"]).strip()
    if not day:
        problem = f"{shown(mapped['at'])} is empty"
        raise UnreadableError(problem)
    return f"{day} {row.cell(mapped.get('time')).strip()}".strip()
