"""`python -m billhouse`: the same as the `billhouse` command."""

from billhouse.main import run

run()
