"""Choosing: which SLA a complaint has, and since when."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from attrs import evolve, fields, frozen

from complaint_lifecycle.checks import one_of
from complaint_lifecycle.complaint import Classification, Complaint, Mark
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events import Fault, Outcome, Severity
from complaint_lifecycle.sla.targets import Sla, Target

Resolver = Callable[[Complaint], Sla | None]
"""Chooses the SLA of a complaint by its customer, product, severity, owner, channel."""


_FACT = "facts."


@frozen
class Era:
    """A span in which one SLA is chosen.

    Attributes:
        since: From when; ``None`` from the beginning.

        sla: What is chosen; ``None`` if nothing is promised.
    """

    since: datetime | None
    sla: Sla | None

    @property
    def targets(self) -> tuple[Target, ...]:
        """What is promised; nothing without an SLA."""
        return () if self.sla is None else self.sla.targets

    def target(self, name: str) -> Target | None:
        """Return the target of a name, if there is one."""
        return next((t for t in self.targets if t.name == name), None)


def eras_of(complaint: Complaint, sla: Sla | Resolver | None) -> tuple[Era, ...]:
    """Return which SLA was chosen when, change by change; the last one holds now.

    Category, product, severity, amount and owner are taken as they were then; of all
    else a complaint keeps no history, and it is taken as it is now.

    Args:
        complaint: The complaint.

        sla: One SLA for all, a function that chooses one, or ``None``.
    """
    if sla is None or isinstance(sla, Sla):
        return (Era(None, sla),)
    eras: list[Era] = []
    for since, then in _stages(complaint):
        chosen = _checked(sla(then))
        if not eras or chosen != eras[-1].sla:
            eras.append(Era(since if eras else None, chosen))
    return tuple(eras)


def _checked(chosen: object) -> Sla | None:
    if chosen is None or isinstance(chosen, Sla):
        return chosen
    rule = "must be an Sla or None: that is what a resolver answers with"
    raise InvalidEventError("sla", repr(chosen)[:80], rule)


def sla_or_resolver(value: Any) -> Any:
    """Let an SLA through, a function that chooses one, or ``None``.

    Raises:
        InvalidEventError: If it is anything else.
    """
    if value is None or isinstance(value, Sla) or callable(value):
        return value
    rule = "must be an Sla, a function from a complaint to one, or None"
    raise InvalidEventError("Desk.sla", repr(value)[:80], rule)


def _stages(complaint: Complaint) -> Iterator[tuple[datetime | None, Complaint]]:
    """Give the complaint as it was at the start and after each change."""
    changes = [
        (mark.at, changed)
        for mark in complaint.marks
        if (changed := _changed(mark)) is not None
    ]
    then = evolve(complaint, owner=None)
    for at, changed in changes[:-1]:
        then = evolve(then, **changed)
        yield at, then
    yield (changes[-1][0] if changes else None), complaint


def _changed(mark: Mark) -> dict[str, Any] | None:
    """Return what a mark says of attributes by which an SLA is chosen."""
    said = mark.detail
    if isinstance(said, Classification):
        names = ("category", "product", "severity", "amount")
        return {name: getattr(said, name) for name in names}
    if mark.kind == "Promised" and isinstance(said, tuple):
        return {"owner": said[1]}
    if mark.kind in {"Assigned", "Escalated"} and said is not None:
        return {"owner": said}
    return None


def first_match(
    *choices: tuple[Mapping[str, object], Sla | None], otherwise: Sla | None = None
) -> Resolver:
    """Make a resolver: the first choice that fits a complaint wins.

    When another choice fits after a change, each target says what becomes of its
    timer: see :class:`~complaint_lifecycle.sla.Retargeting`.

    Args:
        *choices: What attributes of the complaint must be, and the SLA then: customer,
            product, channel, category, severity, owner, public and so on, or one of its
            facts, such as ``"facts.tier"``. A set or a list stands for any of its
            members, so that a team is a set of owners; a function tells whether a
            value fits. The order is the precedence.

        otherwise: The SLA if none fits.

    Raises:
        InvalidEventError: If a complaint has no such attribute, or it no such value.

    >>> from complaint_lifecycle.sla import Calendar, Sla
    >>> urgent = Sla(calendar=Calendar.always(), targets=[])
    >>> resolver = first_match(({"severity": "critical"}, urgent))
    """
    for wanted, _ in choices:
        for name, value in wanted.items():
            _check_wish(name, value)

    def choose(complaint: Complaint) -> Sla | None:
        for wanted, sla in choices:
            if all(_fits(_read(complaint, n), value) for n, value in wanted.items()):
                return sla
        return otherwise

    return choose


_KNOWN = {attribute.name for attribute in fields(Complaint)}
_SEVERAL = (AbstractSet, list, tuple)
_CHOICES = {"severity": Severity, "fault": Fault, "outcome": Outcome}


def _check_wish(name: str, wanted: object) -> None:
    if name not in _KNOWN and not name.startswith(_FACT):
        rule = "is no attribute of a complaint; a fact of it is named facts.tier"
        raise InvalidEventError("first_match", repr(name), rule)
    if name in _CHOICES and not callable(wanted):
        for value in wanted if isinstance(wanted, _SEVERAL) else (wanted,):
            if value is not None:
                one_of(_CHOICES[name], value, f"first_match.{name}")


def _read(complaint: Complaint, name: str) -> object:
    if name.startswith(_FACT):
        return complaint.facts.get(name.removeprefix(_FACT))
    return getattr(complaint, name)


def _fits(found: object, wanted: object) -> bool:
    if callable(wanted):
        return bool(wanted(found))
    return found in wanted if isinstance(wanted, _SEVERAL) else found == wanted
