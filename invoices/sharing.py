"""Whole minor units shared out in proportion, so that the parts always add up to the whole."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor


def share(amount: int, weights: Sequence[int]) -> list[int]:
    """Share an amount out by weight: each part is its exact share rounded up or down, by the largest remainder.

    Weights may be negative (a discount's line), but not add up to 0 unless the amount is 0.
    """
    whole = sum(weights)
    if amount == 0:
        return [0] * len(weights)
    return rounded([Fraction(amount * weight, whole) for weight in weights], amount)


def rounded(exact: Sequence[Fraction], whole: int) -> list[int]:
    """Round parts up or down so that they add up to `whole`, which is their sum rounded up or down.

    The units that are left go to the parts that lost most, the first of equals.
    """
    parts = [floor(part) for part in exact]
    by_loss = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in by_loss[: whole - sum(parts)]:
        parts[place] += 1
    return parts
