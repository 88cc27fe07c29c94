"""Double-anchor devices: two anchors joined by a ribbon of fixed length; the Carillon catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from annulus.errors import FileError, InputError, SolveError, rounded_down
from annulus.heart import Heart, State
from annulus.mechanics.network import (
    Anchors,
    Cinch,
    CinchModel,
    CinchParameters,
    Landing,
    Ribbon,
    Traction,
    TractionReaction,
    force_share_ap,
    sensitivities,
)
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies._anchor_family import AnchorFamily, carillon, carillon_family, size_of_file
from annulus.therapies._double_anchor_quantities import DOUBLE_ANCHOR_QUANTITIES
from annulus.therapies._therapy import Load, Placement, Site, Sizing, Stage, Therapy, Wish
from annulus.therapies._vein_landing import anchor_sizing, landing_flags, sizing_flags

__all__ = ["DEFAULT_PLICATION_MM", "DoubleAnchor", "carillon", "landing_of"]

_ROUND_OFF_MM = 1e-9

DEFAULT_PLICATION_MM = 10.0
"""Plication when neither traction nor plication is asked for [mm] (assumed; always listed in the result)."""

LOW_FORCE_SHARE = 0.4
"""Below this share of force along AP a result says that the vein is flat behind P (assumed: virtual patients with
functional regurgitation have 0.47 to 0.92, `docs/theory.md`)."""

_NAME = re.compile(r"(carillon|double-anchor)-([0-9.]+)-([0-9.]+)-([0-9.]+)")

_OUT_MM = 0.05
"""An anchor reaches out of the ostium where it does so by more than this: what a table rounds to nothing is nothing."""


@dataclass(frozen=True)
class DoubleAnchor(Therapy):
    """Double anchor: two self-expanding anchors and the ribbon between their facing ends.

    Parameters
    ----------
    distal_diameter_mm, proximal_diameter_mm
        Free diameter of each anchor [mm].
    length_mm
        Ribbon between the facing ends of the anchors [mm].
    distal_footprint_mm, proximal_footprint_mm
        Length of vein that each anchor covers beyond the ribbon's end [mm]; no public value, 10 mm assumed.
    family
        "double-anchor", or "carillon" for a size within the published catalogue, or the name of a family of one's own.
    made
        The family of one's own, as its file says it; None for these two, whose rules are the Carillon's.

    Raises
    ------
    InputError
        A length that is not positive, or a Carillon outside its catalogue.
    """

    distal_diameter_mm: float
    proximal_diameter_mm: float
    length_mm: float
    distal_footprint_mm: float = carillon()["footprint"]["distal_mm"]
    proximal_footprint_mm: float = carillon()["footprint"]["proximal_mm"]
    family: str = "double-anchor"
    made: AnchorFamily | None = None

    kind: ClassVar[str] = "double_anchor"
    forms: ClassVar[str] = (
        "carillon-D-P-L or double-anchor-D-P-L (distal and proximal anchor diameter and ribbon length in mm, such as "
        "carillon-9-18-60), or the path of a device file ending in .toml"
    )
    needs: ClassVar[tuple[str, ...]] = ("coronary_sinus", "vein_radius")
    slips: ClassVar[bool] = True
    quantities: ClassVar[tuple[Quantity, ...]] = DOUBLE_ANCHOR_QUANTITIES

    @classmethod
    def named(cls, text: str) -> DoubleAnchor | None:
        """Device from a name ``carillon-D-P-L`` or ``double-anchor-D-P-L``."""
        if not text.startswith(("carillon", "double-anchor")):
            return None
        match = _NAME.fullmatch(text)
        try:
            sizes = [float(part) for part in match.groups()[1:]] if match else []
        except ValueError:
            sizes = []
        if match is None or not sizes:
            raise InputError(f"device must be named {cls.forms}; got {text!r}.")
        return cls(*sizes, family=match.group(1))

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """Names of the Carillon's sizes."""
        return tuple(f"carillon-{d:g}-{p:g}-{length:g}" for d, p, length in carillon_family().sizes())

    @classmethod
    def described(cls, facts: Mapping[str, Any], file: str) -> DoubleAnchor | None:
        """Device from a file with the keys of ``carillon.toml`` and the one size that is meant."""
        if facts.get("kind", cls.kind) != cls.kind:
            return None
        family, (distal, proximal, length) = AnchorFamily.from_facts(facts, file), size_of_file(facts, file)
        place, fault = family.size_fault(distal, proximal, length)
        if fault:
            raise FileError(file, f"size.{place}", f"{fault}: mend the size, or what is made.")
        return cls(distal, proximal, length, *family.footprint_mm, family=family.name, made=family)

    def __post_init__(self) -> None:
        for name in (item.name for item in fields(self) if item.name.endswith("_mm")):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0.0):
                raise InputError(f"device {name} must be positive; got {value}.")
            # Whole numbers too: a kernel would compile anew for them.
            object.__setattr__(self, name, float(value))
        if self.family not in ("double-anchor", "carillon") and self.made is None:
            raise InputError(f"device family must be carillon or double-anchor; got {self.family!r}.")
        if self.family == "carillon":
            _, fault = self.rules.size_fault(self.distal_diameter_mm, self.proximal_diameter_mm, self.length_mm)
            if fault:
                what = "length" if " length " in fault else "size"
                raise InputError(f"{fault}: take a {what} of the catalogue, or name the device double-anchor-D-P-L.")

    @property
    def rules(self) -> AnchorFamily:
        """What is made, and the sizing rule: its own family's, or the Carillon's."""
        return carillon_family() if self.made is None else self.made

    @property
    def anchors(self) -> Anchors:
        """Both anchors, as the network knows them."""
        return Anchors(
            self.distal_diameter_mm, self.distal_footprint_mm, self.proximal_diameter_mm, self.proximal_footprint_mm
        )

    @property
    def name(self) -> str:
        """Name as on the command line, such as ``carillon-9-18-60``."""
        sizes = (self.distal_diameter_mm, self.proximal_diameter_mm, self.length_mm)
        return "-".join([self.family, *(f"{size:g}" for size in sizes)])

    @property
    def sizing(self) -> Sizing:
        """Its sizes, and its family's rule."""
        ends = (self.distal_diameter_mm, self.proximal_diameter_mm, self.length_mm)
        feet, rules = (self.distal_footprint_mm, self.proximal_footprint_mm), self.rules
        oversize = (rules.distal_oversize, rules.proximal_oversize)
        return Sizing(*ends, *feet, oversize, rules.vein_longer_mm, rules.about_mm, DEFAULT_PLICATION_MM)

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the device."""
        why = "length of vein that an anchor covers; no public value"
        wide = "a vein narrower than an anchor widens to its free diameter, there the artery's gap and contact count it"
        rules, source = self.rules, "assumed" if self.made is None else "user"
        bounds = (f"{low:g} to {high:g}" for low, high in (rules.distal_oversize, rules.proximal_oversize))
        oversize = "bounds of anchor over vein diameter that are flagged, distal and proximal; no public value"
        lines = [
            Assumption("distal_footprint_mm", self.distal_footprint_mm, "mm", why, source),
            Assumption("proximal_footprint_mm", self.proximal_footprint_mm, "mm", why, source),
            Assumption("anchored_vein", "anchor's diameter", "", wide, "assumed"),
            Assumption("oversize_bounds", ", ".join(bounds), "1", oversize, source),
        ]
        if self.family == "carillon":
            matrix = (
                f"{len(rules.sizes())} combinations: whole millimetres in the published ranges, proximal anchor wider "
                f"than distal, 70 mm with distal ones from {rules.long_distal_mm:g} mm; the makers' 37 are not public"
            )
            lines.append(Assumption("size_matrix", "chosen", "", matrix, "assumed"))
        return tuple(lines)

    def site(self, heart: Heart, wish: Wish) -> Placement:
        """Landing and load, every rule checked."""
        wish.allow(self, "distal_at_mm", "landing", "traction_n", "plication_mm", "traction_reaction")
        reaction, lines = TractionReaction.OSTIUM, list[Assumption]()
        if wish.traction_reaction is not None:
            reaction = TractionReaction(wish.traction_reaction)
        elif wish.traction_n is not None:
            why = "the operator holds the catheter at the ostium against the pull, as in the clinic; none was asked for"
            lines.append(Assumption("traction_reaction", reaction.value, "", why, "assumed"))
        traction, plication, distal = wish.traction_n, wish.plication_mm, wish.distal_at_mm
        if traction is not None and plication is not None:
            raise InputError("traction and plication must not both be given; got both: give one of them.")
        if plication is not None and not plication >= 0.0:
            raise InputError(f"plication must be >= 0 mm; got {plication:g}.")
        if wish.landing is not None:
            if distal is not None or traction is not None or plication is not None:
                raise InputError(
                    "a full landing fixes the plication; got distal site, traction or plication too: give the landing "
                    "alone."
                )
            self._require_on_vein(heart, wish.landing.distal_s_mm)
            site = Site(float(wish.landing.distal_s_mm), float(wish.landing.proximal_s_mm))
            return Placement(site, Load(traction_reaction=reaction), tuple(lines))
        model = heart.model(CinchParameters())
        if traction is None and plication is None:
            plication = DEFAULT_PLICATION_MM
            why = "neither traction nor plication was asked for"
            lines.append(Assumption("plication_mm", plication, "mm", why, "assumed"))
        if distal is None:
            wanted = self.length_mm + (DEFAULT_PLICATION_MM if plication is None else plication)
            distal = self._distal_site(heart, model, wanted)
            why = "no site was asked for: the proximal anchor, unloaded, lies just inside the ostium"
            lines.append(Assumption("distal_s_mm", distal, "mm", why, "assumed"))
        distal = float(distal)
        self._require_on_vein(heart, distal)
        if plication is None:
            return Placement(Site(distal), Load(float(traction or 0.0), None, reaction), tuple(lines))
        proximal = model.proximal_end(distal, self.length_mm + plication)
        return Placement(Site(distal, proximal), Load(None, float(plication), reaction), tuple(lines))

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """Traction, by a force or until the ribbon's ends lie at the landing; then the ribbon alone."""
        if site.distal_s_mm is None:
            raise InputError(f"{self.name} needs a distal site on the vein; got none.")
        proximal = site.proximal_s_mm if load.traction_n is None else None
        ribbon = Ribbon(site.distal_s_mm, proximal, self.length_mm, self.anchors)
        pull = Traction(site.distal_s_mm, load.traction_n, load.traction_reaction)
        return Stage("traction", (pull,)), Stage("locked", (ribbon,))

    def numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Landing, forces, lengths, anchor sizes."""
        locked, model, landing = _locked(states)
        low, high = _tension_range(locked, model, landing)
        path = model.slack_free_path(landing)
        return {
            "landing.distal_s_mm": landing.distal_s_mm,
            "landing.proximal_s_mm": landing.proximal_s_mm,
            "traction_n": _tension(states["traction"]),
            "locked_tension_n": _tension(locked),
            "locked_tension_range_n[0]": low,
            "locked_tension_range_n[1]": high,
            "required_holding_force_n": high,
            "force_share_ap": force_share_ap(model, landing, heart.case.annulus),
            "plication_mm": _near_zero(path - self.length_mm),
            "centreline_arc_mm": model.centreline_arc(landing),
            "slack_free_path_mm": path,
            "device_length_mm": self.length_mm,
            **self._sizing(heart, landing),
        }

    def costly_numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """What AP loses where an anchor slips; nothing for a slack ribbon or one at a limit point."""
        locked, model, landing = _locked(states)
        pulled = states["traction"].equilibrium
        if locked.equilibrium is None or pulled is None or not (locked.converged and _tension(locked) > 0.0):
            return {}
        path, arc = model.slack_free_path(landing), model.centreline_arc(landing)
        cinch = Cinch(model, landing, self.length_mm, path, arc, pulled, locked.equilibrium)
        try:
            slopes = sensitivities(cinch, heart.case.annulus, only=("distal_s_mm", "proximal_s_mm")).derivatives
        except SolveError:
            return {}
        return {
            "ap_loss_per_distal_slip": -slopes["ap_mm"]["distal_s_mm"],
            "ap_loss_per_proximal_slip": slopes["ap_mm"]["proximal_s_mm"],
        }

    def flags(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Anchors that do not hold, strain the wall, reach out, land where they should not; a size that is not made."""
        _, _, landing = _locked(states)
        anchors, rules, sizing = self.anchors, self.rules, self._sizing(heart, landing)
        vein_mm = heart.sinus.curve.length
        flags = [*sizing_flags(sizing, anchors, rules, device_mm=self.length_mm, vein_mm=vein_mm)]
        flags += landing_flags(heart, landing, anchors, rules.large_branch_mm)
        size = (self.distal_diameter_mm, self.proximal_diameter_mm, self.length_mm)
        if self.family == "carillon" and not rules.in_matrix(*size):
            flags.append(f"{self.name} is not in the chosen matrix of sizes (the makers' own is not public).")
        out = self.proximal_footprint_mm - landing.proximal_s_mm
        if out > _OUT_MM:
            flags.append(f"the proximal anchor reaches {out:.1f} mm out of the ostium.")
        return tuple(flags)

    def summary(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Landing, lengths, anchors in the vein."""
        locked, model, landing = _locked(states)
        path = model.slack_free_path(landing)
        lines = [
            f"ribbon from {landing.proximal_s_mm:.1f} to {landing.distal_s_mm:.1f} mm of the vein; arc "
            f"{model.centreline_arc(landing):.1f}, slack-free path {path:.1f}, device {self.length_mm:.1f}, plication "
            f"{_near_zero(path - self.length_mm):.1f} mm"
        ]
        if sizing := self._sizing(heart, landing):
            lines.append(
                "vein {distal_vein_diameter_mm:.1f} mm at the distal anchor (oversize {distal_oversize:.2f}), "
                "{proximal_vein_diameter_mm:.1f} mm at the proximal one (oversize {proximal_oversize:.2f})".format(
                    **sizing
                )
            )
        share = force_share_ap(model, landing, heart.case.annulus)
        lines.append(
            f"of each newton in the ribbon {share:.2f} N press along AP behind P"
            + (
                ": the vein is flat there, so the annulus narrows across and at its corners more than along AP"
                if share < LOW_FORCE_SHARE
                else ""
            )
        )
        low, high = _tension_range(locked, model, landing)
        lines.append(f"with friction along the vein the ribbon holds {low:.2f} to {high:.2f} N")
        return tuple(lines)

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """The ribbon's path, and the anchors' places."""
        locked, model, landing = _locked(states)
        if locked.equilibrium is None:
            return {}
        path = model.strip.path(locked.equilibrium.vein, landing.distal_s_mm, landing.proximal_s_mm)
        return {"ribbon": path, "distal": path[0], "proximal": path[-1]}

    def _sizing(self, heart: Heart, landing: Landing) -> dict[str, float]:
        return anchor_sizing(heart, landing, self.anchors)

    def _distal_site(self, heart: Heart, model: CinchModel, path_mm: float) -> float:
        """Arc length at which a path of `path_mm` from just inside the ostium ends."""
        start = self.proximal_footprint_mm
        last = self._last_site(heart)
        if start >= last or model.slack_free_path(Landing(last, start)) < path_mm:
            room = 0.0 if start >= last else model.slack_free_path(Landing(last, start))
            vein, along = heart.sinus.curve.length, model.strip.vein_length
            raise InputError(
                f"device and plication together must fit into the vein: {path_mm:.1f} mm of path are needed; "
                f"between the anchors' footprints ({start:g} mm at the ostium, {self.distal_footprint_mm:g} mm at the "
                f"far end) the vein of {vein:.1f} mm, of which {along:.1f} mm run along the annulus, has "
                f"{room:.1f} mm: take a shorter device or less plication."
            )
        low, high = start, last
        for _ in range(60):
            middle = 0.5 * (low + high)
            if middle > start and model.slack_free_path(Landing(middle, start)) < path_mm:
                low = middle
            else:
                high = middle
        return 0.5 * (low + high)

    def _last_site(self, heart: Heart) -> float:
        return min(heart.strip.vein_length, heart.sinus.curve.length - self.distal_footprint_mm)

    def _require_on_vein(self, heart: Heart, distal_s_mm: float) -> None:
        last = self._last_site(heart)
        if not 0.0 < distal_s_mm <= last:
            raise InputError(
                f"distal anchor must land more than 0 and at most {rounded_down(last)} mm from the ostium (the vein, "
                f"{heart.sinus.curve.length:.1f} mm long, is near enough to the annulus along "
                f"{heart.strip.vein_length:.1f} mm, and the anchor needs {self.distal_footprint_mm:g} mm of it); got "
                f"{distal_s_mm:g} mm: move it."
            )


def _near_zero(length_mm: float) -> float:
    """A length without what its difference is uncertain by: no plication is 0, not -1e-14 and not -0.0."""
    return 0.0 if abs(length_mm) < _ROUND_OFF_MM else length_mm


def landing_of(state: State) -> Landing:
    """Both ends of the ribbon in a state that has one; `InputError` where it has none."""
    ribbon = state.ribbon
    if ribbon is None or ribbon.proximal_s_mm is None:
        raise InputError(f"the {state.name} state has no ribbon.")
    return Landing(ribbon.distal_s_mm, ribbon.proximal_s_mm)


def _locked(states: Mapping[str, State]) -> tuple[State, CinchModel, Landing]:
    state = states["locked"]
    if state.model is None:
        raise InputError("the locked state has no network.")
    return state, state.model, landing_of(state)


def _tension(state: State) -> float:
    return 0.0 if state.equilibrium is None else state.equilibrium.tension_n


def _tension_range(state: State, model: CinchModel, landing: Landing) -> tuple[float, float]:
    """Tension at the two ends that friction allows [N]: T exp(-+ mu phi / 2), phi the ribbon's turning angle."""
    if state.equilibrium is None:
        return 0.0, 0.0
    half = 0.5 * model.parameters.friction_coefficient * model.turning_angle(state.equilibrium, landing)
    tension = state.equilibrium.tension_n
    return tension * float(np.exp(-half)), tension * float(np.exp(half))
