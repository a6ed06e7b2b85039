"""Events and entries as canonical JSON, and back.

Canonical means: sorted keys, no white space, UTF-8 as it is, instants in UTC, money and
decimals as text. The same event gives the same bytes on every machine. Personal fields
are kept in a part of their own, so that they can be encrypted or forgotten without
touching the public part.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from attrs import define
from cattrs.errors import ForbiddenExtraKeysError

from complaint_lifecycle.checks import reference
from complaint_lifecycle.codec.reading import reader
from complaint_lifecycle.codec.text import Json, parse, quoted, said
from complaint_lifecycle.codec.values import instant_from
from complaint_lifecycle.codec.writing import writer
from complaint_lifecycle.errors import ComplaintError, UnreadableError
from complaint_lifecycle.events import EVENTS, FORGOTTEN, Entry, Event
from complaint_lifecycle.events.base import entry_of_checked, kinds_of
from complaint_lifecycle.events.fields import INTEGER_LIMIT

Upcaster = Callable[[Json], Json]
"""Turns the fields of one schema version into those of the next."""


FORGOTTEN_PART = "forgotten"
"""Stands for a personal part that was forgotten; no JSON, so that nothing else is it."""


class Encoded(NamedTuple):
    """An event as text.

    A named tuple, since one is made for every entry that is read.

    Attributes:
        kind: Kind of the event.

        schema: Version of its stored form.

        public: Canonical JSON of the public fields.

        personal: Canonical JSON of the personal fields that say something, or ``None``,
            or ``FORGOTTEN_PART``.
    """

    kind: str
    schema: int
    public: str
    personal: str | None

    def __repr__(self) -> str:
        return f"Encoded({self.kind!r}, {self.schema!r}, {self.public!r}, ...)"


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
        return Encoded(event.kind, event.schema, *writer(cls)(event))

    def decode(self, encoded: Encoded) -> Event:
        """Read an event, brought to the newest schema first.

        Raises:
            UnreadableError: If the kind is unknown, the schema newer than this version
                of the library, or the text no such event.
        """
        kind, schema, public, personal = encoded
        if personal == FORGOTTEN_PART:
            return self._event(kind, schema, parse(public), {}, forgotten=True)
        return self._event(
            kind, schema, parse(public), {} if personal is None else parse(personal)
        )

    def dump(self, entry: Entry) -> str:
        """Write an entry as one line of canonical JSON."""
        kind, schema, public, personal = self.encode(entry.event)
        # The keys are sorted, as in all that is canonical.
        return (
            f'{{"at":"{entry.at.isoformat()}","by":{quoted(entry.by)},'
            f'"complaint_id":{quoted(entry.complaint_id)},"kind":{quoted(kind)},'
            f'"personal":{personal or "null"},"public":{public},'
            f'"recorded_at":"{entry.recorded_at.isoformat()}",'
            f'"schema":{schema},"version":{entry.version}}}'
        )

    def load(self, line: str | bytes) -> Entry:
        """Read an entry from a line that :meth:`dump` wrote.

        Raises:
            UnreadableError: If it is no such line.
        """
        found = parse(line.strip())
        if len(found) != len(_LINE) or not _LINE.issuperset(found):
            problem = f"an entry has the keys {', '.join(sorted(_LINE))}"
            raise UnreadableError(problem)
        name, version, at, by, recorded, kind, schema, public, personal = _parts(found)
        hidden = {} if personal is None else personal
        if type(public) is not dict or type(hidden) is not dict:
            problem = "public must be an object, personal an object or null"
            raise UnreadableError(problem)
        event = self._event(kind, schema, public, hidden)
        try:
            happened = instant_from(at)
            learnt = happened if recorded == at else instant_from(recorded)
            checked = type(version) is int and 0 < version < INTEGER_LIMIT
            # Its other rules are kept already: the event's own, and those of instants.
            make = entry_of_checked if checked else Entry
            return make(
                complaint_id=reference(name, "Entry.complaint_id"),
                version=version,
                at=happened,
                by=reference(by, "Entry.by"),
                event=event,
                recorded_at=learnt,
            )
        except ComplaintError as error:
            raise UnreadableError(str(error)) from error

    def _event(
        self,
        kind: object,
        schema: object,
        public: Json,
        personal: Json,
        *,
        forgotten: bool = False,
    ) -> Event:
        cls: Any = self._kinds.get(kind) if isinstance(kind, str) else None
        if cls is None:
            raise UnreadableError(self._unknown(kind))
        try:
            if forgotten:
                event: Event = reader(cls)(*self._forgotten(cls, schema, public))
            elif type(schema) is int and schema == cls.schema:
                _refuse_in_the_wrong_part(cls, public, personal)
                event = reader(cls)(public, personal)
            else:
                event = reader(cls)(self._upcast(cls, schema, public | personal), {})
        except UnreadableError:
            raise
        except _NO_SUCH_EVENT as error:
            problem = f"this is no {cls.kind} of schema {schema}: {said(error)}"
            raise UnreadableError(problem) from error
        return event

    def _forgotten(
        self, cls: type[Event], schema: object, public: Json
    ) -> tuple[Json, Json]:
        """Return the public part of today, and what stands for the personal one."""
        fields = self._upcast(cls, schema, public)
        kept = {n: value for n, value in fields.items() if n not in cls.personal}
        return kept, {n: FORGOTTEN for n in cls.personal if n in cls.texts}

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
    hidden = cls.personal
    astray = [name for name in hidden if name in public]
    if personal:
        astray += [name for name in personal if name not in hidden]
    if astray:
        problem = f"{cls.kind}: {', '.join(sorted(set(astray)))} is in the wrong part"
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

_LINE = frozenset({
    "complaint_id", "version", "at", "by", "recorded_at",
    "kind", "schema", "public", "personal",
})  # fmt: skip
_parts = itemgetter(
    "complaint_id", "version", "at", "by", "recorded_at",
    "kind", "schema", "public", "personal",
)  # fmt: skip
