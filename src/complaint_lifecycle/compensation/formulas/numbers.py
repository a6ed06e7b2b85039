"""The numbers of a scheme: amounts, rates and limits, as an immutable value."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any


class Numbers(Mapping[str, Any]):
    """An immutable, hashable mapping of numbers, which may nest.

    Text becomes an exact decimal, a list a tuple, a mapping another of these.

    >>> rates = Numbers({"cap": "4.00", "bands": [{"from_minutes": 60}]})
    >>> rates["cap"], rates["bands"][0]["from_minutes"]
    (Decimal('4.00'), 60)
    """

    __slots__ = ("_items",)
    _items: dict[str, Any]

    def __init__(self, items: Mapping[str, Any]) -> None:
        fixed = {name: _fixed(value) for name, value in items.items()}
        object.__setattr__(self, "_items", fixed)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)

    def __getitem__(self, name: str) -> Any:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"Numbers({self._items!r})"

    def __reduce__(self) -> tuple[type["Numbers"], tuple[dict[str, Any]]]:
        return Numbers, (self._items,)


def _fixed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Numbers(value)
    if isinstance(value, list | tuple):
        return tuple(map(_fixed, value))
    return Decimal(value) if isinstance(value, str) else value
