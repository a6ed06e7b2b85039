"""Tenants kept apart by PostgreSQL itself: policies for every row that has a tenant."""

from complaint_lifecycle.checks import reference
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sql.dialects import (
    POSTGRESQL,
    PREFIX,
    TENANT_TABLES,
    Tables,
)

SETTING = "complaint_lifecycle.tenant"
"""The setting of a connection that names its tenant, after an equals sign."""

_EVERYBODY = '"complaint tenant"'

SET_TENANT = f"SELECT set_config('{SETTING}', %s, false)"
"""Names the tenant of a connection, from what :func:`setting_of` returns."""

# A setting that was never made is NULL, and one that was taken back is empty text. Both
# name no tenant, and the equals sign tells them from the empty tenant.
_OF_CONNECTION = f"(SELECT substr(nullif(current_setting('{SETTING}', true), ''), 2))"


def setting_of(tenant: str) -> str:
    """Return the value of ``complaint_lifecycle.tenant`` that names a tenant.

    A journal sets it on its own connections. Whoever reads the tables on another one
    sets it there: ``SELECT set_config('complaint_lifecycle.tenant', '=north', false)``.

    Args:
        tenant: The tenant of a journal.

    >>> setting_of("north")
    '=north'
    """
    return f"={tenant}"


def row_level_security(
    *,
    prefix: str = PREFIX,
    schema: str | None = None,
    role: str | None = None,
    tenant: str | None = None,
) -> tuple[str, ...]:
    """Return statements that let PostgreSQL show a connection one tenant's rows only.

    Whoever owns the tables executes them once, after every step of the migrations:
    repeating them does no harm. They bind the owner of the tables too, but neither
    superusers nor roles that bypass row-level security.

    Args:
        prefix: What the names of the tables begin with.

        schema: The schema that they are in; by default that of the connection.

        role: The role of PostgreSQL that is let in; by default every role that has the
            privileges. One call is needed for each role, and the first ends what every
            role was let in to.

        tenant: The one tenant that this role is let in to, whatever the connection
            says; by default the tenant that the journal of the connection was opened
            for.

    Raises:
        InvalidEventError: If a name cannot be one, or a tenant comes without a role.

    >>> enable, force, *_ = row_level_security(schema="crm")
    >>> enable
    'ALTER TABLE "crm".complaint_entry ENABLE ROW LEVEL SECURITY'
    """
    tables = Tables(POSTGRESQL, prefix, schema)
    if tenant is not None and role is None:
        rule = "belongs to a role: say which with role="
        raise InvalidEventError("tenant", repr(tenant)[:80], rule)
    to = "PUBLIC" if role is None else _quoted(reference(role, "role", limit=63))
    policy = _EVERYBODY if role is None else to
    whose = _OF_CONNECTION
    if tenant is not None:
        whose = _text(tenant and reference(tenant, "tenant"))
    return tuple(
        statement
        for name in TENANT_TABLES
        for statement in _policy(tables.rendered(f"{{{name}}}"), policy, to, whose)
    )


def _policy(table: str, policy: str, to: str, whose: str) -> tuple[str, ...]:
    # What one policy lets in, no other keeps out: that for everybody goes.
    checked = f"USING (tenant = {whose}) WITH CHECK (tenant = {whose})"
    before = dict.fromkeys((_EVERYBODY, policy))
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        *(f"DROP POLICY IF EXISTS {each} ON {table}" for each in before),
        f"CREATE POLICY {policy} ON {table} TO {to} {checked}",
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    # As an escape string a backslash would mean something whatever the settings are.
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
