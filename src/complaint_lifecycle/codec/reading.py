"""Reads events from plain data: a plan for each class of facts, made once.

The class itself checks every field, so that most fields need nothing done before. What
this way cannot read goes the long way, through the converter, which either reads it or
says what is wrong.
"""

from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any

from attrs import fields

from complaint_lifecycle.codec.text import Json
from complaint_lifecycle.codec.values import converter
from complaint_lifecycle.codec.writing import bare
from complaint_lifecycle.errors import ComplaintError

Reader = Callable[[Json, Json], Any]
"""Makes an event from its public and its personal fields."""

_AS_WRITTEN = frozenset({str, bool, int})


@cache
def reader(cls: Any) -> Reader:
    """Return what reads the facts of a class; what is wrong is raised as it comes."""
    long_way = converter().get_structure_hook(cls)
    hooks = tuple(
        (field.name, field.type, converter().get_structure_hook(field.type))
        for field in fields(cls)
        if not _is_as_written(bare(field.type))
    )

    def read(public: Json, personal: Json) -> Any:
        try:
            given = {**public, **personal}
            for name, kind, hook in hooks:
                if name in given:
                    given[name] = hook(given[name], kind)
            return cls(**given)
        except _NOT_SO_EASY:
            return long_way(public | personal, cls)

    if all(field.init and field.alias == field.name for field in fields(cls)):
        return read
    return lambda public, personal: long_way(public | personal, cls)


def _is_as_written(kind: Any) -> bool:
    """Tell whether the class takes what JSON holds, as it is."""
    return kind in _AS_WRITTEN or (isinstance(kind, type) and issubclass(kind, Enum))


_NOT_SO_EASY = (
    ComplaintError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
