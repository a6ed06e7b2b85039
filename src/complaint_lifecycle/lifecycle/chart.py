"""The chart: the lifecycle drawn once, as an ordinary python-statemachine chart.

States are shared objects there, so plain subclassing would change *our* chart. Hence
:func:`gift_chart` makes a new class with new states at every call, and
:meth:`Lifecycle.edit <complaint_lifecycle.lifecycle.Lifecycle.edit>` derives others.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from statemachine import Event, State, StateChart

from complaint_lifecycle.complaint import Complaint, OfferStatus
from complaint_lifecycle.events import Entry
from complaint_lifecycle.lifecycle.rows import Row

Chart = type[StateChart[Any]]
"""A chart class of python-statemachine."""


class Conditions:
    """The conditions of the transitions, each a method of ``(complaint, entry)``.

    The first line of each docstring is what a refusal tells. A chart below this class
    may override one as a method.
    """

    attempts = 3
    """Vain attempts after which a customer counts as unreachable."""

    def due_is_ahead(self, complaint: Complaint, entry: Entry) -> bool:
        """The promise must be due after the instant at which it is made."""
        promised: Any = entry.event
        return bool(promised.due > entry.at)

    def no_open_question(self, complaint: Complaint, entry: Entry) -> bool:
        """The customer still owes an answer: record Answered first."""
        return not complaint.questions

    def not_by_the_accused(self, complaint: Complaint, entry: Entry) -> bool:
        """Nobody judges themselves: not by the person complained of."""
        about = complaint.about
        owner = getattr(entry.event, "owner", None)
        return not about or (entry.by not in about and owner not in about)

    def content_or_unreachable(self, complaint: Complaint, entry: Entry) -> bool:
        """The customer must be satisfied, or out of reach after enough attempts."""
        verified: Any = entry.event
        if verified.satisfied is None:
            return complaint.attempts >= self.attempts
        return bool(verified.satisfied)

    def compensation_delivered(self, complaint: Complaint, entry: Entry) -> bool:
        """What the customer accepted must be delivered first: record Delivered."""
        accepted = OfferStatus.ACCEPTED
        return all(standing.status is not accepted for standing in complaint.offers)

    def not_content(self, complaint: Complaint, entry: Entry) -> bool:
        """The customer must be dissatisfied."""
        verified: Any = entry.event
        return verified.satisfied is False

    def verdict_given(self, complaint: Complaint, entry: Entry) -> bool:
        """A referral needs a verdict, gathered before or given with fault=."""
        referred: Any = entry.event
        return referred.fault is not None or complaint.fault is not None

    def has_thanked_and_explained(self, complaint: Complaint, entry: Entry) -> bool:
        """Thanks and explanation must have been given before."""
        drawn = {event.id for event in getattr(self, "events", ())}
        given = (("thank", "Thanked"), ("explain", "Explained"))
        return all(complaint.has(kind) for step, kind in given if step in drawn)

    def promise_goes_along(self, complaint: Complaint, entry: Entry) -> bool:
        """The open promise must be renewed on the other complaint."""
        merged: Any = entry.event
        return complaint.promise is None or bool(merged.promise_renewed)


def _each(sources: Iterable[State], target: State, **conditions: Any) -> Any:
    """Unite transitions that lead from several states to one."""
    return reduce(or_, (source.to(target, **conditions) for source in sources))


def gift_chart(*, attempts: int = 3) -> Chart:
    """Make the chart of the eight steps, with states of its own.

    Args:
        attempts: Vain attempts to reach the customer after which a complaint may go on
            unverified.

    Returns:
        A new chart class, to be compiled by ``Lifecycle`` or subclassed first.

    >>> chart = gift_chart()()
    >>> _ = chart.send("receive")
    >>> chart.current_state_value
    'received'
    """
    stated_attempts = attempts

    class GiftChart(Conditions, StateChart[Any]):
        allow_event_without_transition = False
        catch_errors_as_events = False
        attempts = stated_attempts

        nothing = State(initial=True)
        received = State()
        thanked = State()
        explained = State()
        apologised = State()
        promised = State()
        gathered = State()
        fixed = State()
        verified = State()
        prevented = State()
        referred = State()
        withdrawn = State()
        merged = State(final=True)
        archived = State(final=True)

        early = (received, thanked, explained, apologised, promised, gathered)
        ended = (verified, prevented, referred, withdrawn)
        fair = "not_by_the_accused"

        receive = nothing.to(received)
        thank = received.to(thanked)
        explain = thanked.to(explained)
        apologise = explained.to(apologised)
        promise = _each((apologised, promised), promised, cond=["due_is_ahead", fair])
        promise |= gathered.to(gathered, cond=["due_is_ahead", fair])
        gather = promised.to(gathered, cond=["no_open_question", fair])
        fix = gathered.to(fixed, cond=["no_open_question", fair])
        given = "compensation_delivered"
        verify = fixed.to(verified, cond=["content_or_unreachable", given, fair])
        verify |= fixed.to(explained, cond=["not_content", fair])
        prevent = _each((verified, referred, withdrawn), prevented)
        refer = gathered.to(referred, cond=fair)
        refer |= _each((*early[1:-1], fixed), referred, cond=["verdict_given", fair])
        withdraw = _each((*early, fixed), withdrawn, cond=fair)
        reopen = _each(ended, explained, cond="has_thanked_and_explained")
        reopen |= _each(ended, received, unless="has_thanked_and_explained")
        merge = _each(
            (*early, fixed, *ended), merged, cond=["promise_goes_along", given, fair]
        )
        archive = prevented.to(archived, cond=[given, fair])

    return GiftChart


def draw_chart(
    like: Chart,
    rows: Iterable[Row],
    *,
    start: str,
    final: frozenset[str],
    overrides: Mapping[str, Any],
) -> Chart:
    """Draw a chart class from rows: the way back from table to chart.

    Args:
        like: The chart whose conditions and settings it shares, but no state.

        rows: The transitions, in order.

        start: Where a complaint begins.

        final: States that nothing leaves.

        overrides: Conditions in place of, or beside, those of ``like``.
    """
    rows = list(rows)
    names = dict.fromkeys(n for row in rows for n in (row.source, row.target))
    states = {n: State(initial=n == start, final=n in final) for n in names}
    triggers: dict[str, Any] = {}
    for row in rows:
        made = states[row.source].to(
            states[row.target],
            cond=[c.name for c in row.conditions if c.expected],
            unless=[c.name for c in row.conditions if not c.expected],
        )
        known = triggers.get(row.trigger)
        triggers[row.trigger] = made if known is None else known | made
    body = {
        "allow_event_without_transition": False,
        "catch_errors_as_events": False,
        **_settings_of(like),
        **overrides,
        **states,
        **triggers,
    }
    bases = [c for c in like.__mro__ if c not in StateChart.__mro__]
    plain = tuple(c for c in bases if not issubclass(c, StateChart))
    name = f"Edited{like.__name__.removeprefix('Edited')}"
    make: Any = type(StateChart)
    drawn: Chart = make(name, (*plain, StateChart), body)
    return drawn


def _settings_of(chart: Chart) -> dict[str, Any]:
    """Collect what the chart classes themselves define beside states and triggers."""
    drawn = set(vars(type("Empty", (StateChart,), {}))) | {"name", "id"}
    settings: dict[str, Any] = {}
    for cls in reversed(chart.__mro__):
        if issubclass(cls, StateChart) and cls not in StateChart.__mro__:
            settings |= {
                name: value
                for name, value in vars(cls).items()
                if name not in drawn and not isinstance(value, State | Event)
            }
    return settings
