"""The command ``intake``: receives real complaints from CSV or JSON Lines."""

from complaint_lifecycle.cli.intake.command import intake

__all__ = ["intake"]
