"""A journal in PostgreSQL that waits in the event loop."""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from typing import Any

import psycopg
import pytest
from attrs import field, frozen
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from stores import Place
from walks import MONDAY, new_desk

from complaint_lifecycle import Desk, Entry, JumpClock, Received, Thanked
from complaint_lifecycle.asynchronous import AsyncDesk, AsyncJournal, async_postgres
from complaint_lifecycle.asynchronous.greenlets import Greenlets
from complaint_lifecycle.asynchronous.postgres import EventLoopJournal
from complaint_lifecycle.desk.subscribing import Delivered
from complaint_lifecycle.errors import JournalError, KeyReusedError
from complaint_lifecycle.events import Updated
from complaint_lifecycle.journal import Receipt
from complaint_lifecycle.sql import pool

FIRST = Received(customer="C-1", channel="email")
ROW = Receipt("k", "digest", "c-1", 1)


@asynccontextmanager
async def opened(place: Place, **options: Any) -> AsyncIterator[EventLoopJournal]:
    """Open a journal whose connections bear the name of its schema."""
    where = make_conninfo(place.where, application_name=place.schema)
    async with await async_postgres(where, schema=place.schema, **options) as journal:
        yield journal


def patient(journal: EventLoopJournal, **settings: Any) -> AsyncDesk:
    """Make a desk that does not give up."""
    settings = {"clock": JumpClock(MONDAY), "attempts": 10_000} | settings
    return AsyncDesk(Desk(journal=journal, **settings))


def states(place: Place) -> Counter[str]:
    """Count the connections of a journal by what they do."""
    with place.connect() as raw:
        found = raw.execute(
            "SELECT state FROM pg_stat_activity WHERE application_name = %s",
            [place.schema],
        )
        return Counter(state for (state,) in found)


def free(journal: EventLoopJournal) -> int:
    """Count the connections that may be taken."""
    return journal._connection._pool._places._free._value


@asynccontextmanager
async def locked(place: Place) -> AsyncIterator[None]:
    """Let nobody write a receipt meanwhile."""
    connecting = psycopg.AsyncConnection.connect(place.where)
    async with await connecting as raw, raw.transaction():
        await raw.execute(
            f'LOCK TABLE "{place.schema}".complaint_receipt IN SHARE MODE'
        )
        yield


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is about to come."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the server rings no bell
            await asyncio.sleep(0.005)


def waits_for_lock(place: Place) -> bool:
    """Whether a connection of the journal waits for a lock."""
    with place.connect() as raw:
        ((count,),) = raw.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s "
            "AND wait_event_type = 'Lock'",
            [place.schema],
        )
    return bool(count)


async def drive(call: Coroutine[Any, Any, object], place: Place) -> None:
    """Take the steps of a call by hand, up to where it waits for a lock."""
    while not waits_for_lock(place):
        waited = call.send(None)

        def ready(waited: Any = waited) -> bool:
            return waited is None or waited.done() or waits_for_lock(place)

        await until(ready)


class TestTheEventLoop:
    def test_it_goes_on_while_a_lock_is_awaited(self, postgres: Place):
        """A beat comes every few milliseconds, and others are served."""

        async def main() -> int:
            async with opened(postgres) as journal:
                desk = patient(journal)
                async with locked(postgres):
                    call = asyncio.create_task(desk.receive(FIRST, by="f", key="k"))
                    await until(partial(waits_for_lock, postgres))
                    beats = 0
                    for _ in range(40):
                        await asyncio.sleep(0.005)
                        beats += 1
                    assert await desk.journal.complaints() == ()
                    assert not call.done()
                await call
                assert len(await desk.journal.complaints()) == 1
                return beats

        slowest = _slowest_step(main())
        assert slowest < 0.15

    def test_many_share_two_connections(self, postgres: Place):
        """There are never more, and everybody is served in turn."""

        async def main() -> None:
            async with opened(postgres, connections=2) as journal:
                desk = patient(journal)
                received = [
                    desk.receive(FIRST, by="form", id=f"c-{n}") for n in range(60)
                ]
                await asyncio.gather(*received)
                assert sum(states(postgres).values()) == 2
                assert len(await desk.journal.complaints()) == 60
                assert [c.version async for c in desk.complaints()] == [1] * 60

        asyncio.run(main())

    def test_whoever_waits_too_long_is_told_what_to_do(
        self, postgres: Place, monkeypatch
    ):
        """And whoever held the connection is none the worse."""
        monkeypatch.setattr(pool, "WAIT_SECONDS", 0.05)

        async def main() -> None:
            async with opened(postgres, connections=1) as journal:
                desk = patient(journal)
                async with locked(postgres):
                    call = asyncio.create_task(desk.receive(FIRST, by="f", key="k"))
                    await until(partial(waits_for_lock, postgres))
                    with pytest.raises(JournalError, match="all 1 connections"):
                        await desk.journal.complaints()
                assert (await call).version == 1

        asyncio.run(main())

    def test_each_call_has_a_transaction_of_its_own(self, postgres: Place):
        """Two of one thread, one of which is taken back."""

        async def main() -> None:
            async with opened(postgres) as journal:
                desk = patient(journal)
                both = asyncio.Barrier(2)

                def record(plain: Desk, name: str) -> None:
                    with journal._connection.unit():
                        plain.receive(FIRST, by="form", id=name)
                        journal.runner.finish(both.wait())
                        assert plain.journal.complaints() == (name,)
                        journal.runner.finish(both.wait())
                        if name == "c-2":
                            raise RuntimeError(name)

                calls = [desk.run_sync(record, name) for name in ("c-1", "c-2")]
                done = await asyncio.gather(*calls, return_exceptions=True)
                assert list(map(repr, done)) == ["None", "RuntimeError('c-2')"]
                assert await desk.journal.complaints() == ("c-1",)

        asyncio.run(main())


def _slowest_step(main: Awaitable[object]) -> float:
    """Run a coroutine and return the longest time for which its loop stood still."""

    async def watch() -> float:
        loop, slowest = asyncio.get_running_loop(), 0.0
        task = asyncio.ensure_future(main)
        while not task.done():
            before = loop.time()
            await asyncio.sleep(0)
            slowest = max(slowest, loop.time() - before)
        await task
        return slowest

    return asyncio.run(watch())


class TestCancelling:
    def test_a_call_that_waits_for_a_lock_is_rolled_back(self, postgres: Place):
        """Its place is free for the next one; by a time limit as by hand."""

        async def main() -> None:
            async with opened(postgres, connections=1) as journal:
                desk = patient(journal)
                async with locked(postgres):
                    call = asyncio.create_task(desk.receive(FIRST, by="f", key="k"))
                    await until(partial(waits_for_lock, postgres))
                    call.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await call
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(0.05):
                            await desk.receive(FIRST, by="f", key="k")
                    assert await desk.journal.complaints() == ()
                assert (await desk.receive(FIRST, by="f", key="k")).version == 1
                assert free(journal) == 1
                await until(lambda: states(postgres) == {"idle": 1})

        asyncio.run(main())

    def test_who_waits_for_a_connection_takes_none(self, postgres: Place):
        """Nor who waits until one is made."""

        async def main() -> None:
            async with opened(postgres, connections=1) as journal:
                desk = patient(journal)
                async with locked(postgres):
                    call = asyncio.create_task(desk.receive(FIRST, by="f", key="k"))
                    await until(partial(waits_for_lock, postgres))
                    waiting = asyncio.create_task(desk.journal.complaints())
                    await asyncio.sleep(0.01)
                    waiting.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await waiting
                await call
                journal._connection._pool.forget()
                connecting = asyncio.create_task(desk.journal.complaints())
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert (free(journal), connecting.cancel()) == (0, True)
                with pytest.raises(asyncio.CancelledError):
                    await connecting
                assert free(journal) == 1
                assert len(await desk.journal.complaints()) == 1

        asyncio.run(main())

    def test_cancelled_twice_it_lets_its_connection_go(self, postgres: Place):
        """While it was being rolled back; the next call makes another connection."""

        async def main() -> None:
            async with opened(postgres, connections=1) as journal:
                desk = patient(journal)
                async with locked(postgres):
                    call = asyncio.create_task(desk.receive(FIRST, by="f", key="k"))
                    await until(partial(waits_for_lock, postgres))
                    call.cancel()
                    await asyncio.sleep(0)
                    call.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await call
                assert free(journal) == 1
                assert await desk.journal.complaints() == ()

        asyncio.run(main())

    @pytest.mark.parametrize("times", [1, 2])
    def test_a_subscription_leaves_its_name_to_others(
        self, postgres: Place, times: int
    ):
        """Also if it was cancelled while it was giving the name back."""
        heard: list[int] = []

        async def main() -> None:
            async with opened(postgres, connections=2) as journal:
                desk, begun = patient(journal), asyncio.Event()

                async def stall(delivered: Delivered) -> None:
                    begun.set()
                    await asyncio.sleep(30)

                await desk.receive(FIRST, by="form")
                stalled = await desk.subscribe(stall, name="mail")
                running = asyncio.create_task(stalled.run())
                await begun.wait()
                other = await desk.subscribe(
                    lambda delivered: heard.append(delivered.position), name="mail"
                )
                assert await other.run() == 0
                for _ in range(times):
                    running.cancel()
                    await asyncio.sleep(0)
                with pytest.raises(asyncio.CancelledError):
                    await running
                async with asyncio.timeout(30):
                    while not await other.run():  # noqa: ASYNC110 - until it is free
                        await asyncio.sleep(0.005)
                assert free(journal) == 2

        asyncio.run(main())
        assert len(heard) == 1

    def test_a_call_that_nobody_awaits_any_more_lets_its_connection_go(
        self, postgres: Place
    ):
        """As when its loop is closed on it."""

        async def main() -> None:
            async with opened(postgres, connections=1) as journal:
                desk = patient(journal)
                async with locked(postgres):
                    call = desk.receive(FIRST, by="form", key="k")
                    await drive(call, postgres)
                    call.close()
                    assert free(journal) == 1
                    assert await desk.journal.complaints() == ()
                gc.collect()

        asyncio.run(main())

    @pytest.mark.parametrize("seed", range(3))
    def test_at_any_moment_nothing_is_half_done(self, postgres: Place, seed: int):
        """What was answered is there, in whole; others are not disturbed."""
        chance = Random(seed)  # noqa: S311 - to be repeated

        async def main() -> tuple[set[str], list[Entry]]:
            async with opened(postgres, connections=4) as journal:
                clients = Clients(patient(journal))
                for name in ("c-0", "c-1"):
                    await clients.desk.receive(FIRST, by="form", id=name)
                calls = [clients.impatient(number, chance) for number in range(12)]
                await asyncio.gather(clients.patient(), *calls)
                assert free(journal) == 4
                await until(lambda: set(states(postgres)) == {"idle"})
                found = [entry async for _, entry in clients.desk.journal.since(0)]
                return clients.answered, found

        answered, found = asyncio.run(main())
        texts = Counter(entry.event.text for entry in found[2:])
        assert set(texts.values()) == {2}
        assert answered <= set(texts)
        assert {f"steady {number}" for number in range(20)} <= answered


@frozen
class Clients:
    """Record two facts at a time on two complaints, with keys."""

    desk: AsyncDesk
    answered: set[str] = field(factory=set, init=False)

    async def record(self, name: str, text: str) -> None:
        """Record, and note that it was answered."""
        both = (Updated(text=text), Updated(text=text))
        await self.desk.record(name, *both, by="ana", key=text)
        self.answered.add(text)

    async def patient(self) -> None:
        """Wait for every answer."""
        for number in range(20):
            await self.record("c-0", f"steady {number}")

    async def impatient(self, number: int, chance: Random) -> None:
        """Cancel every call, sooner or later; none may fail."""
        for turn in range(6):
            call = self.record(f"c-{number % 2}", f"{number} {turn}")
            task = asyncio.create_task(call)
            await asyncio.sleep(chance.uniform(0, 0.02))
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled() or task.exception() is None


class TestGreenlets:
    def test_work_that_will_not_stop_is_left_alone(self):
        """Nobody awaits it any more, so it waits for nothing."""
        ended: list[str] = []

        async def main() -> None:
            runner = Greenlets(asyncio.get_running_loop())

            def stubborn() -> None:
                for number in range(2):
                    try:
                        runner.finish(asyncio.sleep(30))
                    except GeneratorExit:
                        ended.append(f"wait {number}")

            call = runner.run(stubborn)
            call.send(None)
            call.close()

        asyncio.run(main())
        assert ended == ["wait 0", "wait 1"]

    def test_whatever_can_be_awaited_is(self):
        """Not coroutines only; but not where nobody awaits."""

        async def main() -> None:
            loop = asyncio.get_running_loop()
            runner, future = Greenlets(loop), loop.create_future()
            with pytest.raises(JournalError, match="waits in the event loop only"):
                runner.finish(future)
            loop.call_soon(future.set_result, 7)
            assert await runner.run(lambda: runner.finish(future)) == 7

        asyncio.run(main())


class TestMisuse:
    def test_a_call_past_the_desk_is_told_the_way(self, postgres: Place):
        """In the loop, after it, and in another thread."""

        async def main() -> EventLoopJournal:
            async with opened(postgres) as journal:
                desk = Desk(journal=journal)
                told: list[str] = []
                calls: list[Callable[[], object]] = [
                    journal.complaints,
                    lambda: journal.append((), receipt=ROW),
                    lambda: desk.receive(FIRST, by="form"),
                ]
                for call in calls:
                    with pytest.raises(JournalError) as caught:
                        call()
                    told.append(str(caught.value))
                with pytest.raises(JournalError) as caught:
                    await asyncio.to_thread(journal.complaints)
                told.append(str(caught.value))
                (problem,) = set(told)
                assert problem == (
                    "the journal was opened for asyncio and waits in the event loop "
                    "only: call it through AsyncDesk or AsyncJournal"
                )
                assert await AsyncJournal(journal).complaints() == ()
            return journal

        journal = asyncio.run(main())
        with pytest.raises(JournalError, match="waits in the event loop only"):
            journal.complaints()

    def test_a_journal_belongs_to_one_event_loop(self, postgres: Place):
        """Another is told to open its own."""

        async def main() -> None:
            async with opened(postgres) as journal:
                call = AsyncJournal(journal).complaints()
                with pytest.raises(JournalError, match="open one in each loop"):
                    await asyncio.to_thread(asyncio.run, call)

        asyncio.run(main())

    def test_a_closed_journal_says_so_and_leaves_no_connection(self, postgres: Place):
        """One that is in use is closed when it comes back."""

        async def main() -> None:
            async with opened(postgres) as journal:
                desk = patient(journal)
                async with locked(postgres):
                    call = asyncio.create_task(desk.receive(FIRST, by="f", key="k"))
                    await until(partial(waits_for_lock, postgres))
                    journal.close()
                await call
                with pytest.raises(JournalError, match="the journal is closed"):
                    await desk.complaint("c-1")
                await until(lambda: not states(postgres))

        asyncio.run(main())


class TestConnecting:
    def test_a_host_may_connect_with_a_coroutine_function(self, postgres: Place):
        """In whatever state the connection comes."""

        async def connect() -> psycopg.AsyncConnection:
            return await psycopg.AsyncConnection.connect(
                postgres.where, row_factory=dict_row
            )

        async def main() -> None:
            async with await async_postgres(connect, schema=postgres.schema) as journal:
                desk = AsyncDesk(new_desk(journal))
                assert (await desk.receive(FIRST, Thanked(), by="form")).version == 2

        asyncio.run(main())

    def test_a_host_may_lend_its_own_to_the_synchronous_desk(self, postgres: Place):
        """As within the run_sync of SQLAlchemy; both vanish together."""

        async def main() -> None:
            async with opened(postgres) as journal:
                desk = patient(journal)
                await desk.receive(FIRST, by="form", id="c-1")
                with (
                    postgres.connect() as raw,
                    raw.transaction(force_rollback=True),
                ):
                    lent = desk.desk.on(raw)
                    assert lent.record("c-1", Thanked(), by="ana").version == 2
                assert (await desk.complaint("c-1")).version == 1

        asyncio.run(main())

    def test_a_function_that_waits_is_refused(self, postgres: Place):
        """It would stop the event loop."""

        with (
            postgres.connect() as raw,
            pytest.raises(JournalError, match="must be text, or a coroutine function"),
        ):
            asyncio.run(async_postgres(lambda: raw, schema=postgres.schema))

    def test_a_server_that_cannot_be_reached_is_told(self, tmp_path):
        """As without asyncio."""
        with pytest.raises(JournalError, match="cannot connect to PostgreSQL"):
            asyncio.run(async_postgres(f"host={tmp_path} dbname=crm"))

    def test_a_connection_that_was_lost_is_replaced(self, postgres: Place):
        """Between two calls, and nobody notices."""

        async def main() -> None:
            async with opened(postgres) as journal:
                desk = patient(journal)
                for number in range(3):
                    with postgres.connect() as raw:
                        raw.execute(
                            "SELECT pg_terminate_backend(pid, 5000) FROM "
                            "pg_stat_activity WHERE application_name = %s",
                            [postgres.schema],
                        )
                    await desk.receive(FIRST, by="form", id=f"c-{number}")
                assert len(await desk.journal.complaints()) == 3

        asyncio.run(main())

    def test_what_the_database_refuses_is_told_as_without_asyncio(
        self, postgres: Place
    ):
        """Here that a key is taken."""

        async def main() -> None:
            async with opened(postgres) as opened_here:
                journal = AsyncJournal(opened_here)
                await journal.append((), receipt=ROW)
                with pytest.raises(KeyReusedError):
                    await journal.append((), receipt=ROW)
                assert await journal.receipt("k") == ROW

        asyncio.run(main())


def test_a_copy_that_breaks_off_leaves_nothing(postgres: Place, monkeypatch):
    """And the journal goes on; a whole one is all there."""
    write, left = psycopg.AsyncCopy.write_row, [70]

    async def broken(self: psycopg.AsyncCopy, row: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise ZeroDivisionError
        await write(self, row)

    monkeypatch.setattr(psycopg.AsyncCopy, "write_row", broken)

    async def many() -> None:
        async with opened(postgres) as journal:
            desk = patient(journal)
            await desk.receive(FIRST, by="form", id="c-1")
            with pytest.raises(ZeroDivisionError):
                await desk.record("c-1", *[Updated()] * 100, by="ana")
            assert len(await desk.history("c-1")) == 1
            assert (
                await desk.record("c-1", *[Updated()] * 100, by="ana")
            ).version == 101
            assert len(await desk.history("c-1")) == 101

    asyncio.run(many())
