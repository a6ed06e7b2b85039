"""Ticks in a Celery worker, woken by beat.

``celery -A tick_with_celery worker`` and ``celery -A tick_with_celery beat``.
"""

import os

from celery import Celery
from office import open_desk, tick_all

BEAT = float(os.environ.get("BEAT", "10"))

app = Celery("complaints", broker=os.environ.get("BROKER", "redis://"))
folder = os.environ.get("BROKER_FOLDER")
if folder:  # the broker in a folder, for trying it out
    app.conf.broker_transport_options = {
        "data_folder_in": folder,
        "data_folder_out": folder,
    }
# No task carries a deadline: those with an ETA run twice when the broker believes that
# they were lost. A beat that nobody took in time may as well be dropped.
app.conf.beat_schedule = {
    "tick": {"task": "tick", "schedule": BEAT, "options": {"expires": 10 * BEAT}}
}


@app.task(name="tick", ignore_result=True)
def tick() -> None:
    """Record all that is due."""
    tick_all(open_desk())
