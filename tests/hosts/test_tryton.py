"""Embedded in the complaint module of Tryton, in an environment of its own.

Tryton is under the GPL: it is installed from PyPI for these tests only.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import psycopg
import pytest
from stores import NAMED, UnavailableError, postgres_server

pytestmark = pytest.mark.hosts

HERE = Path(__file__).parent / "tryton"
PROJECT = HERE.parents[2]
PACKAGES = [
    "trytond-sale-complaint==8.2.*",
    "trytond-sale-promotion-coupon==8.2.*",
    "proteus==8.2.*",
    "psycopg[binary,pool]",
    str(PROJECT),
]
READY = "COMPLAINT_LIFECYCLE_TRYTON"
"""Names a Python to use in which all of these are installed."""


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> str:
    """Make an environment with Tryton, ours, and the module that joins them."""
    found = os.environ.get(READY)
    if found is None:
        folder = tmp_path_factory.mktemp("tryton") / "venv"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        found = str(folder / "bin" / "python")
        install = [found, "-m", "pip", "install", "--quiet", *PACKAGES]
        subprocess.run(install, check=True)
    where = "import trytond.modules as m; print(m.__path__[0])"
    asked = [found, "-c", where]
    modules = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    target = Path(modules.strip()) / "complaint_gift"
    copytree(HERE / "complaint_gift", target, dirs_exist_ok=True)
    return found


def driven(python: str, uri: str, folder: Path, **environment: str) -> dict:
    """Drive complaints in Tryton, and return what became of them."""
    ran = subprocess.run(
        [python, HERE / "drive.py", uri, folder],
        env=os.environ | {"DB_NAME": "gift"} | environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict = json.loads(ran.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request, python, tmp_path_factory):
    """Give what became of the complaints, on each database."""
    folder = tmp_path_factory.mktemp("database")
    if request.param == "sqlite":
        yield driven(python, "sqlite://", folder)
        return
    if os.environ.get(NAMED):
        pytest.skip("Tryton makes databases only on a server that is started here")
    try:
        with postgres_server() as server:
            with psycopg.connect(server, autocommit=True) as raw:
                # Tryton asks about its many tables, which is slow until analysed.
                raw.execute("ALTER SYSTEM RESET autovacuum")
                raw.execute("ALTER SYSTEM SET autovacuum_naptime = '5s'")
                raw.execute("SELECT pg_reload_conf()")
            where = psycopg.conninfo.conninfo_to_dict(server)
            place = {"PGHOST": where["host"], "PGUSER": where["user"]}
            yield driven(python, "postgresql://", folder, **place)
    except UnavailableError as error:
        pytest.skip(f"no PostgreSQL: {error}")


def test_state_and_entries_roll_back_together(told):
    """Within the transaction both went on; after it, both are where they were."""
    assert told["received"] == ["draft", "received", 1, []]
    assert told["within"] == ["waiting", 6]
    assert told["rolled back"] == told["received"]


def test_a_failure_of_the_host_takes_ours_with_it(told):
    """Also if the host fails after our part was done."""
    assert told["failed"].startswith("the host fails after all")
    assert told["after failure"] == told["received"]


def test_a_refusal_is_shown_to_the_user(told):
    """What the steps do not allow, Tryton does not do."""
    assert "thank comes next" in told["refused"]


def test_a_conflict_is_repeated_by_tryton(told):
    """It runs a request again whose transaction the database broke off."""
    assert "another transaction stood in the way" in told["met"]


@pytest.mark.parametrize(
    ("case", "action", "result"),
    [
        ("sale", "sale_return", "sale.sale"),
        ("invoice", "credit_note", "account.invoice"),
        ("small", "promotion_coupon", "sale.promotion.coupon.number"),
    ],
)
def test_an_offer_becomes_an_action(told, case, action, result):
    """State and entries are committed together, and Tryton gives what was offered."""
    assert told[f"{case} waiting"] == ["waiting", "promised", 6, [[action, "None"]]]
    assert told[f"{case} done"] == ["done", "fixed", 10, [[action, result]]]
