"""The command ``offer``, and what ``record`` makes of an offer."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from typer.testing import CliRunner
from walks import MONDAY, STEPS

from complaint_lifecycle import Desk, JumpClock, Offer, Received, SqlJournal, money
from complaint_lifecycle.cli import app
from complaint_lifecycle.cli.terminal import output
from complaint_lifecycle.compensation import (
    Budget,
    apology,
    coupon,
    expires,
    first_of,
    named,
    needs_approval,
    refund,
    schemes,
    severity,
    when,
    within_budget,
)
from complaint_lifecycle.events import Offered
from complaint_lifecycle.offers import Remedy
from complaint_lifecycle.sla.durations import elapsed_hours, months

TABLE = """severity,kind,value,what
minor|moderate,refund,15%,
serious|critical,apology,,a visit
"""
TOML = """
name = "small things"
[[row]]
when = {severity = ["minor", "moderate"]}
give = {kind = "refund", value = "10%"}
[[row]]
when = {severity = ["serious", "critical"]}
give = {kind = "apology"}
"""
MODULE = """
from complaint_lifecycle import Offer, Remedy, money

class shop:
    flowers = staticmethod(lambda s: Offer(remedies=[
        Remedy(kind="gift", value=money(15, "EUR"), what="flowers")]))

def nothing(situation): return None
def broken(situation): return {}["delay"]
def strange(situation): return 15
number = 15
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path):
    """Work in a folder of its own, on a terminal that is 80 columns wide."""
    monkeypatch.setattr(output, "_width", 80)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def desk(tmp_path):
    """Return a desk on a database with one complaint, promised, 100 EUR at stake."""
    with SqlJournal(tmp_path / "c.sqlite") as journal:
        desk = Desk(journal=journal, clock=JumpClock(MONDAY))
        received = Received(customer="C-1", channel="email", amount=money(100, "EUR"))
        desk.receive(received, *list(STEPS.values())[:4], by="ana", id="c-1")
        yield desk


def run(*words):
    return CliRunner().invoke(app, [*map(str, words), "--db", "c.sqlite"])


def offer(*words):
    return run("offer", "c-1", *words)


def page(*words):
    return " ".join(offer(*words).stdout.split())


def record(*words, by="ana"):
    return run("record", "c-1", *words, "--by", by)


def kept(tmp_path, policy):
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy.to_data()), encoding="utf-8")
    return path


@pytest.mark.usefixtures("desk")
def test_without_offers_it_says_so():
    """A complaint without offers has none to show."""
    assert offer().stdout == "Complaint c-1: 0 offers, in UTC\n"


def test_offers_are_shown_with_where_they_stand(desk):
    """What, why, by whom, when, until when, and which one was replaced."""
    voucher = coupon(money(5, "EUR"), valid=months(6), conditions="on lamps")
    for policy in (voucher, needs_approval(refund("50%"), role="lead")):
        made = expires(policy, within=elapsed_hours(72))(desk.situation("c-1"))
        desk.record("c-1", Offered(offer=made), by="ana")
        desk.clock.advance(timedelta(hours=1))
    told = page()
    assert told.startswith("Complaint c-1: 2 offers, in UTC offer-1 superseded")
    for words in (
        "total 5.00 EUR remedy coupon 5.00 EUR, valid until 2026-09-02, on lamps",
        "reason flat: coupon of 5.00 EUR open until 2026-03-05 09:00",
        "offered 2026-03-02 09:00 by ana",
        "offer-2 offered total 50.00 EUR remedy refund 50.00 EUR 50 %",
        "approval of lead: missing",
        "offered 2026-03-02 10:00 by ana supersedes offer-1",
    ):
        assert words in told
    # The wall clock is far beyond these offers.
    assert told.count("which is over: the next tick tells so") == 1


def test_record_knows_what_becomes_of_an_offer(desk):
    """Approval by another person, acceptance and delivery are typed, and shown."""
    made = needs_approval(refund("50%"), role="lead")(desk.situation("c-1"))
    desk.record("c-1", Offered(offer=made), by="ana")
    assert "ask somebody else" in record("offer_approved").stderr
    assert "needs the approval of 'lead'" in record("accepted").stderr
    approved = record("offer_approved", "ref=offer-1", by="eva")
    assert "open offer      offer-1: refund 50.00 EUR 50 %" in approved.stdout
    assert "to deliver      offer-1: refund 50.00" in record("accepted").stdout
    assert "undelivered what was accepted is owed: record Delivered" in page()
    assert record("delivered", "reference=transfer-7").exit_code == 0
    told = page()
    assert "offer-1 delivered" in told
    assert "approval of lead: given" in told
    assert "by eva" in told
    assert "by ana: transfer-7" in told
    assert "undelivered" not in told


def test_record_knows_refusals_of_an_offer(desk):
    """An offer is rejected with a reason, and declined with words that stay private."""
    tea = Offered(offer=Offer(remedies=[Remedy(kind="gift", what="tea")]))
    for step in ("offer_rejected", "reason=too little"), ("declined", "text=no tea"):
        desk.record("c-1", tea, by="ana")
        assert record(*step, by="eva").exit_code == 0
    told = page()
    assert "offer-1 rejected total nothing in money remedy gift tea" in told
    assert "by eva: too little" in told
    assert "offer-2 declined" in told
    assert "no tea" not in told


def test_offers_as_json(desk):
    """One object, amounts as text, every offer with the same keys."""
    policy = needs_approval(refund("50%") + apology(), role="lead")
    plain = refund(money(3, "EUR"))
    for each in (policy, plain):
        made = Offered(offer=each(desk.situation("c-1")))
        desk.record("c-1", made, by="ana")
    record("accepted")
    found = json.loads(offer("--json").stdout)
    one, other = found["offers"]
    assert found["complaint"] == "c-1"
    assert one.keys() == other.keys()
    assert one["total"] == {"amount": "50.00", "currency": "EUR"}
    assert (one["status"], one["approval"], one["undelivered"]) == (
        "superseded", "lead", False,
    )  # fmt: skip
    assert (other["ref"], other["supersedes"], other["undelivered"]) == (
        "offer-2", "offer-1", True,
    )  # fmt: skip
    assert other["offered_at"] == "2026-03-02T09:00:00+00:00"


def test_a_policy_is_asked_and_nothing_recorded(desk, tmp_path):
    """The explanation is printed as the offer explains itself."""
    policy = named(refund("50%"), "goodwill", version="2026-03")
    result = offer("--policy", kept(tmp_path, policy))
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{policy(desk.situation('c-1')).explain()}\n"
    assert desk.complaint("c-1").offers == ()


def test_long_lines_are_not_folded(desk, tmp_path):
    """A pipe gets every line whole, whatever the width."""
    long = refund("the very same lamp, " * 8, cost=money(40, "EUR"))
    result = offer("--policy", kept(tmp_path, long))
    assert result.stdout == f"{long(desk.situation('c-1')).explain()}\n"


def test_the_offer_of_a_policy_is_recorded(desk, tmp_path):
    """With --record it is made by whom --by says, and its name is told."""
    policy = kept(tmp_path, refund("50%"))
    words = ("--policy", policy, "--record", "--by", "eva")
    assert offer(*words).stdout.endswith("\nc-1: offer-1 is offered\n")
    last = offer(*words).stdout.splitlines()[-1]
    assert last == "c-1: offer-2 is offered, supersedes offer-1"
    standing = desk.complaint("c-1").open_offer
    assert (standing.offered_by, standing.offer.total) == ("eva", money(50, "EUR"))


def test_the_answer_of_a_policy_as_json(desk, tmp_path):
    """The offer and, if it was recorded, its name."""
    policy = kept(tmp_path, refund("50%"))
    asked = json.loads(offer("--policy", policy, "--json").stdout)
    assert asked["offer"]["total"] == {"amount": "50.00", "currency": "EUR"}
    assert (asked["complaint"], asked["ref"]) == ("c-1", None)
    made = ("--policy", policy, "--json", "--record", "--by", "ana")
    assert json.loads(offer(*made).stdout)["ref"] == "offer-1"
    assert len(desk.complaint("c-1").offers) == 1


def test_nothing_to_offer(desk, tmp_path):
    """A policy that offers nothing is no error, and nothing is recorded."""
    policy = kept(tmp_path, when(severity("critical"), apology()))
    result = offer("--policy", policy, "--record", "--by", "ana")
    assert (result.exit_code, result.stdout) == (0, "nothing to offer\n")
    found = json.loads(offer("--policy", policy, "--json").stdout)
    assert found == {"complaint": "c-1", "offer": None, "ref": None}
    assert desk.complaint("c-1").version == 5


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("small.csv", TABLE, "table: small, row 1: severity is moderate"),
        ("rules.TOML", TOML, "table: small things, row 1: severity is moderate"),
    ],
)
def test_a_decision_table_is_a_policy(tmp_path, name, text, told):
    """From CSV, called as its file, or from TOML."""
    (tmp_path / name).write_text(text)
    result = offer("--policy", name)
    assert result.exit_code == 0, result.stderr
    assert told in result.stdout


@pytest.mark.usefixtures("desk")
def test_a_function_of_the_host_is_a_policy(tmp_path):
    """It is found in a module beside the one who types, attributes inside included."""
    (tmp_path / "our_policies.py").write_text(MODULE)
    assert "15.00 EUR" in page("--policy", "our_policies:shop.flowers")
    assert page("--policy", "our_policies:nothing") == "nothing to offer"


def test_a_scheme_that_is_doubtful_warns_in_one_line(desk, tmp_path):
    """Without the file and line of the library that Python would tell."""
    with pytest.warns(schemes.UnverifiedSchemeWarning):
        scheme = schemes.get("uk-delay-repay", scheme="DR15")
    policy = first_of(when(severity("critical"), scheme), apology())
    result = offer("--policy", kept(tmp_path, policy))
    assert result.stderr.startswith("warning: uk-delay-repay: ")
    assert result.stderr.count("\n") == 1
    assert "gesture: apology" in result.stdout


def test_a_missing_fact_is_named(desk, tmp_path):
    """A scheme that cannot answer says which fact it needs."""
    policy = kept(tmp_path, schemes.get("eu-261-2004"))
    result = offer("--policy", policy)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "eu-261-2004 needs the fact" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_budget_that_is_spent_has_nothing(desk, tmp_path):
    """The policy is asked through the desk, which knows the budgets."""
    desk.receive(
        Received(customer="C-2", channel="email", amount=money(100, "EUR")),
        by="ana",
        id="c-2",
    )
    goodwill = Budget("goodwill", money(80, "EUR"))
    policy = kept(tmp_path, within_budget(refund("50%"), goodwill))
    words = ("--policy", policy, "--record", "--by", "ana")
    assert run("offer", "c-2", *words).exit_code == 0
    assert "draws on  goodwill" in run("offer", "c-2").stdout
    assert page(*words) == "nothing to offer"


def test_a_refused_offer_is_one_line(desk, tmp_path):
    """A complaint that has ended takes no offer; what was proposed is still told."""
    first_reply = list(STEPS.values())[:4]
    again = Received(customer="C-1", channel="phone")
    desk.receive(again, *first_reply, by="ana", id="c-2")
    desk.merge("c-1", into="c-2", by="ana", promise=first_reply[-1])
    policy = kept(tmp_path, refund("50%"))
    result = offer("--policy", policy, "--record", "--by", "ana")
    assert result.exit_code == 2
    assert "50.00 EUR" in result.stdout
    assert result.stderr.startswith("error: cannot record Offered while 'merged'")
    assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--policy", "none.json"), "none.json: No such file or directory"),
        (("--policy", "none.csv"), "none.csv: No such file or directory"),
        (("--policy", "bad.json"), "bad.json: policy data of schema None: this ver"),
        (("--policy", "list.json"), "list.json: a JSON object is expected"),
        (("--policy", "text.json"), "text.json: "),
        (("--policy", "bad.toml"), "bad.toml: the table is no TOML"),
        (("--policy", "gap.csv"), "gap.csv: table = no row answers"),
        (("--policy", "rules.yaml"), "is no policy: name FILE.json, FILE.toml"),
        (("--policy", ":name"), "is no policy: name FILE.json"),
        (("--policy", "not_there:x"), "cannot be imported: ModuleNotFoundError: No m"),
        (("--policy", "host_two:x"), "cannot be imported: AttributeError: module"),
        (("--policy", "host_two:number"), "must be a policy: a function from"),
        (("--policy", "host_two:broken"), "failed with KeyError: 'delay'"),
        (("--policy", "host_two:strange"), "15: must be an Offer or None"),
        (("--policy", "host_exits:x"), "cannot be imported: SystemExit: 3"),
        (("--policy", "complaint_lifecycle.compensation:refund"), "call it first"),
        (("--record",), "name the policy that makes the offer with --policy"),
        (("--record", "--policy", "ok.csv"), "say with --by who makes the offer"),
        (("--by", "ana", "--policy", "ok.csv"), "add --record to make the offer"),
    ],
    ids=" ".join,
)
def test_errors_are_one_line(tmp_path, words, told):
    """An error says what is wrong on one line, and exits with 2."""
    for name, text in {
        "bad.json": '{"policy": 1}',
        "list.json": "[1]",
        "text.json": "refund",
        "bad.toml": "name =",
        "gap.csv": "severity,kind\nminor,apology\n",
        "ok.csv": TABLE,
        "host_two.py": MODULE,
        "host_exits.py": "raise SystemExit(3)",
    }.items():
        (tmp_path / name).write_text(text)
    result = offer(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("words", [(), ("--policy", "ok.csv"), ("--json",)])
def test_an_unknown_complaint_is_one_line(tmp_path, words):
    """With or without a policy."""
    (tmp_path / "ok.csv").write_text(TABLE)
    result = run("offer", "c-9", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: no complaint 'c-9' in this journal\n"


def test_what_a_policy_says_cannot_steer_the_terminal(desk, tmp_path):
    """Control characters in a reason or a remedy are shown as escapes."""
    policy = "steer:policy"
    (tmp_path / "steer.py").write_text(
        "from complaint_lifecycle import Offer, Remedy\n"
        "def policy(s):\n"
        "    gift = Remedy(kind='gift', what='a\\u202etea')\n"
        "    return Offer(remedies=[gift], reasons=['b\\u202ec'])\n"
    )
    asked = offer("--policy", policy, "--record", "--by", "ana").stdout
    assert r"b\u202ec" in asked
    assert "\u202e" not in asked + offer().stdout


@pytest.mark.usefixtures("desk")
def test_the_program_itself_asks_a_module(tmp_path):
    """From a shell, too, whichever way it is started."""
    (tmp_path / "our_shop.py").write_text(MODULE)
    script = "from complaint_lifecycle.__main__ import main; main()"
    words = ["offer", "c-1", "--policy", "our_shop:shop.flowers", "--db", "c.sqlite"]
    for start in (["-m", "complaint_lifecycle"], ["-c", script]):
        done = subprocess.run(
            [sys.executable, *start, *words],
            check=True, capture_output=True, text=True, encoding="utf-8", timeout=60,
        )  # fmt: skip
        assert "15.00 EUR" in done.stdout
        assert done.stderr == ""
