"""What strangers might write: valid texts with something wrong in them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

HOSTILE = (
    "[" * 100_000,
    '{"a":' * 100_000,
    "[" * 400 + "]" * 400,
    '{"a":' * 400 + "1" + "}" * 400,
    "NaN",
    "-Infinity",
    "1e400",
    "1e-400",
    "-0.0",
    "-1",
    "0.1",
    "1" * 5000,
    f'"{"9" * 5000}"',
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    '{"a":1,"a":2}',
    r'"\ud800"',
    '"\udcff"',
    r'"\u0000"',
    '"\0"',
    '"\u202e\u2066"',
    '"\u2028"',
    '""',
    '" "',
    f'"{"x" * 100_000}"',
    '"1e999999999"',
    '"NaN"',
    '"-0"',
    '"2026-02-30T00:00:00+00:00"',
    '"0001-01-01T00:00:00+14:00"',
    '"9999-12-31T23:59:59-14:00"',
    '"2026-03-02T09:00:00"',
    '"../../etc/passwd"',
    "null",
    "true",
    "[]",
    "{}",
    '{"$decimal":"sNaN"}',
    '{"amount":"1E+999999","currency":"EUR"}',
    '{"amount":"1","currency":"XXX"}',
)
"""Values as JSON, or nearly so."""

_MARK = "@hostile@"
_SNIPPETS = st.sampled_from(HOSTILE) | st.sampled_from(
    [",", '"', "'", "\\", "{", "}", "[", "]", "\0", "\r", "\n", "\u2028", "\udc80", ":"]
)


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Give every place in plain data: its container, and its key or index."""
    if isinstance(data, dict | list):
        keys = list(data) if isinstance(data, dict) else range(len(data))
        for key in keys:
            yield data, key
            yield from _places(data[key])


@st.composite
def broken_json(draw: st.DrawFn, examples: Sequence[str]) -> str:
    """Draw an example in which a value is another, is gone, or comes twice."""
    data = json.loads(draw(st.sampled_from(examples)))
    spoilt: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(data))
        container, key = places[draw(st.integers(0, len(places) - 1))]
        act = draw(st.sampled_from(["put", "put", "put", "drop", "add", "swap"]))
        if act == "drop":
            del container[key]
        elif act == "swap":
            other, place = places[draw(st.integers(0, len(places) - 1))]
            # Copied, or it might come to hold itself.
            container[key] = json.loads(json.dumps(other[place]))
        elif act == "add" and isinstance(container, dict):
            container[draw(st.sampled_from(["x", "", "$decimal", "text"]))] = _MARK
            spoilt.append(draw(st.sampled_from(HOSTILE)))
        else:
            container[key] = _MARK
            spoilt.append(draw(st.sampled_from(HOSTILE)))
        if not data:
            break
    text = json.dumps(data, ensure_ascii=False)
    for value in spoilt:
        text = text.replace(f'"{_MARK}"', value, 1)
    return text


@st.composite
def broken_text(draw: st.DrawFn, examples: Sequence[str]) -> str:
    """Draw an example that is cut, or into which something was put."""
    text = draw(st.sampled_from(examples))
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.integers(0, 20)))
        instead = draw(st.just("") | _SNIPPETS | st.text(max_size=8))
        again = draw(st.booleans())
        text = (
            text[:begin] + instead + (text[begin:end] * 2 if again else "") + text[end:]
        )
    return text


def broken(examples: Sequence[str], *, is_json: bool) -> st.SearchStrategy[str]:
    """Draw what a stranger might have made of examples."""
    if is_json:
        return broken_json(examples) | broken_text(examples) | st.sampled_from(HOSTILE)
    return broken_text(examples) | st.sampled_from(HOSTILE)
