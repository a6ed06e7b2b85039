"""Watching: what the library does while somebody measures, and only then.

Nothing in the library knows of it. While an observer is there, a few methods are
replaced by others that tell it what happened; with the last one they come back.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from threading import local
from typing import Any, Protocol

from attrs import define, evolve

from complaint_lifecycle.compensation import blocks
from complaint_lifecycle.compensation.blocks import Block
from complaint_lifecycle.compensation.choosing import By, When
from complaint_lifecycle.compensation.logic import AllOf, AnyOf, Condition, Not
from complaint_lifecycle.compensation.table_grid import rows_of
from complaint_lifecycle.compensation.tables import Table as DecisionTable
from complaint_lifecycle.complaint import Complaint
from complaint_lifecycle.desk.timing import Timing
from complaint_lifecycle.lifecycle import Condition as Guard
from complaint_lifecycle.lifecycle import Lifecycle, Row, Table
from complaint_lifecycle.sla.choosing import eras_of
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.sla.timers import Timer


class Observer(Protocol):
    """Is told what happens."""

    def judged(self, table: Table, row: Row, broken: Guard | None) -> None:
        """Hear that a transition was tried; ``None`` means that it was taken."""
        ...

    def reached(self, table: Table, state: str) -> None:
        """Hear that a complaint stands in a state."""
        ...

    def timed(self, sla: Sla, complaint: Complaint, timers: tuple[Timer, ...]) -> None:
        """Hear where the timers of a complaint stand."""
        ...

    def asked(self, root: Block, policy: object, *, offers: bool, limits: bool) -> None:
        """Hear what a policy answered inside another one."""
        ...

    def tested(self, root: Block, condition: object, outcome: bool) -> None:
        """Hear what a condition answered."""
        ...

    def chose(self, root: Block, policy: By | DecisionTable, place: str) -> None:
        """Hear which case or row was chosen."""
        ...


_observers: list[Observer] = []
_patches = ExitStack()


@contextmanager
def watching(observer: Observer) -> Iterator[None]:
    """Tell an observer what happens, in every thread, until the block ends."""
    if not _observers:
        _replace_all()
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)
        if not _observers:
            _patches.close()


def _tell(name: str, *said: Any, **named: Any) -> None:
    for observer in tuple(_observers):
        getattr(observer, name)(*said, **named)


def _replace_all() -> None:
    _replace(Lifecycle, "_take", _taking)
    _replace(Row, "broken", _judging)
    _replace(Timing, "_remember", _timing)
    _replace(Block, "__call__", _answering)
    _replace(By, "draft", _choosing_case)
    _replace(DecisionTable, "_given", _choosing_rows)
    for piece in (When, Not, AllOf, AnyOf):
        _replace(piece, "draft" if piece is When else "__call__", _asking_hosts)
    for condition in _classes_below(Condition):
        if "__call__" in vars(condition):
            _replace(condition, "__call__", _testing)
    original = blocks.drafted
    for name, module in tuple(sys.modules.items()):
        if name.startswith("complaint_lifecycle.") and (
            getattr(module, "drafted", None) is original
        ):
            _replace(module, "drafted", _drafting)


def _replace(
    owner: Any, name: str, by: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> None:
    original = getattr(owner, name)
    setattr(owner, name, wraps(original)(by(original)))
    _patches.callback(setattr, owner, name, original)


def _classes_below(cls: type[Any]) -> Iterator[type[Any]]:
    for each in cls.__subclasses__():
        yield each
        yield from _classes_below(each)


class _Place(local):
    """What the thread is at."""

    table: Table | None = None
    root: Block | None = None
    frame: "_Frame | None" = None


@define(eq=False)
class _Frame:
    """A policy that is being asked.

    Attributes:
        inner: What the last policy inside it was worth; ``None`` if none was asked.
    """

    inner: Any = None


_place = _Place()


def _taking(original: Callable[..., Any]) -> Callable[..., Any]:
    def take(lifecycle: Lifecycle, draft: Complaint, entry: Any) -> None:
        table = _place.table = lifecycle.table
        _tell("reached", table, draft.state)
        try:
            original(lifecycle, draft, entry)
        finally:
            _place.table = None
        _tell("reached", table, draft.state)

    return take


def _judging(original: Callable[..., Any]) -> Callable[..., Any]:
    def broken(row: Row, complaint: Complaint, entry: Any) -> Guard | None:
        found: Guard | None = original(row, complaint, entry)
        if _place.table is not None:
            _tell("judged", _place.table, row, found)
        return found

    return broken


def _timing(original: Callable[..., Any]) -> Callable[..., Any]:
    def remember(
        timing: Timing, complaint: Complaint, timers: tuple[Timer, ...]
    ) -> None:
        original(timing, complaint, timers)
        for era in eras_of(complaint, timing.sla):
            if era.sla is not None:
                _tell("timed", era.sla, complaint, timers)

    return remember


def _answering(original: Callable[..., Any]) -> Callable[..., Any]:
    def answer(policy: Block, situation: Any) -> Any:
        if _place.root is not None:
            return original(policy, situation)
        _place.root, _place.frame = policy, _Frame()
        try:
            offer = original(policy, situation)
            _tell_asked(policy, offer is not None, offer and offer.total, _place.frame)
        finally:
            _place.root = _place.frame = None
        return offer

    return answer


def _drafting(original: Callable[..., Any]) -> Callable[..., Any]:
    def drafted(policy: Any, situation: Any) -> Any:
        outer, frame = _place.frame, _Frame()
        _place.frame = frame
        try:
            draft = original(policy, situation)
        finally:
            _place.frame = outer
        worth = None if draft is None else draft.total
        _tell_asked(policy, draft is not None, worth, frame)
        if outer is not None:
            outer.inner = worth
        return draft

    return drafted


def _tell_asked(policy: object, offers: bool, worth: Any, frame: _Frame) -> None:
    if _place.root is None:
        return
    amount = getattr(worth, "amount", worth)
    changed = amount != frame.inner
    _tell("asked", _place.root, policy, offers=offers, limits=changed or not offers)


def _testing(original: Callable[..., Any]) -> Callable[..., Any]:
    def test(condition: Condition, situation: Any) -> bool:
        outcome: bool = original(condition, situation)
        _tell_tested(condition, outcome)
        return outcome

    return test


def _tell_tested(condition: object, outcome: bool) -> None:
    if _place.root is not None:
        _tell("tested", _place.root, condition, bool(outcome))


def _asking_hosts(original: Callable[..., Any]) -> Callable[..., Any]:
    """Hear what functions of the host answer where ours ask them."""

    def ask(piece: Any, situation: Any) -> Any:
        return original(_with_watched_tests(piece), situation)

    return ask


def _with_watched_tests(piece: Any) -> Any:
    if isinstance(piece, When | Not):
        watched = _watched(piece.condition)
        return piece if watched is piece.condition else evolve(piece, condition=watched)
    tests = tuple(map(_watched, piece.conditions))
    changed = any(
        new is not old for new, old in zip(tests, piece.conditions, strict=True)
    )
    return evolve(piece, conditions=tests) if changed else piece


def _watched(test: Any) -> Any:
    if isinstance(test, Condition):
        return test

    # It keeps the name of the function, by which reasons call it.
    @wraps(test)
    def watched(situation: Any) -> bool:
        outcome: bool = test(situation)
        _tell_tested(test, outcome)
        return outcome

    return watched


def _choosing_case(original: Callable[..., Any]) -> Callable[..., Any]:
    def draft(policy: By, situation: Any) -> Any:
        if _place.root is not None:
            value = policy.value(situation)
            known = value in {name for name, _ in policy.cases}
            place = value if known else "otherwise"
            _tell("chose", _place.root, policy, place)
        return original(policy, situation)

    return draft


def _choosing_rows(original: Callable[..., Any]) -> Callable[..., Any]:
    def given(table: DecisionTable, rows: int, *rest: Any) -> Any:
        if _place.root is not None:
            found = [f"row {place + 1}" for place in rows_of(rows)]
            for place in found or ["otherwise"]:
                _tell("chose", _place.root, table, place)
        return original(table, rows, *rest)

    return given
