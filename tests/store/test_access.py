"""Who may see and record what: every refusal by the book, and on record."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from guarding import LIFECYCLE, euros, guarded
from stores import Place
from walks import HOUR, MONDAY, new_desk, received

from complaint_lifecycle import (
    Desk,
    MemoryJournal,
    Received,
    SqlJournal,
    Thanked,
)
from complaint_lifecycle.access import (
    ANYTHING,
    FORGET,
    NOTHING_SEEN,
    READ,
    Denied,
    Intent,
    Role,
    Roles,
)
from complaint_lifecycle.errors import (
    AccessDeniedError,
    InvalidEventError,
    JournalError,
    UnknownComplaintError,
)
from complaint_lifecycle.events import (
    CustomerWrote,
    Offered,
    Updated,
)
from complaint_lifecycle.sql import Refusals

STAFF = {role: role for role in ("intake", "agent", "auditor", "supervisor")}
STAFF |= {"fired": "former"}
ROLES = {
    "intake": Role(may=[Received, CustomerWrote]),
    "agent": Role(may=[READ, Thanked, Updated]),
    "auditor": Role(may=[READ], confidential=True),
    "supervisor": Role(may=[ANYTHING], confidential=True),
}


class TestAsking:
    def test_each_fact_is_asked_about_as_the_ones_before_it_leave_the_complaint(self):
        """In one call too, and with everything that an answer may need."""
        seen: list[Intent] = []
        desk, _ = guarded(seen.append)
        received(desk)
        desk.record("c-1", Thanked(), CustomerWrote(), by="ana", at=MONDAY)
        assert [(i.by, i.action, i.complaint.version) for i in seen] == [
            ("web form", "Received", 0),
            ("ana", "Thanked", 1),
            ("ana", "CustomerWrote", 2),
        ]
        assert {(i.at, i.now) for i in seen} == {(MONDAY, MONDAY)}
        assert seen[1].event == Thanked()
        assert seen[0].related() == (LIFECYCLE.new("c-1"),)

    def test_a_decision_that_is_made_anew_is_asked_about_anew(self):
        """On the version that somebody else has made meanwhile."""
        journal = MemoryJournal()
        other = new_desk(journal)
        seen = []

        def access(intent: Intent) -> str | None:
            seen.append(intent.complaint.version)
            if len(seen) == 1:
                other.record("c-1", Updated(), by="ben")
            return "too late" if intent.complaint.version == 2 else None

        received(other)
        desk, refused = guarded(access, journal)
        with pytest.raises(AccessDeniedError):
            desk.record("c-1", Thanked(), by="ana")
        assert seen[:2] == [1, 2]
        assert [denied.reason for denied in refused] == ["too late"]
        assert journal.entries("c-1")[-1].event == Updated()

    def test_the_newest_version_is_asked_about_though_an_older_one_is_known(self):
        """A complaint that has become confidential through another desk is closed."""
        access = Roles(of=STAFF.get, roles=ROLES)
        journal = MemoryJournal()
        desk, refused = guarded(access, journal)
        open_desk = new_desk(journal)
        received(open_desk)
        desk.record("c-1", Thanked(), by="agent")
        received(open_desk, confidential=True)
        open_desk.merge("c-2", into="c-1", by="ben")
        with pytest.raises(AccessDeniedError, match="or nothing of it may be seen"):
            desk.record("c-1", Updated(), by="agent")
        assert "confidential" in refused[0].reason

    @pytest.mark.parametrize("answer", [True, False, "", " \n", 0, b"no"])
    def test_an_answer_that_is_none_lets_nobody_through(self, answer: object):
        """Only None allows, and a reason is text."""
        desk, _ = guarded(lambda intent: answer)
        with pytest.raises(InvalidEventError, match="None to allow, or the reason"):
            received(desk)
        assert desk.journal.complaints() == ()

    def test_an_access_that_fails_lets_nobody_through(self):
        """What it raises is raised."""

        def access(intent: Intent) -> str | None:
            raise LookupError("the directory is down")

        desk, _ = guarded(access)
        with pytest.raises(LookupError):
            received(desk)
        assert desk.journal.complaints() == ()

    def test_access_needs_an_audit(self):
        """A refusal that leaves no record cannot be arranged."""
        with pytest.raises(InvalidEventError, match="every refusal leaves a record"):
            Desk(access=lambda intent: None)

    def test_a_merger_is_asked_about_on_both_sides(self):
        """Either can be refused, and then neither changes."""
        desk, refused = guarded(
            lambda i: "not mine" if i.action == "Absorbed" else None
        )
        received(desk)
        received(desk)
        with pytest.raises(AccessDeniedError, match="record Absorbed on complaint"):
            desk.merge("c-1", into="c-2", by="ana")
        assert [(d.action, d.complaint_id) for d in refused] == [("Absorbed", "c-2")]
        assert [len(desk.journal.entries(name)) for name in ("c-1", "c-2")] == [1, 1]

    def test_a_naive_instant_does_not_tell_whether_there_is_a_complaint(self):
        """It is refused before anything is looked up."""
        desk, _ = guarded(lambda intent: "no" if intent.by == "eve" else None)
        received(desk)
        told = set()
        for name in ("c-1", "c-9"):
            with pytest.raises(InvalidEventError) as error:
                desk.record(name, Thanked(), by="eve", at=MONDAY.replace(tzinfo=None))
            told.add(str(error.value))
        assert len(told) == 1

    def test_the_desk_itself_is_not_asked_about(self):
        """It ticks, reschedules and recounts on its own."""
        desk, refused = guarded(lambda i: "no" if i.by == "desk" else None)
        received(desk)
        desk.record("c-1", Offered(offer=euros(5, expires=MONDAY)), by="ana")
        desk.clock.advance(HOUR)
        assert (desk.tick(), desk.reschedule(), desk.recount()) == (1, 1, 0)
        assert refused == []

    def test_forgetting_is_asked_about_for_each_complaint(self):
        """Nobody destroys what they may not see."""
        staff = STAFF | {"dpo": "dpo", "chief": "supervisor"}
        roles = ROLES | {"dpo": Role(may=[FORGET])}
        desk, refused = guarded(Roles(of=staff.get, roles=roles))
        for fields in ({}, {"confidential": True}, {"about": "supervisor"}):
            first = Received(**{"customer": "C-1", "channel": "email"} | fields)
            desk.receive(first, by="intake")
        for by, asked in (
            ("agent", {"customer": "C-1"}),
            ("dpo", {"customer": "C-1"}),
            ("dpo", {"complaints": ["c-1", "c-2"]}),
            ("chief", {"complaints": ["c-9"]}),
            ("supervisor", {"complaints": ["c-3"]}),
        ):
            with pytest.raises(AccessDeniedError):
                desk.forget(by=by, **asked)
        assert [denied.complaint_id for denied in refused] == [
            None, "c-2", "c-2", "c-9", "c-3",
        ]  # fmt: skip
        assert desk.forget(complaints=["c-1"], by="dpo") == 0
        assert desk.forget("C-1", by="chief") == 0
        assert len(refused) == 5


class TestRepeating:
    def test_a_call_that_comes_again_is_answered_again(self):
        """Though whoever made it may not read, and the state has gone on."""
        access = Roles(of=STAFF.get, roles=ROLES)
        desk, refused = guarded(access)
        first = Received(customer="C-1", channel="email", confidential=True)
        complaint = desk.receive(first, by="intake", key="k")
        assert desk.receive(first, by="intake", key="k") == complaint
        assert refused == []

    def test_who_has_lost_their_role_is_not_answered_again(self):
        """And the first result stays what it was."""
        staff = dict(STAFF)
        desk, refused = guarded(Roles(of=staff.get, roles=ROLES))
        first = Received(customer="C-1", channel="email")
        desk.receive(first, by="intake", id="c-1", key="k")
        del staff["intake"]
        with pytest.raises(AccessDeniedError, match="has no role"):
            desk.receive(first, by="intake", id="c-1", key="k")
        assert [denied.action for denied in refused] == ["repeat"]
        assert desk.journal.complaints() == ("c-1",)


READS = {
    "complaint": lambda desk: desk.complaint("c-1"),
    "history": lambda desk: desk.history("c-1"),
    "timers": lambda desk: desk.timers("c-1"),
    "situation": lambda desk: desk.situation("c-1"),
    "proposal": lambda desk: desk.propose("c-1"),
    "complaints": lambda desk: desk.complaints(),
    "customer": lambda desk: desk.customer("C-1"),
}


class TestReading:
    @pytest.fixture
    def desk(self) -> Desk:
        """Give a desk with a plain, a confidential and a third one about an agent."""
        desk, self.refused = guarded(Roles(of=STAFF.get, roles=ROLES))
        for fields in ({}, {"confidential": True}, {"about": "agent"}):
            first = Received(customer="C-1", channel="email", **fields)
            desk.receive(first, by="intake")
        return desk

    @pytest.mark.parametrize("read", READS.values(), ids=READS)
    def test_every_read_needs_a_reader_who_may(self, desk: Desk, read):
        """Nobody in particular, a stranger and one without the right see nothing."""
        with pytest.raises(AccessDeniedError, match=r"nobody may not read.*seen_by"):
            read(desk)
        for by in ("stranger", "fired", "intake"):
            with pytest.raises(AccessDeniedError):
                read(desk.seen_by(by))
        read(desk.seen_by("agent"))
        assert [denied.by for denied in self.refused] == [
            "", "stranger", "fired", "intake",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "read", ["complaint", "history", "timers", "situation", "propose"]
    )
    def test_what_is_hidden_reads_as_if_it_were_not_there(self, desk: Desk, read):
        """The audit knows better."""
        agent = desk.seen_by("agent")
        for name in ("c-2", "c-3", "c-9"):
            with pytest.raises(AccessDeniedError) as told:
                getattr(agent, read)(name)
            assert told.value.reason == NOTHING_SEEN
        confidential, accused, missing = [each.reason for each in self.refused]
        assert "not cleared" in confidential
        assert "about themselves" in accused
        assert missing == "there is no complaint 'c-9'"

    def test_lists_leave_out_what_may_not_be_seen(self, desk: Desk):
        """Without a record: nobody asked for it."""
        for by, seen in (("agent", ["c-1"]), ("auditor", ["c-1", "c-2", "c-3"])):
            reader = desk.seen_by(by)
            assert [c.id for c in reader.complaints()] == seen
            assert [c.id for c in reader.customer("C-1").complaints] == seen
            situation = reader.situation("c-1")
            assert [c.id for c in situation.customer.complaints] == seen
        assert self.refused == []

    def test_a_policy_knows_of_all_complaints_whoever_asks_it(self, desk: Desk):
        """What it offers does not depend on who looks."""
        counts = []
        policy = lambda situation: counts.append(len(situation.customer.complaints))  # noqa: E731
        settings = {"access": desk.access, "audit": desk.audit, "reader": "agent"}
        Desk(journal=desk.journal, compensation=policy, **settings).propose("c-1")
        assert counts == [3]

    def test_without_an_access_nobody_is_asked(self):
        """A reader changes nothing then, and what is missing is told."""
        desk = new_desk()
        received(desk)
        reader = desk.seen_by("anybody")
        assert (reader.reader, desk.reader) == ("anybody", None)
        assert reader.complaint("c-1") == desk.complaint("c-1")
        assert reader._recorder is desk._recorder
        with pytest.raises(UnknownComplaintError):
            reader.complaint("c-9")
        with pytest.raises(InvalidEventError):
            desk.seen_by("")


def _host(place: Place) -> Any:
    """Connect as a host does that begins its transactions itself."""
    if place.schema:
        return place.connect()
    return sqlite3.connect(place.where, isolation_level=None)


class TestAudit:
    def test_an_audit_that_fails_lets_nobody_through(self):
        """The refusal is raised all the same, and says what became of the record."""

        def audit(denied: Denied) -> None:
            raise OSError("disk full")

        desk, _ = guarded(lambda intent: "no", audit=audit)
        with pytest.raises(AccessDeniedError) as told:
            received(desk)
        assert isinstance(told.value.__cause__, OSError)
        assert told.value.__notes__ == ["and the audit failed: OSError"]
        assert desk.journal.complaints() == ()

    def test_refusals_are_kept_in_the_database(self, place: Place):
        """By tenant, in order, over pages, with the complaint or without one."""
        with (
            place.open(tenant="north") as north,
            place.open(tenant="south") as south,
        ):
            refusals = Refusals(north)
            desk, _ = guarded(lambda intent: "a 'reason' %s", north, audit=refusals)
            with pytest.raises(AccessDeniedError):
                received(desk)
            with pytest.raises(AccessDeniedError):
                list(desk.seen_by("ana").complaints())
            assert list(refusals) == [
                Denied(MONDAY, "web form", "Received", "c-1", "a 'reason' %s"),
                Denied(MONDAY, "ana", "read", None, "a 'reason' %s"),
            ]
            assert list(Refusals(south)) == []

    def test_many_refusals_are_read_in_pages(self, tmp_path, monkeypatch):
        """Each once, the oldest first."""
        monkeypatch.setattr("complaint_lifecycle.sql.refusals.PAGE", 3)
        with SqlJournal(tmp_path / "refusals.sqlite") as journal:
            refusals = Refusals(journal)
            for number in range(10):
                refusals(Denied(MONDAY, f"b-{number}", "read", None, "no"))
            assert [denied.by for denied in refusals] == [f"b-{n}" for n in range(10)]

    def test_refusals_are_not_kept_where_the_host_can_undo_them(self, tmp_path):
        """On a connection of the host they are refused."""
        with SqlJournal(tmp_path / "complaints.sqlite") as journal:
            raw = sqlite3.connect(tmp_path / "complaints.sqlite")
            try:
                with pytest.raises(InvalidEventError, match="connections of its own"):
                    Refusals(journal.on(raw))
            finally:
                raw.close()

    def test_a_refusal_outlives_the_transaction_of_the_host(
        self, place: Place, tmp_path
    ):
        """On PostgreSQL beside it; of an SQLite file that is locked, in another file."""
        with (
            place.open() as journal,
            SqlJournal(tmp_path / "refusals.sqlite") as apart,
            closing(_host(place)) as raw,
        ):
            refusals = Refusals(journal if place.schema else apart)
            access = lambda i: "no" if i.action == "Thanked" else None  # noqa: E731
            desk, _ = guarded(access, journal, audit=refusals)
            raw.execute("BEGIN" if place.schema else "BEGIN IMMEDIATE")
            received(desk.on(raw))
            with pytest.raises(AccessDeniedError):
                desk.on(raw).record("c-1", Thanked(), by="ana")
            raw.execute("ROLLBACK")
            assert [denied.action for denied in refusals] == ["Thanked"]
            assert journal.complaints() == ()

    def test_a_closed_journal_keeps_no_refusals_and_lets_nobody_through(self, tmp_path):
        """The database is as good a reason as any."""
        with SqlJournal(tmp_path / "refusals.sqlite") as journal:
            refusals = Refusals(journal)
        desk, _ = guarded(lambda intent: "no", audit=refusals)
        with pytest.raises(AccessDeniedError) as told:
            received(desk)
        assert isinstance(told.value.__cause__, JournalError)
