"""What every table of billhouse.toml has in common."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """One table: unknown keys are mistakes, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
