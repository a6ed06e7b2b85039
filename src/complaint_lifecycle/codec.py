"""Events and entries as canonical JSON, and back.

Canonical means: sorted keys, no white space, UTF-8 as it is, instants in UTC, money and
decimals as text. The same event gives the same bytes on every machine. Personal fields
are kept in a part of their own, so that they can be encrypted or forgotten without
touching the public part.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from attrs import define
from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn
from moneyed import Money

from complaint_lifecycle.amounts import Offer, Remedy, money
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.errors import ComplaintError, UnreadableError
from complaint_lifecycle.events import EVENTS, Entry, Event, Facts
from complaint_lifecycle.events.base import kinds_of
from complaint_lifecycle.events.fields import FactsField

Json = dict[str, Any]
Upcaster = Callable[[Json], Json]
"""Turns the fields of one schema version into those of the next."""

_DECIMAL = "$decimal"


class Encoded(NamedTuple):
    """An event as text.

    A named tuple, since one is made for every entry that is read.

    Attributes:
        kind: Kind of the event.

        schema: Version of its stored form.

        public: Canonical JSON of the public fields.

        personal: Canonical JSON of the personal fields that say something, or ``None``.
    """

    kind: str
    schema: int
    public: str
    personal: str | None

    def __repr__(self) -> str:
        return f"Encoded({self.kind!r}, {self.schema!r}, {self.public!r}, ...)"

    @property
    def personal_digest(self) -> str | None:
        """SHA-256 of the personal part, or ``None`` if there is none."""
        if self.personal is None:
            return None
        return sha256(self.personal.encode()).hexdigest()


@define(init=False, eq=False)
class Codec:
    """Writes and reads events and entries.

    Args:
        events: Every kind it knows: ``[*EVENTS, MyFact]`` adds one.

        upcasters: For ``(kind, schema)`` a function from the fields of that schema to
            those of the next one.

    >>> from complaint_lifecycle.events import Thanked
    >>> codec = Codec()
    >>> codec.encode(Thanked(text="Thank you, Olha!"))
    Encoded('Thanked', 1, '{}', ...)
    >>> codec.decode(codec.encode(Thanked(text="Thank you, Olha!")))
    Thanked(text=<personal>)
    """

    _kinds: dict[str, type[Event]]
    _upcasters: dict[tuple[str, int], Upcaster]

    def __init__(
        self,
        events: Iterable[type[Event]] = EVENTS,
        *,
        upcasters: Mapping[tuple[str, int], Upcaster] | None = None,
    ) -> None:
        self._kinds = kinds_of(events)
        self._upcasters = dict(upcasters or {})

    def encode(self, event: Event) -> Encoded:
        """Write an event as canonical JSON, personal fields apart.

        Raises:
            UnreadableError: If this codec does not know the kind.
        """
        if self._kinds.get(event.kind) is not type(event):
            raise UnreadableError(self._unknown(event.kind))
        cls: Any = type(event)
        fields: Json = _writer(cls)(event)
        personal = {}
        for name, default in event.personal.items():
            said = fields.pop(name)
            if said != default:
                personal[name] = said
        return Encoded(
            event.kind,
            event.schema,
            canonical(fields),
            canonical(personal) if personal else None,
        )

    def decode(self, encoded: Encoded) -> Event:
        """Read an event, brought to the newest schema first.

        Raises:
            UnreadableError: If the kind is unknown, the schema newer than this version
                of the library, or the text no such event.
        """
        personal = {} if encoded.personal is None else parse(encoded.personal)
        return self._event(
            encoded.kind, encoded.schema, parse(encoded.public), personal
        )

    def dump(self, entry: Entry) -> str:
        """Write an entry as one line of canonical JSON."""
        encoded = self.encode(entry.event)
        personal = encoded.personal
        line = {
            "complaint_id": entry.complaint_id,
            "version": entry.version,
            "at": entry.at.isoformat(),
            "by": entry.by,
            "recorded_at": entry.recorded_at.isoformat(),
            "kind": encoded.kind,
            "schema": encoded.schema,
            "public": json.loads(encoded.public),
            "personal": None if personal is None else json.loads(personal),
        }
        return canonical(line)

    def load(self, line: str | bytes) -> Entry:
        """Read an entry from a line that :meth:`dump` wrote.

        Raises:
            UnreadableError: If it is no such line.
        """
        found = parse(line.strip())
        if found.keys() != _LINE:
            problem = f"an entry has the keys {', '.join(sorted(_LINE))}"
            raise UnreadableError(problem)
        public, personal = found["public"], found["personal"]
        if not isinstance(public, dict) or not isinstance(personal, dict | None):
            problem = "public must be an object, personal an object or null"
            raise UnreadableError(problem)
        event = self._event(found["kind"], found["schema"], public, personal or {})
        try:
            return Entry(
                complaint_id=found["complaint_id"],
                version=found["version"],
                at=_instant(found["at"]),
                by=found["by"],
                event=event,
                recorded_at=_instant(found["recorded_at"]),
            )
        except ComplaintError as error:
            raise UnreadableError(str(error)) from error

    def _event(
        self, kind: object, schema: object, public: Json, personal: Json
    ) -> Event:
        cls: Any = self._kinds.get(kind) if isinstance(kind, str) else None
        if cls is None:
            raise UnreadableError(self._unknown(kind))
        mixed = personal or not public.keys().isdisjoint(cls.personal)
        if mixed and schema == cls.schema:
            _refuse_in_the_wrong_part(cls, public, personal)
        try:
            current = self._upcast(cls, schema, public | personal)
            event: Event = _reader(cls)(current, cls)
        except UnreadableError:
            raise
        except _NO_SUCH_EVENT as error:
            problem = f"this is no {cls.kind} of schema {schema}: {_said(error)}"
            raise UnreadableError(problem) from error
        return event

    def _upcast(self, cls: type[Event], schema: object, fields: Json) -> Json:
        if type(schema) is not int or schema < 1:
            problem = f"the schema of {cls.kind} is {schema!r}: it must be 1 or more"
            raise UnreadableError(problem)
        if schema > cls.schema:
            problem = (
                f"{cls.kind} has schema {schema}, this version of the library reads "
                f"up to {cls.schema}: upgrade complaint-lifecycle"
            )
            raise UnreadableError(problem)
        for older in range(schema, cls.schema):
            upcaster = self._upcasters.get((cls.kind, older))
            if upcaster is None:
                problem = (
                    f"no upcaster from schema {older} of {cls.kind}: give Codec one"
                )
                raise UnreadableError(problem)
            fields = upcaster(fields)
        return fields

    def _unknown(self, kind: object) -> str:
        return f"unknown kind of event {kind!r}: give Codec its class with events="


def _refuse_in_the_wrong_part(cls: type[Event], public: Json, personal: Json) -> None:
    """Nothing public may be overridden, or hidden, by the personal part."""
    astray = (public.keys() & cls.personal.keys()) | (
        personal.keys() - cls.personal.keys()
    )
    if astray:
        problem = f"{cls.kind}: {', '.join(sorted(astray))} is in the wrong part"
        raise UnreadableError(problem)


_NO_SUCH_EVENT = (
    ComplaintError,
    ArithmeticError,
    ForbiddenExtraKeysError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)

_LINE = {
    "complaint_id", "version", "at", "by", "recorded_at",
    "kind", "schema", "public", "personal",
}  # fmt: skip

_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def canonical(fields: Json) -> str:
    """Write plain data as canonical JSON.

    >>> canonical({"b": 1, "a": "é"})
    '{"a":"é","b":1}'
    """
    return _encoder.encode(fields) if fields else "{}"


def _no_constant(name: str) -> object:
    problem = f"{name} is no JSON number"
    raise UnreadableError(problem)


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        problem = "a key comes twice in one object"
        raise UnreadableError(problem)
    return fields


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def parse(text: str | bytes) -> Json:
    """Read a JSON object strictly: no NaN, no key twice, UTF-8 only.

    Raises:
        UnreadableError: If it is anything else.
    """
    if text == "{}":
        return {}
    found = _decoded(text)
    if not isinstance(found, dict):
        problem = "a JSON object is expected"
        raise UnreadableError(problem)
    return found


def _decoded(text: str | bytes) -> object:
    try:
        if isinstance(text, bytes):
            text = text.decode()
        found, end = _decoder.raw_decode(text)
        return found if end == len(text) else _decoder.decode(text)
    except UnicodeDecodeError as error:
        problem = f"this is not UTF-8: byte {error.start} cannot be read"
        raise UnreadableError(problem) from error
    except RecursionError as error:
        problem = "this JSON is nested too deeply"
        raise UnreadableError(problem) from error
    except UnreadableError:
        raise
    except ValueError as error:
        problem = f"this is no JSON: {_said(error)}"
        raise UnreadableError(problem) from error


def _said(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]


def _instant(text: object) -> datetime:
    if not isinstance(text, str):
        problem = "an instant is written as text"
        raise UnreadableError(problem)
    try:
        return in_utc(datetime.fromisoformat(text))
    except ValueError as error:
        problem = f"{text[:40]!r} is no instant: write it like 2026-03-02T09:00:00Z"
        raise UnreadableError(problem) from error


def _number(text: object) -> Decimal:
    """Read a decimal as it is written here, in that form only."""
    try:
        number = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        return Decimal("NaN")
    return number if str(number) == text else Decimal("NaN")


def _money_from(found: Any) -> Money:
    if not isinstance(found, dict) or found.keys() != {"amount", "currency"}:
        problem = "money is written as an amount and a currency"
        raise UnreadableError(problem)
    return money(found["amount"], str(found["currency"]))


def _facts_to(facts: Facts) -> Json:
    return {
        name: {_DECIMAL: str(value)} if isinstance(value, Decimal) else value
        for name, value in facts.items()
    }


def _facts_from(found: Any) -> Facts:
    if not isinstance(found, dict):
        problem = "facts are written as an object"
        raise UnreadableError(problem)
    return Facts(
        {
            name: _number(value.get(_DECIMAL)) if isinstance(value, dict) else value
            for name, value in found.items()
        }
    )


def _is_facts(cls: object) -> bool:
    return cls is Facts or cls == FactsField


@cache
def _reader(cls: Any) -> Callable[[Json, type[Event]], Any]:
    return _converter().get_structure_hook(cls)


@cache
def _writer(cls: Any) -> Callable[[Event], Any]:
    return _converter().get_unstructure_hook(cls)


@cache
def _converter() -> Converter:
    """Make the converter once: its hooks depend on classes only."""
    made = Converter(detailed_validation=False, forbid_extra_keys=True)
    made.register_unstructure_hook(datetime, datetime.isoformat)
    made.register_unstructure_hook(date, date.isoformat)
    made.register_unstructure_hook(Decimal, str)
    made.register_unstructure_hook(
        Money, lambda m: {"amount": str(m.amount), "currency": m.currency.code}
    )
    made.register_unstructure_hook_func(_is_facts, _facts_to)
    # The rules of the fields check plain values; nothing is coerced on the way in.
    for plain in (str, int, bool):
        made.register_structure_hook(plain, lambda value, _: value)
    made.register_structure_hook_func(
        lambda cls: isinstance(cls, type) and issubclass(cls, Enum),
        lambda value, _: value,
    )
    made.register_structure_hook(datetime, lambda text, _: _instant(text))
    made.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    made.register_structure_hook(Decimal, lambda text, _: _number(text))
    made.register_structure_hook(Money, lambda found, _: _money_from(found))
    made.register_structure_hook_func(_is_facts, lambda found, _: _facts_from(found))
    for cls in (Offer, Remedy):
        made.register_structure_hook(cls, make_dict_structure_fn(cls, made))
    return made
