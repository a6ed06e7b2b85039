"""The command ``demo``: the whole inbox, played on one timeline."""

import sqlite3
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from complaint_lifecycle import Desk, JumpClock, SqlJournal
from complaint_lifecycle.cli import app
from complaint_lifecycle.cli.demo.bargains import POLICY
from complaint_lifecycle.cli.demo.playing import MOMENT, play
from complaint_lifecycle.cli.demo.stories import on_one_timeline, story_of
from complaint_lifecycle.cli.terminal import output
from complaint_lifecycle.compensation.data import policy_from_data
from complaint_lifecycle.complaint import OfferStatus, Verification
from complaint_lifecycle.events import Outcome
from complaint_lifecycle.inbox import Story, load_inbox
from complaint_lifecycle.transfer import export_entries


def demo(*words):
    return CliRunner().invoke(app, ["demo", *map(str, words)])


@pytest.fixture(autouse=True)
def _narrow(monkeypatch):
    """Let the terminal be 80 columns wide, whatever it is."""
    monkeypatch.setattr(output, "_width", 80)


@pytest.fixture(scope="module")
def played():
    """Return a desk on which everything was played to the very end, and refusals."""
    acts = list(on_one_timeline(load_inbox()))
    clock = JumpClock(acts[0].at)
    desk = Desk(clock=clock, compensation=POLICY)
    return desk, play(desk, clock, acts)


@pytest.fixture(scope="module")
def by_story(played):
    """Return the complaints that each story led to."""
    desk, _ = played
    found = {story: [] for story in Story}
    for letter in load_inbox():
        found[letter.story].append(desk.complaint(letter.id))
    return found


def test_every_complaint_comes_to_its_end(played):
    """In the end all complaints are archived, but the one that was merged."""
    desk, _ = played
    states = Counter(complaint.state for complaint in desk.complaints())
    assert states == {"archived": 65, "merged": 1}


def test_every_gift_is_used(played):
    """Each complaint that goes on by itself ends with a process that changes."""
    desk, _ = played
    for complaint in desk.complaints():
        assert complaint.prevention or complaint.merged_into, complaint.id


def test_stories_interleave(played):
    """Facts are recorded in the order of instants, over all complaints."""
    desk, _ = played
    entries = [entry for _, entry in desk.journal.since(0)]
    assert all(one.at <= next_.at for one, next_ in pairwise(entries))
    switches = sum(a.complaint_id != b.complaint_id for a, b in pairwise(entries))
    assert switches > 300


def test_only_the_hasty_and_the_accused_are_refused(played):
    """The desk refuses nobody else, and each of them at least twice."""
    stories = {letter.id: letter.story for letter in load_inbox()}
    refused = Counter(each.act.complaint_id for each in played[1])
    meant = {Story.HASTY, Story.ABOUT_STAFF}
    assert {stories[name] for name in refused} == meant
    assert refused.keys() == {n for n, story in stories.items() if story in meant}
    assert min(refused.values()) >= 2


def test_refusals_say_what_is_wrong(played):
    """Haste, open questions, a false closing and the accused are refused by name."""
    reasons = {each.refusal.reason for each in played[1]}
    assert len(reasons) == 4
    for words in ("thank comes next", "Answered first", "attempts", "complained of"):
        assert any(words in reason for reason in reasons)


def test_one_contact_is_one_record(played, by_story):
    """All eight steps of one conversation are recorded at one instant."""
    desk, _ = played
    for complaint in by_story[Story.ONE_CONTACT]:
        steps = desk.history(complaint.id)[1:-1]
        assert [entry.kind for entry in steps] == [
            "Thanked", "Explained", "Apologised", "Promised",
            "Gathered", "Fixed", "Verified", "Prevented",
        ]  # fmt: skip
        assert len({entry.at for entry in steps}) == 1


def test_second_rounds_apologise_and_promise_again(played, by_story):
    """A second round has a second apology and a second promise, and it is kept."""
    desk, _ = played
    for complaint in by_story[Story.SECOND_ROUND]:
        kinds = Counter(entry.kind for entry in desk.history(complaint.id))
        assert complaint.round == 2
        assert (kinds["Apologised"], kinds["Promised"]) == (2, 2)
        assert (complaint.promises_kept, complaint.promises_broken) == (2, 0)
        assert complaint.verification is Verification.SATISFIED


def test_silence_ends_unverified(by_story):
    """Whoever cannot be reached three times is let go as unreachable."""
    for complaint in by_story[Story.SILENT] + by_story[Story.ANONYMOUS]:
        assert complaint.attempts == 3
        assert complaint.verification is Verification.UNREACHABLE


def test_questions_make_a_complaint_wait(by_story):
    """A question lets the complaint wait until it is answered, and keeps promises."""
    for complaint in by_story[Story.QUESTION]:
        assert complaint.waited.total_seconds() == 22 * 3600
        assert complaint.promises_broken == 0


def test_claims_not_upheld_walk_on(by_story):
    """A claim that is not upheld is explained, verified and learnt from."""
    for complaint in by_story[Story.NOT_UPHELD]:
        assert complaint.outcome is Outcome.EXPLAINED
        assert complaint.verification is Verification.SATISFIED


def test_ways_out_are_taken(by_story):
    """Referrals name an instance, withdrawals are marked, duplicates are absorbed."""
    assert all(c.referred_to for c in by_story[Story.REFERRED])
    assert all(c.has("Withdrawn") for c in by_story[Story.WITHDRAWN])
    (duplicate,) = by_story[Story.DUPLICATE]
    survivors = [c for c in by_story[Story.STRAIGHT] if c.duplicates]
    assert [c.id for c in survivors] == [duplicate.merged_into]


def test_broken_promises_are_renewed_after_their_date(by_story):
    """A broken promise counts as broken once, and its renewal as kept."""
    for complaint in by_story[Story.BROKEN_PROMISE]:
        assert (complaint.promises_kept, complaint.promises_broken) == (1, 1)
        assert complaint.line == 2


def test_the_accused_never_own_their_complaint(played, by_story):
    """Nothing that the person complained of wanted is in the history."""
    desk, _ = played
    for complaint in by_story[Story.ABOUT_STAFF]:
        assert complaint.about not in {e.by for e in desk.history(complaint.id)}


def test_customers_write_again_when_they_did(played):
    """Each follow-up is recorded at its instant, word for word."""
    desk, _ = played
    for letter in load_inbox():
        if letter.follow_up:
            wrote = [e for e in desk.history(letter.id) if e.kind == "CustomerWrote"]
            assert [e.at for e in wrote] == [letter.at + letter.follow_up.after]
            assert wrote[0].event.text == letter.follow_up.text


def test_second_rounds_are_compensated_before_they_are_verified(played, by_story):
    """The policy proposes, the customer accepts, and has it before anybody asks."""
    desk, _ = played
    for complaint in by_story[Story.SECOND_ROUND]:
        (standing,) = complaint.offers
        assert standing.status is OfferStatus.DELIVERED
        kinds = [entry.kind for entry in desk.history(complaint.id)]
        places = list(map(kinds.index, ("Offered", "Accepted", "Delivered")))
        last = len(kinds) - kinds[::-1].index("Verified") - 1
        assert [*places, last] == sorted([*places, last])


def test_every_offer_names_the_policy(played):
    """And grave ones with money at stake are approved by somebody else."""
    desk, _ = played
    offers = [standing for c in desk.complaints() for standing in c.offers]
    assert len(offers) == 14
    for standing in offers:
        assert standing.offer.reasons[-1].text == "goodwill, version 2026-03"
        assert standing.approved_by != standing.offered_by
    approved = [each for each in offers if each.offer.approval]
    assert {each.offer.approval for each in approved} == {"lead"}
    assert [bool(each.approved_by) for each in approved].count(False) == 1


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("shop-001", ["declined"]),
        ("del-004", ["superseded", "delivered"]),
        ("bank-003", ["rejected"]),
        ("tel-007", ["expired"]),
        ("del-014", ["delivered"]),
    ],
)
def test_offers_come_to_every_end(played, name, ends):
    """One is declined, one replaced, one rejected, and one nobody looked at."""
    complaint = played[0].complaint(name)
    assert [str(standing.status) for standing in complaint.offers] == ends


def test_an_offer_expires_by_the_tick(played):
    """The desk records it on a day after the last one, before the archive."""
    desk, _ = played
    (standing,) = desk.complaint("tel-007").offers
    *_, expired, archived = desk.history("tel-007")
    assert (expired.kind, expired.by) == ("OfferExpired", "desk")
    assert standing.offer.expires < expired.at < archived.at


def test_the_policy_is_data():
    """The policy of the demonstration goes through data, as one of a host would."""
    assert policy_from_data(POLICY.to_data()) == POLICY


def test_each_story_is_told_in_order():
    """The acts of one letter never go back in time."""
    for letter in load_inbox():
        acts = story_of(letter)
        assert all(one.at <= next_.at for one, next_ in pairwise(acts)), letter.id


def test_it_prints_what_happened(tmp_path):
    """One complaint, the refusals, all states, the figures and a hint are printed."""
    result = demo("--db", tmp_path / "demo.sqlite")
    assert result.exit_code == 0, result.stderr
    for words in (
        "66 invented complaints, received from 2 March 2026 to 10 April 2026",
        "One complaint: del-014",
        "cannot record Fixed while 'received'",
        "allowed: thank, withdraw, merge",
        "All 66 complaints",
        "kept, 3 broken",
        "1 merged, 3 referred, 2 withdrawn, 6 unverified",
        "Offers of the policy goodwill, version 2026-03",
        "14: 1 declined, 10 delivered, 1 expired, 1 rejected, 1 superseded",
        "tel-007  offer-1  expired",
        "percent: refund of 25 % of 640.00 GBP, rounded half up     160.00 GBP",
        "approved 2026-04-05 11:19 by dispatch-lead",
        "A published scheme: eu-261-2004",
        "distance_km 3600, above 3500 within the EU  400.00 EUR",
        "Not legal advice",
        "complaint-lifecycle show del-002 --db",
        "complaint-lifecycle offer del-014 --db",
    ):
        assert words in result.stdout
    assert "…" not in result.stdout


def test_nobody_is_left_waiting(tmp_path):
    """When the demonstration stops, every complaint has been through its steps."""
    path = tmp_path / "demo.sqlite"
    demo("--db", path)
    with SqlJournal(path) as journal:
        states = {complaint.state for complaint in Desk(journal=journal).complaints()}
    assert states == {"prevented", "archived", "merged"}


def test_twice_is_the_same(tmp_path, monkeypatch):
    """Two runs print and record the same, byte for byte."""
    shown, kept = [], []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        shown.append(demo("--db", "demo.sqlite").stdout_bytes)
        with SqlJournal("demo.sqlite") as journal:
            kept.append(list(export_entries(journal)))
    assert shown[0] == shown[1]
    assert kept[0] == kept[1]


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(tmp_path, monkeypatch, width):
    """No line is wider than the terminal, and nothing is cut off."""
    monkeypatch.setattr(output, "_width", width)
    monkeypatch.chdir(tmp_path)
    lines = demo("--db", "demo.sqlite").stdout.splitlines()
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if "…" in line]
    assert any("severity" in line and "story" in line for line in lines) == (width > 80)


def test_it_may_stop_midway(tmp_path):
    """With --until the rest has not happened, and complaints stand everywhere."""
    path = tmp_path / "demo.sqlite"
    result = demo("--db", path, "--until", "2026-03-18T22:00:00+00:00")
    assert result.exit_code == 0
    assert "One complaint: shop-001" in result.stdout
    with SqlJournal(path) as journal:
        states = {complaint.state for complaint in Desk(journal=journal).complaints()}
    assert {"promised", "fixed", "archived", "prevented"} <= states


def test_it_may_be_watched(tmp_path, monkeypatch):
    """With --slow it pauses after each thing that somebody does."""
    pauses = []
    monkeypatch.setattr("time.sleep", pauses.append)
    until = "2026-03-03T00:00Z"
    assert (
        demo("--db", tmp_path / "demo.sqlite", "--until", until, "--slow").exit_code
        == 0
    )
    assert len([pause for pause in pauses if pause == MOMENT]) == 4


def test_it_may_stop_at_once(tmp_path):
    """A demonstration of a single letter still has something to say."""
    until = load_inbox()[0].at.isoformat()
    result = demo("--db", tmp_path / "demo.sqlite", "--until", until)
    assert "All 1 complaint" in result.stdout
    assert "Refused: 0 times" in result.stdout
    assert "none yet" in result.stdout


def test_it_cannot_stop_before_it_starts(tmp_path):
    """An instant before the first letter is refused in one line."""
    path = tmp_path / "demo.sqlite"
    result = demo("--db", path, "--until", "2026-01-01T00:00Z")
    assert result.exit_code == 2
    assert "nothing has happened by then" in result.stderr
    assert not path.exists()


def test_a_database_in_use_is_refused(tmp_path):
    """A second demonstration does not mix into the first one."""
    path = tmp_path / "demo.sqlite"
    demo("--db", path)
    before = path.read_bytes()
    result = demo("--db", path)
    assert result.exit_code == 2
    assert "is not empty" in result.stderr
    assert path.read_bytes() == before


def test_another_file_is_refused(tmp_path):
    """A file that is something else is left alone."""
    path = tmp_path / "notes.txt"
    path.write_text("do not touch")
    result = demo("--db", path)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert path.read_text() == "do not touch"


def test_a_foreign_database_is_refused(tmp_path):
    """A database without a journal is left alone."""
    path = tmp_path / "host.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE tickets (id INTEGER)")
    connection.commit()
    connection.close()
    assert demo("--db", path).exit_code == 2


@pytest.mark.parametrize("journal", [False, True])
def test_an_empty_database_will_do(tmp_path, journal):
    """An empty file, or a journal without entries, may be used."""
    path = tmp_path / "demo.sqlite"
    path.touch()
    if journal:
        SqlJournal(path).close()
    assert demo("--db", path).exit_code == 0


def test_by_default_it_keeps_a_temporary_file(tmp_path, monkeypatch):
    """Without --db a file of its own is made, which the hint names."""
    monkeypatch.setenv("COMPLAINT_DB", str(tmp_path / "mine.sqlite"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = demo()
    (made,) = tmp_path.glob("complaints-*/demo.sqlite")
    assert f"--db {made}" in result.stdout
    assert not (tmp_path / "mine.sqlite").exists()


def test_it_runs_as_a_program(tmp_path):
    """The demonstration works when piped, without escape codes or a progress bar."""
    done = subprocess.run(
        [sys.executable, "-m", "complaint_lifecycle", "demo", "--db", "demo.sqlite"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout
    assert "“Me again, the one in the front window".encode() in done.stdout
