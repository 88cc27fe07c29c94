"""Figures and parameter table of ``docs/theory.md``: ``python docs/make_figures.py`` (needs the extra ``viz``).

Everything is computed here from the shipped preset ``fmr`` with the default parameters; nothing is drawn by hand.
``python docs/make_figures.py --table`` writes only the table.
"""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from annulus.anatomy import Case, trigone_positions
from annulus.anatomy.measures import measure_annulus
from annulus.anatomy.parametric import preset
from annulus.geometry import Loop
from annulus.kernels.network import energy
from annulus.mechanics import Status
from annulus.mechanics.network import (
    CINCH_PRIORS,
    CinchModel,
    CinchParameters,
    Equilibrium,
    Landing,
    SolverOptions,
    carried_annulus,
)
from annulus.mechanics.network._attachments import Rod
from annulus.mechanics.network._strip_network import join_rods, rod_bends, strip_network
from annulus.units import KPA

HERE = Path(__file__).resolve().parent
FIGURES = HERE / "figures"
PAGE = HERE / "theory.md"

CASE = "fmr"
LANDING = Landing(100.0, 10.0)
PLICATIONS = np.linspace(0.0, 20.0, 11)
SHOWN = 10.0

INK, MUTED, PALE = "#1c2733", "#67727e", "#c9ced3"
BLUE, ORANGE, RED, GREEN, PURPLE = "#0072b2", "#e69f00", "#b3404a", "#009e73", "#7b5ea7"

TINY = 1.0e-9
# Every energy is linear in its own stiffness: with all others (nearly) zero the network's energy is that term's.
TERMS = {
    "annulus stretch": ("annulus_axial_n",),
    "annulus bending": ("annulus_bending_nmm2",),
    "vein stretch": ("vein_axial_n",),
    "vein bending": ("vein_bending_nmm2",),
    "strap, along the link": ("strap_link_n_per_mm",),
    "strap, vector": ("strap_vector_n_per_mm",),
    "foundation": ("foundation_kpa",),
    "artery and its bed": ("artery_axial_n", "artery_bending_nmm2", "artery_bed_kpa"),
}


def model_of(case: Case) -> CinchModel:
    """Model with the default parameters."""
    places, _ = trigone_positions(case.annulus)
    return CinchModel.from_case(case, trigones=case.annulus.loop.at(places))


def parameter_table() -> str:
    """Markdown table of every parameter: default, prior, unit, source."""
    defaults = CinchParameters()
    rows = ["| parameter | default | prior | unit | meaning | source |", "|---|---|---|---|---|---|"]
    for name, prior in CINCH_PRIORS.items():
        value = getattr(defaults, name)
        low, high = prior.bounds
        spread = {
            "lognormal": f"lognormal, median {prior.value:g}, ln-sd {prior.spread:g}",
            "normal": f"normal, {prior.value:g} ± {prior.spread:g}",
            "uniform": f"uniform, {low:g} to {high:g}",
            "loguniform": f"log-uniform, {low:g} to {high:g}",
            "fixed": "fixed",
        }[prior.distribution.value]
        mark = " (fitted)" if value != prior.value else ""
        rows.append(f"| `{name}` | {value:.4g}{mark} | {spread} | {prior.unit} | {prior.why} | {prior.source} |")
    return "\n".join(rows)


def settings_table() -> str:
    """Markdown table of the solver's default settings."""
    options = SolverOptions()
    rows = [
        ("largest nodal force left [N]", options.tolerance_n),
        ("most iterations", options.max_iterations),
        ("longest nodal step of one iteration [mm]", options.longest_step_mm),
    ]
    return "\n".join(["| setting | default |", "|---|---|", *(f"| {name} | {value:g} |" for name, value in rows)])


def with_part(page: str, name: str, text: str) -> str:
    """The page with the part between the markers of `name` renewed."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    head, rest = page.split(begin)
    return f"{head}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}"


def write_part(name: str, text: str) -> None:
    """Renew one part of the page."""
    PAGE.write_text(with_part(PAGE.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def ap_mm(case: Case, state: Equilibrium) -> float:
    """A-P diameter of the carried annulus [mm]."""
    return measure_annulus(carried_annulus(case.annulus, state), minimal_surface=False).ap_mm


def energy_shares(model: CinchModel, state: Equilibrium, length: float) -> dict[str, float]:
    """Energy of each term in a locked state [N mm]; their sum is the solver's own energy."""
    parameters = model.parameters
    names = [name for group in TERMS.values() for name in group]
    work = np.zeros((2, *state.positions.shape))
    x = np.array(state.positions)

    def total(kept: tuple[str, ...]) -> float:
        off = {name: TINY for name in names if name not in kept}
        return float(energy(strip_network(model.strip, replace(parameters, **off)), x, work))

    contact = total(())
    shares = {term: total(group) - contact for term, group in TERMS.items()}
    shares["contact with the artery"] = contact
    ribbon = rod_bends(model.strip, Rod(parameters.ribbon_bending_nmm2, LANDING.distal_s_mm, LANDING.proximal_s_mm))
    without = energy(model.network, x, work)
    shares["ribbon bending"] = energy(model.network._replace(rods=join_rods([ribbon])), x, work) - without
    shares["ribbon stretch"] = 0.5 * parameters.ribbon_axial_n_per_mm * max(0.0, state.path_length_mm - length) ** 2
    return shares


def solved(model: CinchModel, plication: float) -> Equilibrium:
    """Locked state."""
    return model.lock(LANDING, model.slack_free_path(LANDING) - plication)


def pulled(model: CinchModel, plication: float) -> Equilibrium:
    """Traction state."""
    if plication == 0.0:
        return model.pull(LANDING.distal_s_mm, 0.0)
    return model.pull_to(LANDING, model.slack_free_path(LANDING) - plication)


def main() -> None:
    """Write the table and all figures."""
    write_part("parameters", parameter_table())
    write_part("settings", settings_table())
    if "--table" in sys.argv:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams.update(
        {
            "font.size": 9.5,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": MUTED,
            "axes.labelcolor": INK,
            "xtick.color": MUTED,
            "ytick.color": MUTED,
            "text.color": INK,
            "legend.frameon": False,
        }
    )
    FIGURES.mkdir(exist_ok=True)
    case = preset(CASE)
    model = model_of(case)
    locked = [solved(model, value).checked() for value in PLICATIONS]
    traction = [pulled(model, value).checked() for value in PLICATIONS]
    middle = int(np.argmin(np.abs(PLICATIONS - SHOWN)))
    write_part("example", example_table(case, model, locked[middle], traction[middle]))
    draw_network(case, model, locked[middle])
    draw_dose(case, model, locked, traction)
    draw_energy(model, locked, middle)
    draw_newton(model)
    draw_pattern(model)


def example_table(case: Case, model: CinchModel, locked: Equilibrium, traction: Equilibrium) -> str:
    """Markdown table of the example that the figures show."""
    start = measure_annulus(case.annulus, minimal_surface=False).ap_mm
    path = model.slack_free_path(LANDING)
    strip, parameters = model.strip, model.parameters
    lengths = [np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1) for ring in (strip.annulus, locked.annulus)]
    squeezed = float((lengths[1] / lengths[0] - 1.0).min())
    scale = parameters.human_stiffness_factor
    thrust = scale * parameters.annulus_axial_n * abs(squeezed)
    buckling = 2.0 * scale * np.sqrt(parameters.foundation_kpa * KPA * parameters.annulus_bending_nmm2)
    rows = [
        ("nodes of annulus, vein, artery", f"{len(strip.annulus)}, {len(strip.vein)}, {len(strip.artery)}"),
        ("landing, from the ostium [mm]", f"{LANDING.distal_s_mm:g} and {LANDING.proximal_s_mm:g}"),
        ("centreline arc [mm]", f"{model.centreline_arc(LANDING):.1f}"),
        ("slack-free path [mm]", f"{path:.1f}"),
        ("device [mm]", f"{path - SHOWN:.1f}"),
        ("plication [mm]", f"{SHOWN:.1f}"),
        (
            "A-P before, in traction, locked [mm]",
            f"{start:.1f}, {ap_mm(case, traction):.1f}, {ap_mm(case, locked):.1f}",
        ),
        ("tension in traction, locked [N]", f"{traction.tension_n:.2f}, {locked.tension_n:.2f}"),
        ("turning angle of the ribbon, locked [rad]", f"{model.turning_angle(locked, LANDING):.2f}"),
        ("largest load on the wall, locked [N/mm]", f"{model.wall_load(locked, LANDING).max():.3f}"),
        ("largest shortening of the annulus, locked [%]", f"{-100.0 * squeezed:.1f}"),
        ("its thrust against $2\\sqrt{kB}$ [N]", f"{thrust:.2f} against {buckling:.2f}"),
    ]
    return "\n".join(["| example | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _save(figure: object, name: str) -> None:
    from PIL import Image

    # 128 colours are enough for lines and keep the files small.
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110, bbox_inches="tight", pad_inches=0.08, facecolor="white")
    Image.open(picture).convert("RGB").quantize(128).save(FIGURES / name, optimize=True)


def draw_network(case: Case, model: CinchModel, state: Equilibrium) -> None:
    """Before and after from the atrium, with the ribbon's load on the wall."""
    import matplotlib.pyplot as plt

    strip, frame = model.strip, case.annulus.frame
    figure, axes = plt.subplots(1, 2, figsize=(9.2, 4.7), sharex=True, sharey=True, layout="constrained")

    def flat(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        local = frame.to_local(points)
        return local[:, 0], local[:, 1]

    def closed(points: np.ndarray) -> np.ndarray:
        return np.vstack([points, points[:1]])

    before = (strip.annulus, strip.vein, strip.artery)
    after = (state.annulus, state.vein, state.artery)
    for ax, (annulus, vein, artery), title in zip(
        axes, (before, after), ("before", f"locked, {SHOWN:g} mm plicated, T = {state.tension_n:.2f} N"), strict=True
    ):
        ax.set_title(title, fontsize=10)
        if annulus is after[0]:
            ax.plot(*flat(closed(strip.annulus)), color=PALE, lw=1.2)
            ax.plot(*flat(strip.vein), color=PALE, lw=1.2)
        places = strip.places[0][: len(vein)]
        feet = Loop(annulus).at(places)
        for one, two in zip(*map(frame.to_local, (vein, feet)), strict=True):
            ax.plot([one[0], two[0]], [one[1], two[1]], color=PALE, lw=0.6, zorder=0)
        ax.plot(*flat(closed(annulus)), "-o", ms=2.0, lw=1.4, color=INK, label="annulus (96 nodes)")
        ax.plot(*flat(vein), "-o", ms=1.8, lw=1.2, color=BLUE, label="vein axis (84 nodes)")
        if len(artery):
            ax.plot(*flat(artery), "-o", ms=1.5, lw=1.2, color=RED, label="circumflex near the vein")
        path = strip.path(vein, LANDING.distal_s_mm, LANDING.proximal_s_mm)
        ax.plot(*flat(path), color=ORANGE, lw=2.0, label="ribbon, on the inner wall")
        ax.plot(*flat(path[[0, -1]]), "s", color=ORANGE, ms=6)
        ax.set_aspect("equal")
    load = model.wall_load(state, LANDING)
    wall = state.vein + strip.inner_wall
    gap = np.diff(wall, axis=0)
    tangent_ = gap / np.linalg.norm(gap, axis=1, keepdims=True)
    inward = np.zeros_like(wall)
    inward[1:-1] = tangent_[1:] - tangent_[:-1]
    size = np.linalg.norm(inward, axis=1, keepdims=True)
    inward = np.divide(inward, size, out=np.zeros_like(inward), where=size > 0.0)
    scale = 120.0  # mm of arrow per N/mm
    tip = wall + scale * load[:, None] * inward
    sample = (load > 0.0) & (np.arange(len(load)) % 2 == 0)
    x0, y0 = flat(wall[sample])
    x1, y1 = flat(tip[sample])
    axes[1].quiver(
        x0, y0, x1 - x0, y1 - y0, angles="xy", scale_units="xy", scale=1.0, width=0.0035, color=GREEN, zorder=4
    )
    axes[1].plot([], [], color=GREEN, lw=1.6, label=f"load on the wall, up to {load.max():.3f} N/mm")
    for ax in axes:
        ax.set_xlabel("x [mm]")
    axes[0].set_ylabel("y [mm], A at the top, seen from the atrium")
    handles = axes[1].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=3, fontsize=8.5)
    _save(figure, "network.png")
    plt.close(figure)


def draw_dose(case: Case, model: CinchModel, locked: list[Equilibrium], traction: list[Equilibrium]) -> None:
    """AP and tension over plication, in traction and locked."""
    import matplotlib.pyplot as plt

    start = measure_annulus(case.annulus, minimal_surface=False).ap_mm
    mu = model.parameters.friction_coefficient
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.5), layout="constrained")
    for states, color, name in (
        (traction, RED, "traction, reacted at the ostium"),
        (locked, BLUE, "locked between the anchors"),
    ):
        change = [100.0 * (ap_mm(case, state) / start - 1.0) for state in states]
        left.plot(PLICATIONS, change, "-o", ms=3.5, color=color, label=name)
        right.plot(PLICATIONS, [state.tension_n for state in states], "-o", ms=3.5, color=color, label=name)
    angle = np.array([model.turning_angle(state, LANDING) for state in locked])
    tension = np.array([state.tension_n for state in locked])
    half = np.exp(0.5 * mu * angle)
    right.fill_between(
        PLICATIONS, tension / half, tension * half, color=BLUE, alpha=0.14, lw=0, label=f"with friction, µ = {mu:g}"
    )
    left.set(xlabel="plication [mm]", ylabel="change of the A-P diameter [%]")
    right.set(xlabel="plication [mm]", ylabel="tension of the ribbon [N]")
    for ax in (left, right):
        ax.set_xticks(np.arange(0.0, PLICATIONS[-1] + 1.0, 5.0))
        ax.legend(fontsize=8.5)
    _save(figure, "dose.png")
    plt.close(figure)


def draw_energy(model: CinchModel, locked: list[Equilibrium], shown: int) -> None:
    """Energy of each term over plication."""
    import matplotlib.pyplot as plt

    path = model.slack_free_path(LANDING)
    rows = [
        energy_shares(model, state, path - value)
        for value, state in zip(PLICATIONS, locked, strict=True)
        if value > 0.0
    ]
    for row, state in zip(rows, locked[1:], strict=True):
        if not np.isclose(sum(row.values()), state.energy_nmm, rtol=1e-6):
            raise RuntimeError(f"shares add up to {sum(row.values())}, the solver says {state.energy_nmm} N mm")
    names = sorted(rows[-1], key=lambda name: (name == "ribbon bending", -rows[-1][name]))
    names = [name for name in names if max(row[name] for row in rows) > 1.0e-3]
    values = np.array([[max(row[name], 0.0) for row in rows] for name in names])
    colors = [BLUE, "#56b4e9", ORANGE, GREEN, PURPLE, RED, "#cc79a7", "#8a7358", PALE, MUTED, INK]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.2, 3.7), layout="constrained")
    left.stackplot(PLICATIONS[1:], values, colors=colors)
    right.stackplot(PLICATIONS[1:], 100.0 * values / values.sum(axis=0), colors=colors, labels=names)
    left.set(xlabel="plication [mm]", ylabel="energy, locked [N mm]", xlim=(PLICATIONS[1], PLICATIONS[-1]))
    right.set(xlabel="plication [mm]", ylabel="share [%]", xlim=(PLICATIONS[1], PLICATIONS[-1]), ylim=(0.0, 100.0))
    handles, labels = right.get_legend_handles_labels()
    right.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5)
    _save(figure, "energy.png")
    plt.close(figure)
    at = values[:, shown - 1]
    lines = [
        f"| {name} | {energy_:.3f} | {100.0 * energy_ / at.sum():.1f} |"
        for name, energy_ in zip(names, at, strict=True)
    ]
    head = [f"| term, locked at {PLICATIONS[shown]:g} mm | energy [N mm] | share [%] |", "|---|---|---|"]
    write_part("shares", "\n".join([*head, *lines]))


def draw_newton(model: CinchModel) -> None:
    """Largest nodal force after each iteration of cold starts."""
    import matplotlib.pyplot as plt

    path = model.slack_free_path(LANDING)
    runs = {
        "locked, 5 mm": lambda m: m.lock(LANDING, path - 5.0),
        "locked, 10 mm": lambda m: m.lock(LANDING, path - 10.0),
        "locked, 20 mm": lambda m: m.lock(LANDING, path - 20.0),
        "traction, 2 N": lambda m: m.pull(LANDING.distal_s_mm, 2.0),
    }
    figure, ax = plt.subplots(figsize=(5.6, 3.7), layout="constrained")
    for (name, run), color in zip(runs.items(), (PALE, BLUE, INK, RED), strict=True):
        residuals = []
        for most in range(40):
            state = run(replace(model, options=SolverOptions(tolerance_n=1.0e-10, max_iterations=most)))
            residuals.append(state.residual_n)
            if state.status is not Status.ITERATION_LIMIT:
                break
        ax.semilogy(residuals, "-o", ms=3.5, color=color, label=name)
    ax.axhline(SolverOptions().tolerance_n, color=MUTED, lw=0.8, ls=":")
    ax.text(0.1, SolverOptions().tolerance_n * 1.6, "tolerance", fontsize=8.5, color=MUTED)
    ax.set(xlabel="Newton iteration, from the reference", ylabel="largest nodal force left [N]")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(fontsize=8.5)
    _save(figure, "newton.png")
    plt.close(figure)


def coupled(model: CinchModel) -> np.ndarray:
    """Which nodes share an element, by solver number; every contact counted, touching or not."""
    strip, network = model.strip, model.network
    na, nc, nl = len(strip.annulus), len(strip.vein), len(strip.artery)
    bends = [(np.arange(na)[:, None] + [-1, 0, 1]) % na]
    bends += [first + np.arange(1, n - 1)[:, None] + [-1, 0, 1] for first, n in ((na, nc), (na + nc, nl)) if n > 2]
    groups = [strip.numbering[bend] for bend in bends] + [network.links.nodes, network.contacts.nodes]
    pattern = np.eye(strip.n_nodes, dtype=bool)
    for group in groups:
        for one in range(group.shape[1]):
            for two in range(group.shape[1]):
                pattern[group[:, one], group[:, two]] = True
    return pattern


def heights(pattern: np.ndarray, n_band: int) -> np.ndarray:
    """Nodes below the diagonal in each node's column of the envelope, shape (n_band,)."""
    last = np.array([np.nonzero(pattern[:n_band, j])[0].max() for j in range(n_band)])
    return np.maximum.accumulate(last) - np.arange(n_band)


def operations(height: np.ndarray, border: int) -> float:
    """Multiplications and additions of a factorisation, in millions: l^2 + 2 l m + m^2 for a column of length l."""
    length = 3.0 * height[:, None] + np.array([3.0, 2.0, 1.0])
    return float((length**2 + 2.0 * length * border + border**2).sum()) / 1.0e6


def draw_pattern(model: CinchModel) -> None:
    """Pattern of the Hessian in three numberings, and the work that each costs."""
    import matplotlib.pyplot as plt
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    pattern = coupled(model)
    n = len(pattern)
    number = model.strip.numbering
    natural = pattern[np.ix_(number, number)]
    order = reverse_cuthill_mckee(csr_array(natural.astype(np.int8)), symmetric_mode=True)
    folded = natural[np.ix_(order, order)]
    n_border = 2 + len(model.strip.border)
    cases = (
        ("annulus, then vein, then artery", natural, n),
        ("folded (reverse Cuthill-McKee)", folded, n),
        ("cut open, two nodes last", pattern, n - n_border),
    )
    figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.9), layout="constrained")
    for ax, (name, shown, n_band) in zip(axes, cases, strict=True):
        height = heights(shown, n_band)
        border = 3 * (n - n_band)
        band = np.full(n_band, height.max())
        rows = np.arange(n_band)
        ax.fill_between(rows, rows, rows + height, color=ORANGE, alpha=0.35, lw=0, step="mid")
        ax.spy(shown, markersize=0.8, color=INK)
        ax.set_title(
            f"{name}\nhalf-bandwidth {int(3 * height.max() + 2)}, envelope {3 * height.mean() + 2:.0f} on average\n"
            f"band {operations(band, border):.2f}, envelope {operations(height, border):.2f} Mflop",
            fontsize=8.5,
        )
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[["top", "right"]].set_visible(True)
    _save(figure, "pattern.png")
    plt.close(figure)


if __name__ == "__main__":
    main()
