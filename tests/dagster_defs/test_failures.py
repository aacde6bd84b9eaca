"""A passing fault is tried again; a terminal one never, and its run says so."""

from collections.abc import Callable

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult, OpExecutionContext, job, op

from billing.errors import BadCredential, ConfigError, OutcomeUnknown, Transient
from dagster_defs import failures
from dagster_defs.failures import NOT_RETRYABLE, TRIES_AGAIN, in_dagsters_terms


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "FIRST_WAIT_SECONDS", 0)


@pytest.fixture
def run(instance: DagsterInstance) -> Callable[..., tuple[ExecuteInProcessResult, int]]:
    """Run an op that raises these errors, one per try, and then works; return the result and the tries."""

    def execute(*errors: Exception) -> tuple[ExecuteInProcessResult, int]:
        tries = []

        @op
        def work(context: OpExecutionContext) -> None:
            tries.append(1)
            with in_dagsters_terms(context):
                if len(tries) <= len(errors):
                    raise errors[len(tries) - 1]

        @job
        def one() -> None:
            work()

        return one.execute_in_process(instance=instance, raise_on_error=False), len(tries)

    return execute


def test_a_passing_fault_is_tried_again(run: Callable[..., tuple[ExecuteInProcessResult, int]]) -> None:
    result, tries = run(Transient("429"), Transient("500"))
    assert result.success
    assert tries == 3


def test_a_fault_that_does_not_pass_ends_the_run(
    run: Callable[..., tuple[ExecuteInProcessResult, int]],
) -> None:
    result, tries = run(*[Transient("500")] * 10)
    assert not result.success
    assert tries == 1 + TRIES_AGAIN


@pytest.mark.parametrize("error", [BadCredential("no such key"), ConfigError("x"), OutcomeUnknown("cut")])
def test_a_terminal_error_is_never_tried_again(
    run: Callable[..., tuple[ExecuteInProcessResult, int]], instance: DagsterInstance, error: Exception
) -> None:
    result, tries = run(error)
    assert not result.success
    assert tries == 1
    tags = instance.get_run_by_id(result.run_id).tags
    assert tags.items() >= NOT_RETRYABLE.items()
    said = result.failure_data_for_node("work").user_failure_data.description
    assert said == str(error)


def test_the_vendors_wait_is_kept(run: Callable[..., tuple[ExecuteInProcessResult, int]]) -> None:
    result, _ = run(Transient("429", retry_after=1))
    (restart,) = [e for e in result.all_events if e.event_type_value == "STEP_UP_FOR_RETRY"]
    assert restart.step_retry_data.seconds_to_wait == 1


def test_a_bug_is_not_hidden(run: Callable[..., tuple[ExecuteInProcessResult, int]]) -> None:
    result, tries = run(KeyError("bug"))
    assert not result.success
    assert tries == 1
