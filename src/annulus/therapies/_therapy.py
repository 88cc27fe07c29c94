"""What a therapy is: one small interface, and what a user may wish of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar

from annulus._arrays import real_number
from annulus.errors import InputError
from annulus.heart import Heart, State
from annulus.mechanics.network import Action, Landing, TractionReaction
from annulus.quantity import Quantity
from annulus.sources import Assumption

__all__ = ["Load", "Placement", "Site", "Sizing", "Stage", "Therapy", "Wish", "WishError"]


class WishError(InputError):
    """A wish that a kind of therapy cannot be asked for, in any heart."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a therapy is placed on the measured vein: arc lengths from the ostium [mm]; None where it has no such end.

    Parameters
    ----------
    distal_s_mm, proximal_s_mm
        Its distal and proximal end.
    """

    distal_s_mm: float | None = None
    proximal_s_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """How hard it is pulled.

    Parameters
    ----------
    traction_n
        Pull at the ostium [N].
    plication_mm
        Slack-free path less device length [mm].
    traction_reaction
        What a pull is reacted by.
    """

    traction_n: float | None = None
    plication_mm: float | None = None
    traction_reaction: TractionReaction = TractionReaction.OSTIUM


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asks for; None where he leaves it to the therapy.

    Parameters
    ----------
    distal_at_mm
        Distal end, arc length along the vein from the ostium [mm].
    landing
        Both ends on the vein.
    traction_n, plication_mm, traction_reaction
        As in `Load`; the reaction may be given by its word.

    Raises
    ------
    InputError
        A number that is not finite, or a reaction of another name.
    """

    distal_at_mm: float | None = None
    landing: Landing | None = None
    traction_n: float | None = None
    plication_mm: float | None = None
    traction_reaction: TractionReaction | str | None = None

    def __post_init__(self) -> None:
        word = self.traction_reaction
        if isinstance(word, str):
            words = [kind.value for kind in TractionReaction]
            if word not in words:
                raise InputError(f"traction_reaction must be {' or '.join(words)}; got {word!r}.")
            object.__setattr__(self, "traction_reaction", TractionReaction(word))
        elif word is not None and not isinstance(word, TractionReaction):
            words = [kind.value for kind in TractionReaction]
            raise InputError(
                f"traction_reaction must be {' or '.join(words)}; got {word!r:.60}: give one of these words."
            )
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and item.name not in ("landing", "traction_reaction"):
                real_number(item.name, value)

    def allow(self, therapy: Therapy, *names: str) -> None:
        """Raise where something else than `names` is asked for.

        Raises
        ------
        WishError
            The first wish that this therapy cannot fulfil.
        """
        for item in fields(self):
            if getattr(self, item.name) is not None and item.name not in names:
                what = f"it takes {', '.join(names)}" if names else "its size and place stand in its name"
                raise WishError(f"{item.name} is nothing that {therapy.name} can be asked for: {what}; leave it out.")


@dataclass(frozen=True, slots=True)
class Placement:
    """Site and load of a therapy in a heart, and what had to be assumed because the user did not say."""

    site: Site = Site()
    load: Load = Load()
    assumptions: tuple[Assumption, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a therapy: a name such as ``traction`` or ``locked``, and what acts in it."""

    name: str
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Sizing:
    """Sizes and sizing rule of a device with an anchor at either end of a length of its own.

    Parameters
    ----------
    distal_diameter_mm, proximal_diameter_mm
        Free diameter of each anchor [mm].
    length_mm
        Between the facing ends of the anchors [mm].
    distal_footprint_mm, proximal_footprint_mm
        Length of vein that each anchor covers beyond that [mm].
    oversize
        Least and largest anchor over vein diameter [1], of the distal and of the proximal anchor.
    vein_longer_mm, about_mm
        How much longer than the device the vein should be, and how far below that still serves [mm].
    usual_plication_mm
        Plication where nothing is asked for [mm].
    """

    distal_diameter_mm: float
    proximal_diameter_mm: float
    length_mm: float
    distal_footprint_mm: float
    proximal_footprint_mm: float
    oversize: tuple[tuple[float, float], tuple[float, float]]
    vein_longer_mm: float
    about_mm: float
    usual_plication_mm: float


class Therapy(ABC):
    """One therapy; what is done, never what follows.

    A class of your own with this interface works in `annulus.simulate` as the shipped ones do. `name` and `stages` must
    be there; what else is left out keeps the default.
    """

    kind: ClassVar[str] = "own"
    """Kind, such as ``double_anchor``: a word for files."""

    forms: ClassVar[str] = ""
    """How its names are built, for messages and help."""

    needs: ClassVar[tuple[str, ...]] = ()
    """Parts that a case must have: of ``coronary_sinus``, ``vein_radius``, ``arteries``, ``leaflets``."""

    slips: ClassVar[bool] = False
    """Its ends on the vein are anchors, which a world lets slip towards each other."""

    closure: ClassVar[str] = "fast"
    """How the valve is closed where the user does not say; ``full`` where leaflets are held."""

    quantities: ClassVar[tuple[Quantity, ...]] = ()
    """Its own numbers, group ``therapy``."""

    @classmethod
    def named(cls, text: str) -> Therapy | None:
        """The therapy of a name in lower case; None where the name is another kind's.

        Raises
        ------
        InputError
            The name is of this kind, but no such size is made.
        """
        return None

    @classmethod
    def described(cls, facts: Mapping[str, Any], file: str) -> Therapy | None:
        """The therapy that a device file describes, by the file's content; None where it is another kind's.

        Raises
        ------
        FileError
            The file is of this kind, but its entries contradict each other.
        """
        return None

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """Names of all sizes that are made; empty where there is no catalogue."""
        return ()

    @property
    @abstractmethod
    def name(self) -> str:
        """Name as on the command line."""

    @property
    def sizing(self) -> Sizing | None:
        """How it is sized and landed, where it is anchored in the vein (`annulus.plan` searches such); else None."""
        return None

    def site(self, heart: Heart, wish: Wish) -> Placement:
        """Site and load in a heart, defaults where the wish leaves them open.

        Raises
        ------
        InputError
            A wish that cannot be fulfilled: the sentence says why and what can.
        """
        wish.allow(self)
        return Placement()

    @abstractmethod
    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """What is done, stage by stage; the last one is what stays."""

    def numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Values of `quantities` that every draw has, by their key; `states` by name of the stage."""
        return MappingProxyType({})

    def costly_numbers(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Values of the costly `quantities`, and of tables: for a result only."""
        return MappingProxyType({})

    def flags(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Sentences on what does not sit as it should."""
        return ()

    def summary(self, heart: Heart, site: Site, states: Mapping[str, State]) -> tuple[str, ...]:
        """Sentences that say what was done, for the first lines of a text."""
        return ()

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the device and its effect."""
        return ()

    def shapes(self, heart: Heart, site: Site, states: Mapping[str, State]) -> Mapping[str, Any]:
        """Its shapes for pictures: name to rows of points [mm]; a single point is an anchor's place."""
        return MappingProxyType({})
