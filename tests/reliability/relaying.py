"""A relay that is killed, a consumer that passes over what it has seen, and a twin."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from reliability.workload import LIFECYCLE, START

from complaint_lifecycle import Desk, JumpClock, Received, SqlJournal
from complaint_lifecycle.events import Updated
from complaint_lifecycle.relay import Message, Relay, Retries

COMPLAINTS = 5
PER_TRIAL = 6
IMMEDIATE = Retries(attempts=10**6, first=0 * (START - START))


def record_more(path: Path, trial: int) -> None:
    """Record some entries, on complaints by turns."""
    with SqlJournal(path) as journal:
        desk = Desk(journal=journal, lifecycle=LIFECYCLE, clock=JumpClock(START))
        for number in range(PER_TRIAL):
            name = f"c-{(trial + number) % COMPLAINTS}"
            if journal.entries(name):
                desk.record(name, Updated(), by="ana")
            else:
                first = Received(customer="C-1", channel="email")
                desk.receive(first, by="form", id=name)


class TooEarly:
    """The broken twin: writes down that a page was sent, and then sends it."""

    def __init__(self, journal: SqlJournal, send: Callable[[Message], object]) -> None:
        self._journal, self._send = journal, send

    def run(self) -> int:
        """Send what is new, or never."""
        readers, messages = self._journal.readers, list[Message]()
        relay = Relay(self._journal, send=messages.append, name="crm")
        with readers.hold("crm"):
            sent = relay._sent_in_a_round(10)
        for message in messages:
            while not self._took(message):
                pass
        return sent

    def _took(self, message: Message) -> bool:
        try:
            self._send(message)
        except OSError:
            return False
        return True


def relay_and_die(path: Path, came: Path, trial: int, early: bool) -> None:
    """Relay, and be killed by the own hand: before a message is taken, or right after.

    Now and then the consumer takes a message and says that it did not.
    """
    chance = Random(trial)  # noqa: S311 - to be foreseen
    left = chance.randrange(2 * PER_TRIAL)
    after = chance.random() < 0.5
    inbox = os.open(came, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def send(message: Message) -> None:
        nonlocal left
        left -= 1
        if left < 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        if chance.random() < 0.1:
            raise ConnectionError
        os.write(inbox, f"{message.id}\n".encode())
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if chance.random() < 0.1:
            raise TimeoutError

    with SqlJournal(path) as journal:
        if early:
            TooEarly(journal, send).run()
        else:
            page = chance.choice([1, 3, 100])
            relay = Relay(journal, send=send, name="crm", retries=IMMEDIATE, page=page)
            while relay.run(limit=5):
                pass


def relay_the_rest(path: Path, came: Path) -> None:
    """Relay all that is left to a consumer that is well."""

    def send(message: Message) -> None:
        with came.open("a") as inbox:
            inbox.write(f"{message.id}\n")

    with SqlJournal(path) as journal:
        relay = Relay(journal, send=send, name="crm", retries=IMMEDIATE)
        while relay.run():
            pass


def recorded(path: Path) -> list[str]:
    """Return the id of every entry."""
    with SqlJournal(path) as journal:
        return [f"{e.complaint_id}/{e.version}" for _, e in journal.since(0)]


def effects(came: Path) -> dict[str, list[int]]:
    """Return what the consumer did for each complaint: each message once."""
    done: dict[str, list[int]] = {}
    for name in dict.fromkeys(delivered(came)):
        complaint, version = name.split("/")
        done.setdefault(complaint, []).append(int(version))
    return done


def delivered(came: Path) -> Iterator[str]:
    """Return each message that came, as often as it came."""
    return iter(came.read_text().splitlines())
