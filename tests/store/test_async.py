"""The desk for programs in asyncio, on each journal that we ship."""

import asyncio
import inspect
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from random import Random

import pytest
from loops import Called, loop_in_thread
from store import test_desk, test_journals
from stores import Place
from walks import new_desk

from complaint_lifecycle import Desk, MemoryJournal, Received, Thanked
from complaint_lifecycle.asynchronous import AsyncDesk, AsyncJournal, async_postgres
from complaint_lifecycle.asynchronous.faces import PAGE
from complaint_lifecycle.desk import Backoff
from complaint_lifecycle.errors import ConflictError, ListenerError
from complaint_lifecycle.events import Updated
from complaint_lifecycle.journal import Journal
from complaint_lifecycle.sql import SqlJournal

STREAMS = {(AsyncDesk, "complaints"), (AsyncJournal, "since")}
HELD = {(AsyncJournal, "claim"), (AsyncDesk, "on")}
AT_ONCE = {(AsyncDesk, "seen_by")}
FIRST = Received(customer="C-1", channel="email")


@contextmanager
def on_postgres(place: Place) -> Iterator[Called]:
    """Give an empty journal that waits in an event loop, behind the scenes."""
    with (
        loop_in_thread() as there,
        there.do(async_postgres(place.where, schema=place.schema)) as opened,
    ):
        yield Called(AsyncJournal(opened), there)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Called]:
    """Give an empty journal of each kind that is awaited behind the scenes."""
    if request.param == "postgres":
        with on_postgres(request.getfixturevalue("postgres")) as called:
            yield called
        return
    with ExitStack() as stack:
        there = stack.enter_context(loop_in_thread())
        found: Journal = MemoryJournal()
        if request.param == "sqlite":
            found = stack.enter_context(SqlJournal(tmp_path / "complaints.sqlite"))
        yield Called(AsyncJournal(found), there)


@pytest.fixture
def desk(journal: Called) -> Called:
    """Give a desk on it that is awaited behind the scenes."""
    return Called(AsyncDesk(new_desk(journal.face.journal)), journal.there)


class TestJournalContract(test_journals.TestEveryJournal):
    """What every journal must do, awaited."""


class OnPostgres:
    """Each call of the desk waits in the event loop."""

    @pytest.fixture
    def journal(self, postgres: Place) -> Iterator[Called]:
        """Give an empty journal in PostgreSQL."""
        with on_postgres(postgres) as called:
            yield called


class TestRecordingContract(OnPostgres, test_desk.TestRecording):
    """What every desk must do, awaited."""


class TestIdempotencyContract(OnPostgres, test_desk.TestIdempotency):
    """The same of calls that come twice."""


class TestMergingContract(OnPostgres, test_desk.TestMerging):
    """The same of two complaints that are one."""


class TestFaces:
    @pytest.mark.parametrize(
        ("face", "sync"), [(AsyncDesk, Desk), (AsyncJournal, Journal)]
    )
    def test_every_public_method_has_its_counterpart(self, face: type, sync: type):
        """With the same parameters, and told by the name under which it is called."""
        methods = {
            name: method
            for name, method in inspect.getmembers(sync, inspect.isfunction)
            if not name.startswith("_") and (face, name) not in HELD
        }
        for name, method in methods.items():
            counterpart = getattr(face, name)
            parameters = inspect.signature(counterpart).parameters
            assert parameters == inspect.signature(method).parameters, name
            assert counterpart.__qualname__ == f"{face.__name__}.{name}"
            streams, at_once = (face, name) in STREAMS, (face, name) in AT_ONCE
            assert inspect.isasyncgenfunction(counterpart) is streams
            awaited = inspect.iscoroutinefunction(counterpart)
            assert awaited is not (streams or at_once), name

    def test_iterators_are_read_in_pages(self):
        """As many as a page holds, or more, or none, come in order all the same."""

        async def counted(size: int) -> list[int]:
            desk = AsyncDesk(new_desk())
            for _ in range(size):
                await desk.receive(FIRST, by="form")
            names = [complaint.id async for complaint in desk.complaints()]
            assert names == [f"c-{number + 1}" for number in range(size)]
            return [position async for position, _ in desk.journal.since(0)]

        for size in (0, 1, PAGE, PAGE + 1):
            assert asyncio.run(counted(size)) == list(range(1, size + 1))

    def test_other_synchronous_code_runs_beside_the_desk(self):
        """With what it is given, and its answer comes back."""

        def count(desk: Desk, customer: str, *, more: int) -> int:
            return len(desk.customer(customer).complaints) + more

        async def main() -> int:
            desk = AsyncDesk(new_desk())
            await desk.receive(FIRST, by="form")
            return await desk.run_sync(count, "C-1", more=10)

        assert asyncio.run(main()) == 11

    def test_the_desk_that_was_given_stays_as_it_is(self):
        """It can be called on, and sees what the other recorded."""
        plain = new_desk(listeners=[print])
        desk = AsyncDesk(plain)
        assert plain.listeners == (print,)
        assert desk.desk.journal is plain.journal
        name = asyncio.run(desk.receive(FIRST, by="form")).id
        assert plain.record(name, Thanked(), by="ana").version == 2
        assert desk.seen_by("bob").desk.reader == "bob"
        assert desk.desk.reader is None
        assert asyncio.run(desk.complaint(name)).version == 2


def _slow(journal: type[MemoryJournal], gate: Callable[[], object]) -> MemoryJournal:
    """Make a journal whose appends wait for something."""

    class Slow(journal):
        def append(self, batches, **beside):
            gate()
            super().append(batches, **beside)

    return Slow()


class TestThreads:
    def test_the_event_loop_goes_on_meanwhile(self):
        """A beat comes every few milliseconds while an append takes long."""

        async def main() -> int:
            desk = AsyncDesk(new_desk(_slow(MemoryJournal, lambda: time.sleep(0.2))))
            call = asyncio.create_task(desk.receive(FIRST, by="form"))
            beats = 0
            while not call.done():
                await asyncio.sleep(0.005)
                beats += 1
            return beats

        assert asyncio.run(main()) > 10

    def test_context_variables_go_along(self):
        """As those by which a host traces its requests."""
        user: ContextVar[str] = ContextVar("user")
        seen: list[str] = []

        async def main() -> None:
            user.set("ana")
            listeners = [lambda recorded: seen.append(user.get())]
            await AsyncDesk(new_desk(listeners=listeners)).receive(FIRST, by="form")

        asyncio.run(main())
        assert seen == ["ana"]

    def test_a_call_that_has_begun_is_waited_for_when_it_is_cancelled(self):
        """However often; nothing goes on afterwards that nobody knows of."""
        begun, gate = threading.Event(), threading.Event()

        def wait() -> None:
            begun.set()
            assert gate.wait(30)

        async def main() -> None:
            desk = AsyncDesk(new_desk(_slow(MemoryJournal, wait)))
            call = asyncio.create_task(desk.receive(FIRST, by="form"))
            await asyncio.to_thread(begun.wait, 30)
            for _ in range(3):
                call.cancel()
                await asyncio.sleep(0.01)
                assert not call.done()
            gate.set()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await desk.journal.complaints() == ("c-1",)

        asyncio.run(main())

    def test_a_failure_of_a_cancelled_call_is_not_told_twice(self, caplog):
        """Whoever cancelled it hears no more of it, nor does the log."""
        begun, gate = threading.Event(), threading.Event()

        def fail() -> None:
            begun.set()
            assert gate.wait(30)
            raise ConflictError("c-1", 1, 2)

        async def main() -> None:
            desk = AsyncDesk(new_desk(_slow(MemoryJournal, fail), attempts=1))
            call = asyncio.create_task(desk.receive(FIRST, by="form"))
            await asyncio.to_thread(begun.wait, 30)
            call.cancel()
            gate.set()
            with pytest.raises(asyncio.CancelledError):
                await call

        asyncio.run(main())
        assert not caplog.records

    def test_a_call_that_has_not_begun_does_not_begin(self):
        """Its thread was busy with others, and it was cancelled before its turn."""
        gate = threading.Event()

        async def main() -> tuple[str, ...]:
            loop = asyncio.get_running_loop()
            # The pool is the loop's own: its threads are taken by something else.
            busy = [loop.run_in_executor(None, gate.wait, 30) for _ in range(64)]
            desk = AsyncDesk(new_desk())
            call = asyncio.create_task(desk.receive(FIRST, by="form"))
            await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            gate.set()
            await asyncio.gather(*busy)
            return await desk.journal.complaints()

        assert asyncio.run(main()) == ()


class TestListeners:
    def test_coroutine_functions_are_awaited_after_the_commit(self, journal: Called):
        """In order with the others, and they may use the desk themselves."""
        heard: list[tuple[str, str]] = []

        async def later(recorded) -> None:
            await asyncio.sleep(0.001)
            found = await desk.complaint(recorded.complaint.id)
            heard.append(("later", found.state))

        def at_once(recorded) -> None:
            heard.append(("at once", recorded.complaint.state))

        plain = new_desk(journal.face.journal, listeners=[later, at_once])
        desk = AsyncDesk(plain)
        first = journal.there.do(desk.receive(FIRST, by="form"))
        journal.there.do(desk.record(first.id, Thanked(), by="ana"))
        assert heard == [
            ("later", "received"), ("at once", "received"),
            ("later", "thanked"), ("at once", "thanked"),
        ]  # fmt: skip

    def test_a_failing_coroutine_function_is_named(self, journal: Called):
        """And what it failed with is the cause; everything is recorded."""

        async def failing(recorded) -> None:
            await asyncio.sleep(0)
            raise RuntimeError("no mail server")

        class Failing:
            def __call__(self, recorded) -> None:
                raise RuntimeError("no mail server")

        for listener, name in ((failing, "failing"), (Failing(), "Failing")):
            plain = new_desk(journal.face.journal, listeners=[listener])
            with pytest.raises(ListenerError, match=name) as caught:
                journal.there.do(AsyncDesk(plain).receive(FIRST, by="f", id=name))
            assert str(caught.value.__cause__) == "no mail server"
        assert journal.complaints() == ("failing", "Failing")


class TestSubscriptions:
    def test_a_coroutine_function_may_subscribe(self, journal: Called):
        """It is told of everything once, and where it stands is stored."""
        heard: list[int] = []

        async def hear(delivered) -> None:
            await asyncio.sleep(0.001)
            heard.append(delivered.position)

        async def main() -> list[int]:
            desk = AsyncDesk(new_desk(journal.face.journal))
            await desk.receive(FIRST, Thanked(), by="form")
            subscription = await desk.subscribe(hear, name="mail")
            runs = [await subscription.run(limit=1), await subscription.run()]
            assert await subscription.position() == heard[-1]
            return [*runs, await subscription.run()]

        assert journal.there.do(main()) == [1, 1, 0]
        positions = [position for position, _ in journal.since(0)]
        assert heard == positions


class TestPauses:
    def test_a_desk_waits_in_the_event_loop_before_it_decides_anew(
        self, journal: Called
    ):
        """By chance and for as long as the desk says, also with a sleep of its own."""
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        async def pause(failed: int) -> None:
            waits.append(failed)

        chance, again = Random(7), Random(7)  # noqa: S311 - to be foreseen
        pauses = (Backoff(random=chance, sleep=sleep), pause, waits.append)
        for number, each in enumerate(pauses):
            self._contended(journal, each, f"c-{number}")
        assert waits == [again.uniform(0, 0.001 * 2**n) for n in (2, 3)] + [1, 2, 3] * 2

    def test_the_usual_pause_does_not_stop_the_event_loop(
        self, journal: Called, monkeypatch
    ):
        """It is slept in the loop, and not in a thread."""
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        monkeypatch.setattr(asyncio, "sleep", sleep)
        self._contended(journal, Backoff(), "c-1")
        assert len(slept) == 2

    def _contended(self, journal: Called, pause: object, name: str) -> None:
        desk = AsyncDesk(new_desk(journal.face.journal, attempts=4, pause=pause))
        journal.there.do(desk.receive(FIRST, by="form", id=name))

        def contended(*_, **__):
            raise ConflictError(name, 1, 2)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(journal.face.journal), "append", contended)
            with pytest.raises(ConflictError):
                journal.there.do(desk.record(name, Updated(), by="ana"))
        done = journal.there.do(desk.record(name, Thanked(), by="ana"))
        assert done.version == 2


def test_32_coroutines_lose_and_duplicate_nothing(journal: Called):
    """On one complaint, each twice, all at once."""

    async def main() -> list[str]:
        plain = Desk(journal=journal.face.journal, attempts=10_000)
        desk = AsyncDesk(plain)
        name = (await desk.receive(FIRST, by="form")).id

        async def write(number: int) -> None:
            for turn in range(2):
                text = f"{number} {turn}"
                await desk.record(name, Updated(text=text), by="ana", key=text)

        await asyncio.gather(*map(write, range(32)))
        return [entry.event.text for entry in (await desk.history(name))[1:]]

    texts = journal.there.do(main())
    assert len(texts) == len(set(texts)) == 64


def test_the_desk_for_asyncio_needs_no_extra():
    """Only a journal that waits in the event loop does, and it says which."""
    code = """
import asyncio, sys
sys.modules["greenlet"] = None
from complaint_lifecycle import Desk, Received
from complaint_lifecycle.asynchronous import AsyncDesk, async_postgres
received = Received(customer="C-1", channel="email")
print(asyncio.run(AsyncDesk(Desk()).receive(received, by="form")).state)
try:
    asyncio.run(async_postgres("postgresql://nobody@localhost/nowhere"))
except ImportError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        "received",
        "this needs the extra 'async': pip install 'complaint-lifecycle[async]'",
    ]
