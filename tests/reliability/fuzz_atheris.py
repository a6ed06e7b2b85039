"""Fuzzes all that reads what strangers wrote, guided by coverage, for as long as asked.

Not part of the test run: ``pip install atheris``, which has no wheels for every Python,
then from the folder ``tests``::

    python -m reliability.fuzz_atheris ical -max_total_time=600

The first word is what to fuzz: codec, import, policy, calendar, csv, toml, ical or
inbox; all else goes to libFuzzer. What escapes, or takes more than 20 seconds, ends the
run, and is written to a file that may be given as another argument to try it once more.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["complaint_lifecycle", "icalendar"]):
    from reliability.targets import targets, tried


def main() -> None:
    """Fuzz what the first argument names."""
    program, name, *options = sys.argv
    target = targets()[name]

    def one_input(data: bytes) -> None:
        # Bytes that are no UTF-8 become lone surrogates, which strangers send as well.
        tried(target, data.decode("utf-8", "surrogateescape"))

    with tempfile.TemporaryDirectory() as corpus:
        for number, text in enumerate(target.examples):
            (Path(corpus) / str(number)).write_text(text, "utf-8")
        atheris.Setup([program, "-timeout=20", *options, corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
