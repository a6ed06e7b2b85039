"""Ticks once: ``* * * * * python tick_with_cron.py``."""

from office import open_desk, tick_all

if __name__ == "__main__":
    tick_all(open_desk())
