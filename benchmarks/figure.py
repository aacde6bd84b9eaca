"""One measured figure beside the floor that nothing could beat, and how they are printed."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured; ours and the floor share a unit, and `is_rate` says that more is better."""

    what: str
    unit: str
    ours: float
    floor: float
    floor_is: str
    is_rate: bool = False

    @property
    def times(self) -> float:
        """How many times as much as the floor ours costs; 1.0 is the best there can be."""
        return self.floor / self.ours if self.is_rate else self.ours / self.floor


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the median duration of some runs, after the garbage of earlier ones is gone."""
    taken = []
    for _ in range(repeats):
        gc.collect()
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| what | ours | floor | ours / floor | the floor is |", "|---|---:|---:|---:|---|"]
    lines += [
        f"| {figure.what} | {_number(figure.ours)} {figure.unit} | {_number(figure.floor)} {figure.unit} "
        f"| {figure.times:.1f} x | {figure.floor_is} |"
        for figure in figures
    ]
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
