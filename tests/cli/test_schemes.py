"""The commands ``schemes`` and ``scheme``."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from complaint_lifecycle.cli import app
from complaint_lifecycle.cli.terminal import output
from complaint_lifecycle.compensation import schemes

FLIGHT = ["scheme", "eu-261-2004", "--fact", "arrival_delay_minutes=200", "--fact"]


def run(*words):
    return CliRunner().invoke(app, [*words])


def page(*words):
    return " ".join(run(*words).stdout.split())


@pytest.fixture(autouse=True)
def _narrow(monkeypatch):
    """Let the terminal be 80 columns wide, whatever it is."""
    monkeypatch.setattr(output, "_width", 80)


def test_the_list_names_every_scheme():
    """One line each, and the line that it is not legal advice."""
    lines = run("schemes").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == [s.id for s in schemes.list()]
    assert lines[-1].startswith(f"{len(schemes.list())} schemes. Not legal advice")


def test_the_list_can_be_of_a_date(monkeypatch):
    """Only what covers the date of the event is shown; a wide terminal shows more."""
    monkeypatch.setattr(output, "_width", 120)
    found = run("schemes", "--on", "2024-06-01").stdout
    assert "us-dbc" not in found
    assert "2024-04-01 to 2025-03-31" in found
    assert "Guaranteed Standards of energy suppliers" in found


def test_one_in_full():
    """Citation, versions, traps, facts with their units, and sources, nothing cut."""
    found = page("schemes", "uk-delay-repay")
    assert "citation Delay Repay 15 and Delay Repay 30" in found
    assert "trap Two singles are not a return" in found
    assert "delay how late it arrived, in minutes" in found
    assert "ticket kind of ticket: single, return" in found
    assert "source https://www.lner.co.uk" in found
    assert found.endswith("before you rely on it.")
    found = page("schemes", "uk-ofcom-automatic")
    assert "valid from 2024-04-01 to 2025-03-31; verified: partly: only" in found
    assert "total_loss whether the service was lost altogether (else yes)" in found


def test_guides_show_their_bands():
    """Where people decide, what they decide by is shown."""
    found = page("schemes", "uk-fos-distress")
    assert "0 to 100 apology" in found
    assert "5000 or more extreme impact" in found
    assert "any the remedy that the staff choose" in page("schemes", "hotel-guarantees")


def test_one_on_a_date_shows_its_version():
    """Doubts go to standard error."""
    found = run("schemes", "uk-ofcom-automatic", "--on", "2025-05-01")
    assert "2026-04-01" not in found.stdout
    assert found.stderr.startswith("warning: uk-ofcom-automatic: verified: no")


def test_json_holds_what_a_program_needs():
    """A list is one array, one scheme is one object with its facts and numbers."""
    assert len(json.loads(run("schemes", "--json").stdout)) == len(schemes.list())
    found = json.loads(run("schemes", "us-dbc", "--json").stdout)
    assert found["needs"][0]["name"] == "one_way_fare"
    assert found["versions"][0]["valid_from"] == "2025-01-22"
    assert found["versions"][0]["numbers"]["lesser"]["cap"] == "1075.00"
    assert found["advice"].startswith("Not legal advice")


def test_an_assessment_is_explained():
    """Line by line with the amounts, the total, the citation and the advice."""
    found = run(*FLIGHT, "distance_km=6000", "--fact", "intra_eu=false")
    assert found.stderr == ""
    text = " ".join(found.stdout.split())
    assert "distance_km 6000, above 3500 600.00 EUR" in text
    assert "is less than 240: half of it -300.00 EUR total 300.00 EUR" in text
    assert "citation Regulation (EC) 261/2004" in text
    assert "valid from 2005-02-17 verified yes Not legal advice" in text


def test_facts_are_typed():
    """Whole numbers, decimals, yes and no, percentages, choices and dates."""
    assert "total 400.00 EUR" in page(
        *FLIGHT, "distance_km=3500.5", "--fact", "intra_eu=Yes"
    )
    found = page(
        "scheme", "saas-sla-credits", "--fact", "uptime=99.95%", "--fact", "bill=10.50"
    )  # fmt: skip
    assert "10 % of bill 10.50 1.05 USD" in found
    found = page(
        "scheme", "in-rbi-tat", "--fact", "type=imps",
        "--fact", "transaction=2026-06-01", "--fact", "reversed=2026-06-05",
    )  # fmt: skip
    assert "total 300.00 INR" in found


def test_a_date_picks_the_version():
    """The option as well as the fact, and what is doubtful warns."""
    missed = ["scheme", "uk-ofcom-automatic", "--fact", "event=missed_appointment"]
    assert "total 29.15 GBP" in page(*missed, "--on", "2023-04-01")
    found = run(*missed, "--fact", "date=2025-04-01")
    assert "31.19 GBP" in found.stdout
    assert found.stderr.startswith("warning: uk-ofcom-automatic: verified: no")


def test_an_assessment_as_json():
    """Amounts are text, so that no program reads them as floats."""
    found = run(*FLIGHT, "distance_km=100", "--json")
    due = json.loads(found.stdout)
    assert (due["amount"], due["currency"]) == ("250.00", "EUR")
    assert due["reasons"][0]["amount"] == "250.00"
    late = run("scheme", "eu-261-2004", "--fact", "arrival_delay_minutes=9", "--json")
    assert json.loads(late.stdout)["reasons"][0]["amount"] is None


def test_what_nothing_is_due_for():
    """The line has no amount, the total is zero."""
    found = page("scheme", "eu-261-2004", "--fact", "arrival_delay_minutes=179")
    assert "179 is less than 180: nothing is due total 0.00 EUR" in found


def test_a_fact_that_is_not_read_is_told():
    """A slip of the finger does not go unseen."""
    found = run(*FLIGHT, "distance_km=100", "--fact", "intra-eu=false")
    assert found.exit_code == 0
    assert found.stderr == "note: eu-261-2004 does not read the fact intra-eu\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["schemes", "eu-261"], "did you mean"),
        (["schemes", "--on", "soon"], "--on = 'soon': is no date"),
        (["schemes", "us-dbc", "--on", "2024-01-01"], "valid from 2025-01-22, not on"),
        (["scheme", "zz"], "see schemes.list()"),
        ([*FLIGHT, "distance_km=6000"], "needs the fact 'intra_eu': whether the fl"),
        ([*FLIGHT, "distance_km=far"], "is no decimal number"),
        ([*FLIGHT, "distance_km"], "write it like distance_km=3600"),
        ([*FLIGHT, "=5"], "write it like distance_km=3600"),
        ([*FLIGHT, "arrival_delay_minutes=1"], "gives a name twice"),
        (["scheme", "uk-fos-distress"], "never pays by itself"),
        (["scheme", "eu-261-reform"], "use eu-261-2004"),
    ],
)
def test_errors_are_one_line(words, told):
    """An error says the way out on one line, and exits with 2."""
    found = run(*words)
    assert found.exit_code == 2
    assert told in found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_the_program_itself_assesses():
    """From a shell, too, where no warning of Python shows."""
    done = subprocess.run(
        [sys.executable, "-m", "complaint_lifecycle", *FLIGHT, "distance_km=100"],
        check=True, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert "250.00 EUR" in done.stdout
    assert done.stderr == ""
