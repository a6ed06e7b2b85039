"""The command line, as ``complaint-lifecycle`` or ``python -m complaint_lifecycle``."""

import sys

from complaint_lifecycle.errors import MissingExtraError

FAILED = 2
_EXTRA = frozenset({"rich", "typer"})


def main() -> None:
    """Run the command line, or name the extra that it needs."""
    try:
        from complaint_lifecycle.cli import app
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        sys.stderr.write(f"error: {MissingExtraError('cli')}\n")
        raise SystemExit(FAILED) from None
    app()


if __name__ == "__main__":
    main()
