"""Who may see and record what: the question a desk asks, and roles that answer it."""

from complaint_lifecycle.access.asking import (
    FORGET,
    NOTHING_SEEN,
    READ,
    REPEAT,
    Access,
    Audit,
    Denied,
    Intent,
)
from complaint_lifecycle.access.roles import ANYTHING, Role, Roles

__all__ = [
    "ANYTHING",
    "FORGET",
    "NOTHING_SEEN",
    "READ",
    "REPEAT",
    "Access",
    "Audit",
    "Denied",
    "Intent",
    "Role",
    "Roles",
]
