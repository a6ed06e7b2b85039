"""The command ``demo``: the bundled inbox, played through all eight steps."""

from complaint_lifecycle.cli.demo.command import demo

__all__ = ["demo"]
