"""Takes whole journals in and out as JSON Lines, one entry a line."""

from complaint_lifecycle.transfer.exporting import export_entries
from complaint_lifecycle.transfer.importing import import_entries
from complaint_lifecycle.transfer.reports import (
    ImportProgress,
    ImportReport,
    RefusedLine,
)

__all__ = [
    "ImportProgress",
    "ImportReport",
    "RefusedLine",
    "export_entries",
    "import_entries",
]
