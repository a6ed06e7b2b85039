"""What is left of a customer who was forgotten, in every file of a server.

And many processes that write and forget at once: whatever was acknowledged reads as it
was written, or forgotten; never can it not be read.
"""

import secrets
from pathlib import Path

import psycopg
import pytest
from canaries import CANARIES, found_in, plant
from reliability.processes import start
from reliability.trials import show, trials
from stores import Place, UnavailableError, postgres_server, schema_in
from walks import new_desk, received

from complaint_lifecycle import CustomerWrote, Desk
from complaint_lifecycle.events import FORGOTTEN
from complaint_lifecycle.sql import MasterKeys

MASTER = bytes(range(32))
PROCESSES = 6
TABLES = "complaint_entry, complaint_key, complaint_receipt"


@pytest.fixture(scope="module")
def server():
    """Start a server of its own."""
    try:
        with postgres_server() as found:
            yield found
    except UnavailableError as error:
        pytest.skip(str(error))


def found_below(folder: Path) -> dict[str, list[str]]:
    """Return which canaries each file below a folder holds."""
    found = {}
    for path in folder.rglob("*"):
        try:
            canaries = found_in([path.read_bytes()]) if path.is_file() else []
        except FileNotFoundError:
            # The server has just removed it.
            continue
        if canaries:
            found[str(path.relative_to(folder))] = canaries
    return found


def searched(raw: psycopg.Connection) -> tuple[int, int]:
    """Return how many canaries the write-ahead log holds, and all other files."""
    raw.execute("CHECKPOINT")
    ((folder,),) = raw.execute("SHOW data_directory").fetchall()
    log: set[str] = set()
    rest: set[str] = set()
    for name, canaries in found_below(Path(folder)).items():
        (log if name.startswith("pg_wal") else rest).update(canaries)
    return len(log), len(rest)


@pytest.mark.parametrize("encrypted", [True, False])
def test_no_file_of_a_server_holds_it(server: str, encrypted: bool):
    """Encrypted, none ever does; readable, the write-ahead log still may."""
    keys = MasterKeys(secrets.token_bytes(32)) if encrypted else None
    with schema_in(server) as place, place.open(keys=keys) as journal:
        plant(new_desk(journal), "C-1")
        with place.connect() as raw:
            before = searched(raw)
            Desk(journal=journal).forget("C-1", by="dpo")
            raw.execute(f"VACUUM {TABLES}")
            vacuumed = searched(raw)
            raw.execute(f"VACUUM (FULL) {TABLES}")
            rewritten = searched(raw)
    show(
        "canaries in the log and in other files, encrypted"
        if encrypted
        else "readable",
        before=before,
        vacuumed=vacuumed,
        rewritten=rewritten,
    )
    assert rewritten[1] == 0
    if encrypted:
        assert before == vacuumed == rewritten == (0, 0)
    else:
        assert before[1] == len(CANARIES)
        assert vacuumed[1] > 0


def _write(place: Place, times: int) -> None:
    """Write messages, and forget now and then, as one of several processes."""
    with place.open(keys=MasterKeys(MASTER)) as journal:
        desk = Desk(journal=journal, attempts=10_000)
        for number in range(times):
            desk.record("c-1", CustomerWrote(text=f"text {number}"), by="form")
            if number % 5 == 0:
                desk.forget("C-1009", by="dpo")


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_processes_write_and_forget_at_once(database: str, server: str, folder: Path):
    """No text is under a key that is destroyed, and none is lost."""
    times = trials(500, few=5)
    with schema_in(server) as schema:
        place = schema if database == "postgres" else Place(str(folder / "c.sqlite"))
        with place.open(keys=MasterKeys(MASTER)) as journal:
            received(new_desk(journal), text="text")
        running = [start(_write, place, times) for _ in range(PROCESSES)]
        for process in running:
            process.join()
        assert [process.exitcode for process in running] == [0] * PROCESSES
        with place.open(keys=MasterKeys(MASTER)) as journal:
            texts = [entry.event.text for entry in journal.entries("c-1")]
            assert len(texts) == 1 + PROCESSES * times
            assert all(t == FORGOTTEN or t.startswith("text ") for t in texts)
            statement = journal._sql.tables.rendered(
                "SELECT count(*) FROM {entry} JOIN {key} USING (tenant, key_id) "
                "WHERE personal IS NOT NULL AND wrapped IS NULL"
            )
            assert journal._connection.all(statement) == [(0,)]
            assert journal.verify().findings == ()
            keys = journal._sql.tables.rendered("SELECT count(*) FROM {key}")
            ((destroyed,),) = journal._connection.all(keys)
    show(f"processes on {database}", texts=len(texts), keys=destroyed)
