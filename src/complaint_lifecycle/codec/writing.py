"""Writes events as canonical JSON: a plan for each class of facts, made once.

The text is the same, byte for byte, as if the converter took the event apart and
:func:`canonical <complaint_lifecycle.codec.text.canonical>` wrote what it found. Text,
numbers, flags, instants and choices are written here straight away, since nearly all
fields are one of these; whatever else a field holds goes that way.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, get_args, get_origin

from attrs import NOTHING, Factory, fields, frozen

from complaint_lifecycle.codec.text import quoted, written
from complaint_lifecycle.codec.values import converter

Text = Callable[[Any], str]
"""Writes a value as JSON."""

_NONE = type(None)
_NULL = {_NONE: lambda _: "null"}
_PLAIN: Mapping[type, Text] = _NULL | {
    str: quoted,
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
}
_INSTANT: Mapping[type, Text] = _NULL | {
    datetime: lambda value: f'"{value.isoformat()}"',
}


@frozen
class _Way:
    """How one field of a fact is written.

    Attributes:
        name: The field.

        key: Its name as JSON, with the colon.

        texts: What writes a value of exactly such a class.

        other: Writes any other value.

        silent: The value that says nothing: its default, if JSON has that very value.
    """

    name: str
    key: str
    texts: Mapping[type, Text]
    other: Text
    silent: object


class Writer:
    """Writes the facts of one class.

    Args:
        cls: The class.
    """

    def __init__(self, cls: Any) -> None:
        kept = [field for field in fields(cls) if field.init]
        ways = [_way(field) for field in sorted(kept, key=lambda f: f.name)]
        public = [way for way in ways if way.name not in cls.personal]
        self._public = [(way.key, way.texts, way.other) for way in public]
        self._values = _getter([way.name for way in public])
        self._personal = [
            (way.name, way.silent, way.key, way.texts, way.other)
            for way in ways
            if way.name in cls.personal
        ]

    def public(self, event: Any) -> str:
        """Write the public fields."""
        if not self._public:
            return "{}"
        said = []
        ways = zip(self._public, self._values(event), strict=True)
        for (key, texts, other), value in ways:
            said.append(key + texts.get(value.__class__, other)(value))
        return f"{{{','.join(said)}}}"

    def personal(self, event: Any) -> str | None:
        """Write the personal fields that say something, if there are any."""
        said = [
            key + texts.get(value.__class__, other)(value)
            for name, silent, key, texts, other in self._personal
            if (value := getattr(event, name)) != silent
        ]
        return f"{{{','.join(said)}}}" if said else None


@cache
def writer(cls: Any) -> Writer:
    """Return what writes the facts of a class."""
    return Writer(cls)


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) == 1:
        (name,) = names
        return lambda event: (getattr(event, name),)
    return attrgetter(*names) if names else lambda _: ()


def _way(field: Any) -> _Way:
    plain = converter().get_unstructure_hook(field.type)
    default = field.default
    made = default is NOTHING or isinstance(default, Factory)
    silent = NOTHING if made or plain(default) != default else default
    return _Way(
        field.name,
        quoted(field.name) + ":",
        _texts(bare(field.type)),
        lambda value: written(plain(value)),
        silent,
    )


def _texts(kind: Any) -> Mapping[type, Text]:
    """Return what writes values whose class says all; of other types none."""
    if kind in {str, bool, int}:
        return _PLAIN
    if kind is datetime:
        return _INSTANT
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _NULL | {kind: {choice: written(choice.value) for choice in kind}.get}
    return {_NONE: _NULL[_NONE]}


def bare(annotation: Any) -> Any:
    """Return the type of a field without its rule, and without ``None``."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    choices = [a for a in get_args(annotation) if a is not _NONE]
    optional = len(choices) == 1 and _NONE in get_args(annotation)
    return bare(choices[0]) if optional else annotation
