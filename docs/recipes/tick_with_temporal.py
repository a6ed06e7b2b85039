"""Ticks in one Temporal workflow, however many complaints there are."""

import asyncio
import os
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from office import open_desk, tick_all

QUEUE = "complaint-ticks"
BEAT = float(os.environ.get("BEAT", "60"))
ROUNDS = 500
"""After so many ticks the workflow begins anew, so that its history stays short."""


@activity.defn
def fire() -> int:
    """Record all that is due."""
    return tick_all(open_desk())


@workflow.defn
class Ticking:
    """Fires, waits, and fires again; Temporal keeps it going."""

    @workflow.run
    async def run(self) -> None:
        """Tick until somebody stops it."""
        for _ in range(ROUNDS):
            await workflow.execute_activity(
                fire, start_to_close_timeout=timedelta(minutes=5)
            )
            await asyncio.sleep(BEAT)
        workflow.continue_as_new()


async def main() -> None:
    """Run a worker, and the one workflow."""
    from concurrent.futures import ThreadPoolExecutor

    client = await Client.connect(os.environ.get("TEMPORAL", "localhost:7233"))
    with ThreadPoolExecutor(1) as threads:
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=[Ticking],
            activities=[fire],
            activity_executor=threads,
        )
        async with worker:
            await client.start_workflow(
                Ticking.run, id="complaint-ticks", task_queue=QUEUE
            )
            await asyncio.sleep(float(os.environ.get("RUN_FOR", "1e9")))


if __name__ == "__main__":
    asyncio.run(main())
