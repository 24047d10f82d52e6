"""What a benchmark hands back: one measured value beside the limit it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of ``docs/benchmarks.md``.

    ``value`` and ``limit_value`` are medians of alternating runs in the same ``unit``, so that their
    ``ratio`` (``value / limit_value``) means something on any machine. ``target`` says in words what
    is asked of the figure (``"at least 50% of the bare view"``) and ``met`` whether it was reached;
    None where a figure is told for information. ``run`` says what was run: server, load, rounds.
    """

    name: str
    value: float
    unit: str
    limit_name: str = ""
    limit_value: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    run: str = ""

    def __post_init__(self) -> None:
        if not self.run:
            raise ValueError(f"{self.name}: say which server was asked, and by what.")


def ratio_figure(
    *,
    name: str,
    values: Sequence[float],
    unit: str,
    limit_name: str,
    limits: Sequence[float],
    target: str,
    at_least: float | None = None,
    at_most: float | None = None,
    run: str,
) -> Figure:
    """A figure from the samples of both sides: their medians, the ratio, and whether it is in bounds."""
    value, limit = median(values), median(limits)
    ratio = value / limit
    met = None
    if at_least is not None or at_most is not None:
        met = (at_least is None or ratio >= at_least) and (at_most is None or ratio <= at_most)
    return Figure(name, value, unit, limit_name, limit, ratio, target, met, run)


def bound_figure(
    *, name: str, values: Sequence[float], unit: str, at_most: float, target: str, run: str
) -> Figure:
    """A figure held against a fixed number in its own unit: milliseconds, queries, KB."""
    value = median(values)
    return Figure(
        name=name,
        value=value,
        unit=unit,
        limit_name="stated bound",
        limit_value=at_most,
        ratio=value / at_most if at_most else None,
        target=target,
        met=value <= at_most,
        run=run,
    )


def median(samples: Sequence[float]) -> float:
    """The middle sample, or the mean of the two middle ones; raises ValueError without samples."""
    if not samples:
        raise ValueError("A median needs at least one sample.")
    ordered = sorted(samples)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
