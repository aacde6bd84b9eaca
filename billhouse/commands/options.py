"""Options that several commands share."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value for a machine.")]
As = Annotated[
    str, typer.Option("--as", help="Your e-mail address, as [[people]] has it: it goes on the record.")
]
