"""PostgreSQL falls while several write to it, and is started again."""

from random import Random
from time import sleep

from reliability.processes import CONTEXT, drained, start
from reliability.servers import Server
from reliability.trials import show, trials
from reliability.workers import write_among_others
from reliability.workload import problems
from stores import Place

STOPS = trials(40, few=3)
TWIN_STOPS = 20
WRITERS = 3
PER_JOURNAL = 5
# Acknowledged before it is written down: what a host should never ask of its journal.
TOO_EARLY = "&options=-c%20synchronous_commit%3Doff"


def stopped(server: Server, place: Place, trial: int) -> list[str]:
    """Let writers work, stop the server at a random moment, and start it again.

    Returns:
        What the writers said.
    """
    chance = Random(trial)  # noqa: S311 - to be foreseen
    pipes, writers = [], []
    for number in range(WRITERS):
        ours, theirs = CONTEXT.Pipe(duplex=False)
        key = trial * WRITERS + number
        writers.append(start(write_among_others, place, key, theirs))
        theirs.close()
        pipes.append(ours)
    for pipe in pipes:
        assert pipe.poll(60)
    sleep(chance.uniform(0, 0.3))
    server.stop_at_once()
    for writer in writers:
        writer.join()
    server.start()
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    return [key for pipe in pipes for key in drained(pipe) if key]


def lost(server: Server, stops: int, options: str = "") -> tuple[int, list[str]]:
    """Stop a server; return how much was acknowledged, and what is wrong afterwards."""
    said: list[str] = []
    number = 0
    for trial in range(stops):
        if trial % PER_JOURNAL == 0:
            said = []
        schema = f"stops_{len(options)}_{trial // PER_JOURNAL}"
        new = stopped(server, Place(server.where + options, schema), trial)
        said += new
        number += len(new)
        wrong = problems(Place(server.where, schema), said)
        if wrong:
            return trial + 1, wrong
    return number, []


def test_a_server_that_falls_loses_nothing_and_leaves_no_half(server):
    """Every call that was acknowledged is there, each wholly or not, and so its timers."""
    acknowledged, wrong = lost(server, STOPS)
    show("PostgreSQL stopped at once", stops=STOPS, acknowledged=acknowledged)
    assert wrong == []
    assert acknowledged > STOPS * WRITERS


def test_a_server_that_acknowledges_too_early_is_caught(server):
    """Calls that were acknowledged are not there."""
    stops, wrong = lost(server, TWIN_STOPS, TOO_EARLY)
    show("synchronous_commit=off", caught_after=stops)
    assert any(problem.startswith("lost") for problem in wrong)
