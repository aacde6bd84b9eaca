"""What Braintree alone can do to us on a bad day; what every gateway can do is in test_gateway_faults.py."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from billing.errors import BadCredential
from pipelines.braintree import load
from tests.conftest import Sandbox
from tests.pipelines.braintree_house import duckdb_house


def test_withdrawn_keys_are_named_and_change_nothing(
    fresh_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    house = duckdb_house(tmp_path, fresh_sandbox("--customers", "1", "--only", "braintree"))
    load(house.settings, house.account)
    before = house.stored("transactions")
    other = house.account.model_copy(update={"private_key": SecretStr("withdrawn")})
    with pytest.raises(BadCredential, match="keys are not accepted") as caught:
        load(house.settings, other)
    assert "withdrawn" not in str(caught.value)
    assert house.stored("transactions") == before
    assert load(house.settings, house.account).rows_changed == 0
