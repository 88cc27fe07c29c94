"""One row of `annulus bench`: a piece of work, its time, what it is compared with, and what is aimed at."""

from __future__ import annotations

from dataclasses import asdict, dataclass

__all__ = ["BenchRow"]


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One piece of work, timed; all times in seconds.

    Parameters
    ----------
    work
        What was done.
    seconds
        How long it took.
    baseline, baseline_seconds
        The same by other means, and its time in the same run; empty and None without one.
    aim_seconds, aim_ratio
        The time and the ratio to the baseline that are aimed at.
    floor_seconds
        Lower bound: operations and bytes over this machine's measured rates, or the sum of the parts.
    part
        Whether this is a part of the work in the row above that is none.
    note
        What the reader must know about the number.
    """

    work: str
    seconds: float
    baseline: str = ""
    baseline_seconds: float | None = None
    aim_seconds: float | None = None
    aim_ratio: float | None = None
    floor_seconds: float | None = None
    part: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Time of the baseline over the work's: how many times as fast this is; None without a baseline."""
        return None if self.baseline_seconds is None else self.baseline_seconds / self.seconds

    @property
    def met(self) -> bool | None:
        """Whether every aim that can be judged is met; None without one."""
        verdicts = []
        if self.aim_seconds is not None:
            verdicts.append(self.seconds <= self.aim_seconds)
        if self.aim_ratio is not None and self.ratio is not None:
            verdicts.append(self.ratio >= self.aim_ratio)
        return all(verdicts) if verdicts else None

    def to_dict(self) -> dict[str, object]:
        """Plain dictionary, fit for JSON."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}
