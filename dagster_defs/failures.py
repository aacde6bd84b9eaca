"""Our errors in Dagster's terms: a passing fault is tried again, a terminal one never.

A terminal error also tags its run, so that nothing above (run retries, an operator's script) repeats it either.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import Failure, OpExecutionContext, RetryRequested
from dagster._core.execution.context.asset_execution_context import AssetExecutionContext

from billing.errors import BillhouseError, Transient

TRIES_AGAIN = 3
FIRST_WAIT_SECONDS = 5
NOT_RETRYABLE = {"billhouse/retryable": "no", "dagster/max_retries": "0"}

Context = OpExecutionContext | AssetExecutionContext


@contextmanager
def in_dagsters_terms(context: Context) -> Iterator[None]:
    """Turn Billhouse's errors into Dagster's while the block runs.

    Raises:
        RetryRequested: for Transient; waits what the vendor asked for, else 5, 10 and 20 seconds.
        Failure: for Transient after the third try, and at once, not to be retried, for everything else.
    """
    try:
        yield
    except Transient as fault:
        if has_tries_left(context):
            wait = fault.retry_after or FIRST_WAIT_SECONDS * 2**context.op_execution_context.retry_number
            raise RetryRequested(max_retries=TRIES_AGAIN, seconds_to_wait=wait) from fault
        raise Failure(
            f"Still failing after {TRIES_AGAIN} more tries: {fault}", allow_retries=False
        ) from fault
    except BillhouseError as fault:
        give_up(context, str(fault), fault)


def has_tries_left(context: Context) -> bool:
    """Say whether a passing fault may be tried again in this run."""
    return context.op_execution_context.retry_number < TRIES_AGAIN


def give_up(context: Context, message: str, cause: Exception | None = None) -> None:
    """Fail the run for good and tag it as not retryable.

    Raises:
        Failure: always.
    """
    context.instance.add_run_tags(context.run.run_id, NOT_RETRYABLE)
    raise Failure(message, allow_retries=False) from cause
