"""A journal in an SQL database."""

from complaint_lifecycle.sql.checkpoints import Checkpoint, Signer
from complaint_lifecycle.sql.hosted import hosted_journal
from complaint_lifecycle.sql.isolation import row_level_security, setting_of
from complaint_lifecycle.sql.journal import SqlJournal
from complaint_lifecycle.sql.keys import KeyName, Keys, MasterKeys
from complaint_lifecycle.sql.refusals import Refusals
from complaint_lifecycle.sql.steps import Migration, migrations
from complaint_lifecycle.sql.verifying import Finding, Tampering, Verification

__all__ = [
    "Checkpoint",
    "Finding",
    "KeyName",
    "Keys",
    "MasterKeys",
    "Migration",
    "Refusals",
    "Signer",
    "SqlJournal",
    "Tampering",
    "Verification",
    "hosted_journal",
    "migrations",
    "row_level_security",
    "setting_of",
]
