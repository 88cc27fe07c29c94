"""From a slider to what the planner draws: placement, prediction, numbers, and the scene for the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle

from annulus.bench._hearts import fmr_case
from annulus.bench._row import BenchRow
from annulus.bench._timing import interleaved
from annulus.errors import DependencyError
from annulus.heart import Heart, closure_settings
from annulus.prediction import Prediction, predict, result_shapes
from annulus.therapies import Wish, therapy
from annulus.viz import scene_gltf

__all__ = ["dragging_rows"]

AIM_S = 33e-3
_DEVICE, _DISTAL_MM = "carillon-9-18-60", 95.0
_PLICATIONS_MM = (4.0, 5.5, 7.0, 8.5, 10.0)


def dragging_rows(*, rounds: int = 40) -> tuple[BenchRow, ...]:
    """One update of the planner while a slider of the plication moves, on a warm heart, without the browser's part."""
    heart, done = Heart(fmr_case(), closure_settings("fast")), therapy(_DEVICE)
    places: Iterator[float] = cycle(_PLICATIONS_MM)

    def simulated() -> Prediction:
        placement = done.site(heart, Wish(distal_at_mm=_DISTAL_MM, plication_mm=next(places)))
        prediction = predict(heart, done, placement.site, placement.load)
        prediction.numbers()
        return prediction

    shapes = result_shapes(simulated())

    def drawn() -> bytes:
        return scene_gltf(heart.case, {"shapes": shapes})

    work: dict[str, Callable[[], object]] = {"simulated": simulated, "drawn": drawn}
    try:
        n_bytes = len(drawn())
        told = f"{n_bytes / 1e6:.1f} MB of binary glTF, shown by the browser"
    except DependencyError as error:
        work.pop("drawn")
        told = str(error)
    times = interleaved(work, rounds)
    simulation = BenchRow("slider to new numbers and shapes", times["simulated"], aim_seconds=AIM_S)
    if "drawn" not in times:
        return (BenchRow(simulation.work, simulation.seconds, aim_seconds=AIM_S, note=told),)
    return simulation, BenchRow("their scene for the browser", times["drawn"], note=told)
