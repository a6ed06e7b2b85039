"""Plays the stories of the inbox on a desk, and keeps what was refused."""

import time
from collections.abc import Sequence

from attrs import frozen

from complaint_lifecycle.cli.demo.course import Act
from complaint_lifecycle.cli.progress import progress_bar
from complaint_lifecycle.clock import JumpClock
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.errors import Refusal, RefusedError
from complaint_lifecycle.events import Event, Merged, Offered, Received

MOMENT = 0.02


@frozen
class Refused:
    """Something that the desk did not let anybody do.

    Attributes:
        act: What somebody wanted to do.

        refusal: Why not, and what was allowed instead.
    """

    act: Act
    refusal: Refusal


def play(
    desk: Desk, clock: JumpClock, acts: Sequence[Act], *, slowly: bool = False
) -> list[Refused]:
    """Do what the stories tell, letting the clock jump from instant to instant.

    The desk ticks once a day, so that offers expire.

    Args:
        desk: Where it is recorded; its clock must be ``clock``, and its policy proposes
            the offers that the stories make.

        clock: Is told to jump.

        acts: In the order of their instants.

        slowly: Pause for a moment after each, so that somebody can watch.

    Returns:
        What was refused.
    """
    refused = []
    with progress_bar() as bar:
        task = bar.add_task("", total=len(acts))
        for act in acts:
            next_day = act.at.date() > clock.now.date()
            clock.jump_to(act.at)
            if next_day:
                desk.tick()
            try:
                _do(desk, act)
            except RefusedError as error:
                refused.append(Refused(act, error.refusal))
            bar.update(task, advance=1, description=f"{act.at:%d %B}")
            time.sleep(MOMENT if slowly else 0)
    return refused


def _do(desk: Desk, act: Act) -> None:
    match act.events:
        case [Received(), *_]:
            desk.receive(*act.events, by=act.by, id=act.complaint_id)
        case [Merged(into=into)]:
            desk.merge(act.complaint_id, into=into, by=act.by)
        case _:
            events = (*act.events, *_proposed(desk, act))
            desk.record(act.complaint_id, *events, by=act.by)


def _proposed(desk: Desk, act: Act) -> tuple[Event, ...]:
    """Return the offer that the policy proposes, where the story makes one."""
    offer = desk.propose(act.complaint_id) if act.proposes else None
    return () if offer is None else (Offered(offer=offer),)
