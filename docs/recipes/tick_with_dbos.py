"""Ticks in a durable workflow of DBOS, which puts the next one into its queue."""

import os
from datetime import timedelta
from time import sleep

from dbos import DBOS, DBOSConfig, SetEnqueueOptions
from office import open_desk, tick_all

QUEUE = "complaint_ticks"
LONGEST = float(os.environ.get("BEAT", "60"))
config: DBOSConfig = {
    "name": "complaint-ticks",
    "system_database_url": os.environ.get("DBOS_URL", "sqlite:///dbos.sqlite"),
}
DBOS(config=config)


@DBOS.step()
def fire() -> float:
    """Record all that is due; return the seconds until there is more."""
    desk = open_desk()
    tick_all(desk)
    now = desk.clock()
    coming = desk.journal.due(now + timedelta(seconds=LONGEST), limit=1)
    # Whatever wakes too early or too often finds nothing due, and does no harm.
    wait = (coming[0].at - now).total_seconds() if coming else LONGEST
    return min(max(wait, 0.1), LONGEST)


@DBOS.workflow()
def tick() -> None:
    """Fire, and come back when there is more to do."""
    with SetEnqueueOptions(delay_seconds=fire()):
        DBOS.enqueue_workflow(QUEUE, tick)


def start() -> None:
    """Begin to tick; after a restart DBOS goes on by itself."""
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=min(1.0, LONGEST))
    if not DBOS.list_queued_workflows(queue_name=QUEUE):
        DBOS.enqueue_workflow(QUEUE, tick)


if __name__ == "__main__":
    start()
    sleep(float(os.environ.get("RUN_FOR", "1e9")))
    DBOS.destroy()
