"""Ticks in a thread of the application, with APScheduler 3."""

import os
from time import sleep

from apscheduler.schedulers.background import BackgroundScheduler
from office import open_desk, tick_all


def start(seconds: float) -> BackgroundScheduler:
    """Tick every so many seconds, in the background."""
    desk = open_desk()
    scheduler = BackgroundScheduler()
    # The scheduler holds no deadline, only the beat: a beat that is late or missed
    # loses nothing, and two at once do no harm.
    scheduler.add_job(
        lambda: tick_all(desk),
        "interval",
        seconds=seconds,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler


if __name__ == "__main__":
    running = start(seconds=float(os.environ.get("BEAT", "10")))
    sleep(float(os.environ.get("RUN_FOR", "1e9")))
    running.shutdown()
