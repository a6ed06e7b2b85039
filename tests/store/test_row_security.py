"""PostgreSQL keeps tenants apart by itself, for whoever is no superuser."""

import re
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from attrs import frozen
from guarding import euros
from store.test_tenants import SLA, fill
from stores import Place
from walks import HOUR, MONDAY, PROMISE, STEPS, new_desk

from complaint_lifecycle import Received, SqlJournal, Step, Thanked, money
from complaint_lifecycle.access import Denied
from complaint_lifecycle.errors import InvalidEventError, JournalError
from complaint_lifecycle.events import Declined, Offered, Updated
from complaint_lifecycle.offers import Draw
from complaint_lifecycle.sql import Refusals, row_level_security, setting_of
from complaint_lifecycle.sql.dialects import TENANT_TABLES


@frozen
class Secured:
    """A schema under row-level security, and a role that is no superuser."""

    place: Place
    role: str

    def connect(self) -> psycopg.Connection:
        """Connect as that role."""
        raw = self.place.connect()
        raw.execute(f'SET SESSION AUTHORIZATION "{self.role}"')
        return raw

    def open(self, tenant: str, **options) -> SqlJournal:
        """Open a journal as that role."""
        return SqlJournal.postgres(
            self.connect,
            schema=self.place.schema,
            tenant=tenant,
            create=False,
            **options,
        )


ALL = "ALL TABLES IN SCHEMA"


@pytest.fixture
def secured(postgres: Place) -> Iterator[Secured]:
    """Make the tables as their owner, and secure them for a role without privileges."""
    role = f"crm_{postgres.schema}"
    postgres.open().close()
    with closing(postgres.connect()) as raw:
        raw.execute(f'CREATE ROLE "{role}" NOSUPERUSER NOBYPASSRLS')
        raw.execute(f'GRANT USAGE ON SCHEMA "{postgres.schema}" TO "{role}"')
        rights = "SELECT, INSERT, UPDATE, DELETE"
        raw.execute(f'GRANT {rights} ON {ALL} "{postgres.schema}" TO "{role}"')
        for statement in row_level_security(schema=postgres.schema):
            raw.execute(statement)
    yield Secured(postgres, role)
    with closing(postgres.connect()) as raw:
        raw.execute(f'DROP OWNED BY "{role}"')
        raw.execute(f'DROP ROLE "{role}"')


def count_rows(raw: psycopg.Connection) -> dict[str, int]:
    """Count what a connection sees of every table that has tenants."""
    return {
        name: raw.execute(f"SELECT count(*) FROM complaint_{name}").fetchone()[0]  # noqa: S608
        for name in TENANT_TABLES
    }


class TestRowLevelSecurity:
    def test_every_table_with_a_tenant_is_secured(self, secured: Secured):
        """The one without a tenant holds nothing but the version of the others."""
        with closing(secured.place.connect()) as raw:
            of = [secured.place.schema]
            found = raw.execute(
                "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = to_regnamespace(%s)",
                of,
            ).fetchall()
            tenants = raw.execute(
                "SELECT table_name FROM information_schema.columns "
                "WHERE table_schema = %s AND column_name = 'tenant'",
                of,
            ).fetchall()
            columns = raw.execute(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_schema = %s AND table_name = 'complaint_schema'",
                of,
            ).fetchall()
        names = {f"complaint_{name}" for name in TENANT_TABLES}
        assert {name for name, *on in found if on == [True, True]} == names
        assert {name for (name,) in tenants} == names
        assert {name for name, *_ in found} - names == {"complaint_schema"}
        assert sorted(columns) == [("shift",), ("version",)]

    def test_the_library_works_as_before(self, secured: Secured):
        """Complaints, keys, budgets, timers, offers and refusals of two tenants."""
        with secured.open("north") as north, secured.open("south") as south:
            for journal in (north, south):
                desk = new_desk(journal, sla=SLA)
                first = Received(customer="C-1", channel="email")
                for _ in range(2):
                    desk.receive(first, by="form", id="c-1", key="k-1")
                offer = euros(9, draws=[Draw("goodwill", money(9, "EUR"))])
                desk.record("c-1", Offered(offer=offer), by="ana")
                desk.clock.advance(2 * HOUR)
                assert desk.tick() == 2
                desk.record("c-1", Declined(), Thanked(), by="ana", key="k-2")
                assert (desk.reschedule(), desk.recount(), desk.tick()) == (1, 0, 0)
                desk.record("c-1", STEPS[Step.EXPLAIN], STEPS[Step.APOLOGISE], by="ana")
                assert desk.record("c-1", PROMISE, by="ana").state == "promised"
                Refusals(journal)(Denied(MONDAY, "bob", "read", "c-1", "no"))
                assert len(list(Refusals(journal))) == 1
                many = desk.record("c-1", *[Updated(text="soon")] * 60, by="ana")
                assert len(list(journal.since(0))) == many.version
                told: list[object] = []
                assert desk.subscribe(told.append, name="mail").run() == many.version
                assert desk.forget("C-1", by="dpo") == 60
                assert journal.checkpoint(MONDAY).heads == 1
                assert journal.verify().entries == many.version
                assert journal.tail_lag() == 0

    def test_raw_sql_of_one_tenant_cannot_see_or_write_the_others_rows(self, secured):
        """Whatever it forgets to ask for."""
        with secured.open("north") as north, secured.open("south") as south:
            fill(north, ["n-1"], "north")
            fill(south, ["s-1", "both"], "south")
            with north._connection.transaction():
                run = north._connection.execute
                ask = north._connection.all
                for name in TENANT_TABLES:
                    rows = ask(f"SELECT DISTINCT tenant FROM complaint_{name}")  # noqa: S608
                    assert set(rows) <= {("north",)}
                    changed = f"complaint_{name} SET tenant = tenant"
                    assert run(f"UPDATE {changed} WHERE tenant = 'south'") == 0
                    gone = f"DELETE FROM complaint_{name} WHERE tenant <> 'north'"  # noqa: S608
                    assert run(gone) == 0
            columns = "(tenant, name, version, minor_units, currency)"
            foreign = f"INSERT INTO complaint_budget {columns} VALUES "  # noqa: S608
            moved = "UPDATE complaint_budget SET tenant = 'south'"
            for statement in (f"{foreign} ('south', 'x', 1, 1, 'EUR')", moved):
                with (
                    pytest.raises(JournalError, match="row-level security policy"),
                    north._connection.transaction(),
                ):
                    north._connection.execute(statement)
            assert len(south.complaints()) == 2

    @pytest.mark.parametrize("tenant", ["north", ""])
    def test_a_connection_that_names_no_tenant_sees_nothing(self, secured, tenant):
        """Not even the empty one's, and not after a setting was taken back."""
        with secured.open(tenant) as journal:
            fill(journal, ["n-1"], "north")
        with closing(secured.connect()) as raw:
            nothing = dict.fromkeys(TENANT_TABLES, 0)
            assert count_rows(raw) == nothing
            with raw.transaction():
                setting = [setting_of(tenant)]
                named = "SELECT set_config('complaint_lifecycle.tenant', %s, true)"
                raw.execute(named, setting)
                seen = count_rows(raw)
                assert seen["entry"] == 2
                assert seen["refusal"] == 1
            assert count_rows(raw) == nothing
            raw.execute("RESET ALL")
            assert count_rows(raw) == nothing
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(
                    "INSERT INTO complaint_cursor (tenant, name, position) "
                    "VALUES ('', 'x', 1)"
                )

    def test_a_role_can_be_bound_to_one_tenant(self, secured: Secured):
        """Then no setting leads out of it."""
        odd = r"nor'th\ "[:-1]
        with closing(secured.place.connect()) as raw:
            for _ in range(2):
                for statement in row_level_security(
                    schema=secured.place.schema, role=secured.role, tenant=odd
                ):
                    raw.execute(statement)
        with secured.open(odd) as bound:
            fill(bound, ["n-1"], "north")
            assert bound.complaints() == ("n-1",)
        with secured.open("south") as other:
            with pytest.raises(JournalError, match="row-level security policy"):
                fill(other, ["s-1"], "south")
            assert other.complaints() == ()
        with closing(secured.connect()) as raw:
            raw.execute("SET complaint_lifecycle.tenant = '=south'")
            assert count_rows(raw)["entry"] == 2

    def test_a_desk_records_in_a_transaction_that_names_its_tenant(self, secured):
        """The connection is the host's, and so is the setting."""
        with secured.open("north") as journal, closing(secured.connect()) as raw:
            desk = new_desk(journal)
            first = Received(customer="C-1", channel="email")
            for named, names in ((False, ()), (True, ("c-1",))):
                raw.execute("BEGIN")
                if named:
                    set_it = "SELECT set_config('complaint_lifecycle.tenant', %s, true)"
                    raw.execute(set_it, [setting_of("north")])
                    desk.on(raw).receive(first, by="form", id="c-1")
                else:
                    with pytest.raises(JournalError, match="row-level security"):
                        desk.on(raw).receive(first, by="form", id="c-1")
                raw.execute("COMMIT")
                assert journal.complaints() == names

    def test_a_superuser_sees_everything(self, secured: Secured):
        """The broken twin: as such a role, the tests above would prove nothing."""
        with secured.open("north") as north:
            fill(north, ["n-1"], "north")
        with closing(secured.place.connect()) as raw:
            ((is_super,),) = raw.execute(
                "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchall()
            assert (count_rows(raw)["entry"] > 0) is is_super

    def test_a_tenant_comes_with_a_role(self):
        """Otherwise everybody would be let in to it."""
        with pytest.raises(InvalidEventError, match="say which with role="):
            row_level_security(tenant="north")
        for wrong in ({"role": ""}, {"role": "r" * 64}, {"prefix": "x;"}):
            with pytest.raises(InvalidEventError):
                row_level_security(**wrong)
        quoted = row_level_security(role='o"dd')[-1]
        assert re.search(r'CREATE POLICY "o""dd" ON \S+ TO "o""dd" USING', quoted)
