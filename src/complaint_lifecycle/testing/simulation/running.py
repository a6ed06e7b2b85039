"""Running: one simulation, many of them, and the smallest that still fails."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from random import Random
from typing import Any

from attrs import evolve

from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.events import Event
from complaint_lifecycle.journal import Journal, MemoryJournal
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.offers import Offer
from complaint_lifecycle.sla.choosing import Resolver
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.testing.simulation.faults import Faults
from complaint_lifecycle.testing.simulation.moves import Maker, Moves
from complaint_lifecycle.testing.simulation.office import (
    usual_lifecycle,
    usual_policy,
    usual_sla,
)
from complaint_lifecycle.testing.simulation.outcomes import (
    Outcome,
    SimulationError,
    line,
)
from complaint_lifecycle.testing.simulation.plans import Plan
from complaint_lifecycle.testing.simulation.readers import Reader
from complaint_lifecycle.testing.simulation.senders import Senders
from complaint_lifecycle.testing.simulation.settling import Settling
from complaint_lifecycle.testing.simulation.world import World

STEPS = 200
HOSTS = 3
_TRIES = 25
_USUAL: Any = object()
_SENDING = timedelta(minutes=15)
_TICKING = timedelta(hours=1)
_READING = timedelta(hours=1)


def simulate(
    seed: int,
    *,
    lifecycle: Lifecycle | None = None,
    sla: Sla | Resolver | None = _USUAL,
    compensation: Callable[[Situation], Offer | None] | None = _USUAL,
    events: Mapping[type[Event], Maker] | None = None,
    journal: Callable[[], Journal] = MemoryJournal,
    desk: Callable[..., Desk] = Desk,
    reader: Callable[[], Reader] = Reader,
    hosts: int = HOSTS,
    steps: int = STEPS,
    faults: Faults | None = None,
) -> Outcome:
    """Simulate hosts on one journal while much goes wrong; the same seed, the same way.

    Customers and staff send what they do to any host, along the chart and against it.
    Messages are late, lost, doubled and out of order; hosts die at a call on the
    journal and start again, their clocks are off, their policies fail. After every step
    each :class:`Law` is checked. Then the faults stop, and everything has to come to an
    end or to a stated wait. There is no thread, no waiting and no wall clock.

    Args:
        seed: Where all chance comes from.

        lifecycle: The chart of the host, compiled; by default the eight steps.

        sla: Its targets; by default a few short ones.

        compensation: Its policy; by default a refund from a small budget.

        events: How its own facts are made up, each from a :class:`Moment`; needed for
            those that have fields without a default.

        journal: Makes the journal that the hosts share.

        desk: Makes the desk of a host, from the arguments of ``Desk``.

        reader: Makes a reader of the journal; there are two.

        hosts: How many hosts there are.

        steps: How many things happen before the faults stop.

        faults: What goes wrong; by default drawn anew for each seed.

    Returns:
        What came of it.

    Raises:
        InvalidEventError: If a fact of the host has fields, and ``events`` does not say
            how it is made up.

    >>> outcome = simulate(1, steps=50)
    >>> print(outcome.broken)
    None
    """
    usual_faults = Faults.drawn(Random(f"{seed} faults"))  # noqa: S311 - no secret
    plan = Plan(
        seed=seed,
        lifecycle=usual_lifecycle() if lifecycle is None else lifecycle,
        sla=usual_sla() if sla is _USUAL else sla,
        compensation=usual_policy() if compensation is _USUAL else compensation,
        events={} if events is None else events,
        journal=journal,
        desk=desk,
        reader=reader,
        hosts=hosts,
        steps=steps,
        faults=usual_faults if faults is None else faults,
    )
    return _run(plan)


def check_simulation(
    seeds: Iterable[int] = range(2000), **settings: Any
) -> Mapping[str, int]:
    """Simulate once for each seed; stop at the first that breaks a law.

    Args:
        seeds: The seeds.

        **settings: What :func:`simulate` takes.

    Returns:
        How often what happened, all seeds together, 0 for what did not: see to it that
        what you rely on did.

    Raises:
        SimulationError: If a law was broken. Its text tells the seed, what was left of
            hosts, steps and faults when it was made as small as it gets, and the last
            of what happened.

    >>> happened = check_simulation(range(3), steps=50)
    >>> happened["tick done"] > 0
    True
    """
    happened: Counter[str] = Counter()
    for seed in seeds:
        outcome = simulate(seed, **settings)
        if outcome.broken is not None:
            smallest = _smallest(outcome)
            raise SimulationError(seed, smallest.report())
        happened.update(outcome.counts)
    return happened


def _run(plan: Plan) -> Outcome:
    world = World(plan)
    moves = Moves(plan.lifecycle, plan.events)
    senders = Senders(world, moves, world.chance("senders"))
    world.meddler = senders.meddle
    world.again(_SENDING, senders.send_something)
    for host in world.hosts:
        world.again(_TICKING, lambda host=host: world.tick(host))  # type: ignore[misc]
    for number in range(len(world.readers)):
        world.again(_READING, lambda number=number: world.read(number))  # type: ignore[misc]
    steps = 0
    while steps < plan.steps and not world.checker.broken:
        world.step()
        steps += 1
    if not world.checker.broken:
        Settling(world, senders, world.chance("settling")).run()
    broken = world.checker.broken
    return Outcome(
        plan=plan,
        steps=steps,
        broken=broken[0] if broken else None,
        counts=dict(world.counts),
        timeline=tuple(map(line, world.trace)) if broken else (),
    )


def _smallest(outcome: Outcome) -> Outcome:
    """Leave out what can go, as long as the same law is broken."""
    left, plans = _TRIES, _smaller(outcome)
    while left and (plan := next(plans, None)) is not None:
        left -= 1
        tried = _run(plan)
        if _same(tried, outcome):
            outcome, plans = tried, _smaller(tried)
    return outcome


def _same(tried: Outcome, outcome: Outcome) -> bool:
    if tried.broken is None or outcome.broken is None:
        return False
    return tried.broken.law is outcome.broken.law


def _smaller(outcome: Outcome) -> Iterator[Plan]:
    """Give plans of fewer hosts, fewer faults and fewer steps, in this order."""
    plan = outcome.plan
    for hosts in dict.fromkeys((1, plan.hosts - 1)):
        if 0 < hosts < plan.hosts:
            yield evolve(plan, hosts=hosts)
    named = plan.faults.named
    if len(named) > 1:
        yield evolve(plan, faults=Faults.none())
    for name in named:
        yield evolve(plan, faults=plan.faults.without(name))
    parts = (outcome.steps, plan.steps // 2, plan.steps * 3 // 4, plan.steps - 1)
    for steps in parts:
        if 0 < steps < plan.steps:
            yield evolve(plan, steps=steps)
