"""Plain data as canonical JSON text, and strictly back."""

import json
from collections.abc import Iterable
from json.encoder import encode_basestring
from typing import Any

from complaint_lifecycle.errors import UnreadableError

Json = dict[str, Any]
"""An object of JSON."""

_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def canonical(fields: Json) -> str:
    """Write plain data as canonical JSON.

    >>> canonical({"b": 1, "a": "é"})
    '{"a":"é","b":1}'
    """
    return _encoder.encode(fields) if fields else "{}"


def written(value: object) -> str:
    """Write a plain value, of whatever type, as canonical JSON."""
    return _encoder.encode(value)


quoted = encode_basestring
"""Writes text as canonical JSON."""


def canonical_list(texts: Iterable[str]) -> str:
    """Write some texts as a JSON list.

    >>> canonical_list(["a", "b"])
    '["a","b"]'
    """
    return _encoder.encode(list(texts))


def _no_constant(name: str) -> object:
    problem = f"{name} is no JSON number"
    raise UnreadableError(problem)


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        problem = "a key comes twice in one object"
        raise UnreadableError(problem)
    return fields


_strict = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
_quick = json.JSONDecoder(parse_constant=_no_constant)


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
        found, end = _quick.raw_decode(text)
        if end == len(text) and _has_no_key_twice(text, found):
            return found
        return _strict.decode(text)
    except UnicodeDecodeError as error:
        problem = f"this is not UTF-8: byte {error.start} cannot be read"
        raise UnreadableError(problem) from error
    except RecursionError as error:
        problem = "this JSON is nested too deeply"
        raise UnreadableError(problem) from error
    except UnreadableError:
        raise
    except ValueError as error:
        problem = f"this is no JSON: {said(error)}"
        raise UnreadableError(problem) from error


def _has_no_key_twice(text: str, found: object) -> bool:
    """Tell whether it is plain to see that no key comes twice in one object.

    With no space behind a quote, every key ends in a quote and a colon. Text within
    strings may hold both as well, so there are never fewer of them than keys. If there
    are just as many as keys were found, then no key was lost to another.
    """
    if type(found) is not dict or '" ' in text:
        return False
    if "\n" in text or "\t" in text or "\r" in text:
        return False
    twins = text.count('":') - len(found)
    if twins:
        for inner in found.values():
            if type(inner) is dict:
                twins -= len(inner)
    return not twins


def said(error: Exception) -> str:
    """Return the first line of an error, as far as it helps."""
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
