"""VIES, the EU's register of VAT numbers, over its REST service. It is often away; then a number's form must do."""

import logging
from datetime import timedelta
from types import TracebackType
from typing import Self

import httpx
import stamina
from pydantic import BaseModel, Field, ValidationError

from billing.errors import Transient
from gateways.http import retry_after
from invoices.snapshot import TaxIdState
from invoices.tax.ids import is_eu, normal, tax_id_state

_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_ATTEMPTS = 3
_LONGEST_WAIT = 10
_log = logging.getLogger(__name__)
_NO_NUMBER = "INVALID_INPUT"  # no word about the number: the service's rules of form may lag behind


class _Error(BaseModel):
    error: str


class _Answer(BaseModel):
    """What the service says: `valid`, or why it cannot tell."""

    valid: bool | None = None
    error_wrappers: list[_Error] = Field(default=[], alias="errorWrappers")


class Vies:
    """Asks for each number once. A country whose register is away is not asked again by the same object."""

    def __init__(self, base_url: str) -> None:
        """Speak to the service at `base_url`; nothing is sent before the first question."""
        self._client = httpx.Client(base_url=base_url, timeout=_TIMEOUT)
        self._told: dict[str, TaxIdState] = {}
        self._away: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def check(self, tax_id: str | None, country: str | None = None) -> TaxIdState:
        """Return VALID or INVALID as the register says, or what the form says where the register does not answer.

        Only well-formed VAT numbers of EU members are asked for. Never raises for the service's faults.
        """
        by_form = tax_id_state(tax_id, country)
        number = normal(tax_id, country) if tax_id else None
        if number is None or not is_eu(number):
            return by_form
        if number not in self._told and number[:2] not in self._away:
            try:
                self._told[number] = self._ask(number)
            except Transient as cause:
                _log.warning("%s Numbers of %s are taken by their form.", cause, number[:2])
                self._away.add(number[:2])
        return self._told.get(number, by_form)

    def _ask(self, number: str) -> TaxIdState:
        for attempt in stamina.retry_context(
            on=_wait, attempts=_ATTEMPTS, timeout=30.0, wait_initial=0.5, wait_max=5.0, wait_jitter=0.5
        ):
            with attempt:
                return self._once(number)
        raise AssertionError("stamina returns or raises")

    def _once(self, number: str) -> TaxIdState:
        question = {"countryCode": number[:2], "vatNumber": number[2:]}
        try:
            answer = self._client.post("check-vat-number", json=question)
            told = _Answer.model_validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as cause:
            raise Transient(f"VIES could not be asked ({type(cause).__name__}).") from None
        if told.valid is not None:
            return TaxIdState.VALID if told.valid else TaxIdState.INVALID
        codes = [wrapper.error for wrapper in told.error_wrappers]
        if codes == [_NO_NUMBER]:
            return TaxIdState.WELL_FORMED
        reason = ", ".join(codes) or f"status {answer.status_code}"
        raise Transient(f"VIES gave no answer ({reason}).", retry_after(answer.headers))


def _wait(error: Exception) -> bool | timedelta:
    """Tell stamina whether to try again, and when, if the service said so: never long, as the form can do."""
    if not isinstance(error, Transient):
        return False
    return timedelta(seconds=min(error.retry_after, _LONGEST_WAIT)) if error.retry_after else True
