"""Plain data as canonical JSON text, and strictly back."""

import json
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
        problem = f"this is no JSON: {said(error)}"
        raise UnreadableError(problem) from error


def said(error: Exception) -> str:
    """Return the first line of an error, as far as it helps."""
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
