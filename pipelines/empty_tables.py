"""Makes raw tables that models read and nothing has loaded yet: of a gateway without an account, or out of reach.

Without them one gateway that does not answer on its first day would hold up everybody else's marts.
"""

from collections.abc import Mapping

from billing.settings import Settings
from pipelines import destination, raw
from pipelines.raw import Batch


def make_lacking(settings: Settings, wanted: Mapping[str, set[str]]) -> None:
    """Make the tables of `wanted` (schema "raw_stripe" -> table names) that are not there; existing ones stay.

    The caller holds the writer lock.

    Raises:
        Transient: the warehouse does not answer.
    """
    present = destination.present(settings)
    for schema, tables in wanted.items():
        lacking = tables - {table for place, table in present if place == schema}
        if lacking:
            name = schema.removeprefix("raw_")
            with destination.open_pipeline(settings, name) as pipeline:
                batch = Batch.after(None, "", "")
                destination.run(pipeline, name, raw.resource(sorted(lacking), batch, (), lambda _state: None))
