"""The lifecycle: the chart that draws it, and the table that judges by it."""

from complaint_lifecycle.lifecycle.chart import Chart, Conditions, gift_chart
from complaint_lifecycle.lifecycle.compiled import TEXT_LIMIT, Lifecycle
from complaint_lifecycle.lifecycle.compiling import Table
from complaint_lifecycle.lifecycle.edit import Edit
from complaint_lifecycle.lifecycle.rows import Condition, Row

__all__ = [
    "TEXT_LIMIT",
    "Chart",
    "Condition",
    "Conditions",
    "Edit",
    "Lifecycle",
    "Row",
    "Table",
    "gift_chart",
]
