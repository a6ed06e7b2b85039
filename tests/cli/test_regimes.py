"""The commands ``regimes`` and ``due``."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from complaint_lifecycle.cli import app
from complaint_lifecycle.cli.terminal import output
from complaint_lifecycle.sla import regimes

FCA_DUE = ["due", "--from", "2026-03-02", "--regime", "uk-fca-disp", "--milestone"]


def run(*words):
    return CliRunner().invoke(app, [*words])


@pytest.fixture(autouse=True)
def _narrow(monkeypatch):
    """Let the terminal be 80 columns wide, whatever it is."""
    monkeypatch.setattr(output, "_width", 80)


def test_the_list_names_every_regime():
    """One line each, and the line that it is not legal advice."""
    lines = run("regimes").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == [r.id for r in regimes.list()]
    assert lines[-1].startswith(f"{len(regimes.list())} regimes. Not legal advice")


def test_the_list_can_be_of_a_date(monkeypatch):
    """Only what covers the date of receipt is shown; a wide terminal shows more."""
    monkeypatch.setattr(output, "_width", 120)
    page = run("regimes", "--on", "2026-04-07").stdout
    assert "uk-ofcom-adr-2009" in page
    assert "uk-ofcom-adr-2026" not in page
    assert "2009-01-01 to 2026-04-07" in page
    assert "United Kingdom: telecoms" in page


def test_one_in_full():
    """Citation, clauses, traps, needs, extension and sources, nothing cut."""
    found = run("regimes", "uk-fca-disp-psd")
    page = " ".join(found.stdout.split())
    assert "citation FCA DISP 1.6.2AR" in page
    assert "trap FOS pages say '15 days' loosely" in page
    assert "limit 15 business days from Received (receipt)" in page
    assert "needs to end: the holding response with reasons" in page
    assert "extension 35 business days: exceptional circumstances" in page
    assert "met by FinalResponseSent" in page
    assert "valid unknown on" in page
    assert "timeline=true" in "".join(found.stdout.split())
    assert found.stdout.splitlines()[-1].startswith("Not legal advice")
    page = " ".join(run("regimes", "uk-nhs-england").stdout.split())
    assert "extension longer period if agreed" in page
    assert "clause reg 11" in " ".join(run("regimes", "uk-ofgem-chs").stdout.split())
    page = " ".join(run("regimes", "us-reg-e").stdout.split())
    assert "limit 3 business days from completing the investigation" in page


def test_one_on_a_date_warns_and_picks_the_version():
    """Doubts go to standard error; what versions share picks one by the date."""
    found = run("regimes", "uk-ofcom-adr", "--on", "2026-04-07", "--json")
    assert json.loads(found.stdout)["id"] == "uk-ofcom-adr-2009"
    assert found.stderr == ""
    found = run("regimes", "us-reg-e", "--on", "2026-04-07")
    assert found.stderr.startswith("warning: us-reg-e: verified: partly")


def test_json_holds_what_a_program_needs():
    """A list is one array, one regime is one object, with what it still needs."""
    assert len(json.loads(run("regimes", "--json").stdout)) == len(regimes.list())
    found = json.loads(run("regimes", "uk-fca-disp", "--json").stdout)
    assert found["valid_from"] == "2016-06-30"
    assert found["counting"] == "uk-common-law"
    assert found["milestones"][2]["limit"]["unit"] == "weeks"
    assert sorted(found["needs"]) == [
        "ombudsman_referral_expires", "refer_to_ombudsman", "summary_resolution",
    ]  # fmt: skip
    assert found["advice"].startswith("Not legal advice")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["regimes", "uk-fca-dips"], "did you mean uk-fca-disp"),
        (["regimes", "uk-ofcom-adr"], "say with --on when"),
        (["regimes", "--on", "soon"], "--on = 'soon': is no date"),
        (
            ["due", "--from", "now", "--regime", "ru-59fz", "--milestone", "register"],
            "--from = 'now': is no instant",
        ),
        (
            [*FCA_DUE, "reply"],
            "is none of uk-fca-disp: acknowledge, summary_resolution",
        ),
        (
            [*FCA_DUE, "acknowledge"],
            "no limit: promptly",
        ),
    ],
)
def test_errors_are_one_line(words, told):
    """An error says the way out on one line, and exits with 2."""
    found = run(*words)
    assert found.exit_code == 2
    assert told in found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_due_says_the_instant_and_the_date():
    """A local start, holidays of a part of a country, and the close of business."""
    found = run(
        "due", "--from", "2026-12-18T10:00", "--regime", "uk-fca-disp",
        "--milestone", "summary_resolution", "--zone", "Europe/London",
        "--holidays", "GB-ENG", "--hours", "08:30-18:30",
    )  # fmt: skip
    assert found.stderr == ""
    page = " ".join(found.stdout.split())
    assert "due 2026-12-23T18:30:00+00:00" in page
    assert "last date Wednesday 2026-12-23" in page
    assert "Not legal advice" in page


def test_due_says_what_it_assumed():
    """Without a zone or holidays it tells so; the date of receipt may be another."""
    found = run(
        "due", "--from", "2026-04-20T10:00+03:00", "--regime", "uk-nhs-wales-ni",
        "--milestone", "acknowledge", "--condition", "Wales",
        "--received", "2026-04-07",
    )  # fmt: skip
    assert "last date Wednesday 2026-04-22" in " ".join(found.stdout.split())
    assert "days are counted in UTC" in found.stderr
    assert "no holidays are counted" in found.stderr


def test_due_of_an_extension():
    """The whole limit counts from the same start."""
    found = run(
        "due", "--from", "2026-03-02T09:00", "--regime", "ie-cbi-cpc",
        "--milestone", "final_response", "--zone", "Europe/Dublin", "--holidays", "IE",
    )  # fmt: skip
    assert "40 business days" in found.stdout
    found = run(
        "due", "--from", "2026-03-02T09:00", "--regime", "ru-59fz", "--extended",
        "--milestone", "final_response", "--zone", "Europe/Moscow",
    )  # fmt: skip
    assert "60 calendar days" in found.stdout
    assert "Friday 2026-05-01" in found.stdout


def test_the_program_itself_lists_them():
    """From a shell, too, where no warning of Python shows."""
    done = subprocess.run(
        [sys.executable, "-m", "complaint_lifecycle", "regimes", "ua-appeals"],
        check=True, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert "393/96-VR" in done.stdout
    assert done.stderr == ""
