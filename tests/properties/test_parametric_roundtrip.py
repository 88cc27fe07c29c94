"""Parameters in are measures out, over the whole range of plausible annuli."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from annulus.anatomy.measures import measure_annulus
from annulus.anatomy.parametric import AnnulusParameters, parametric_annulus

NUMBERS = {
    "ap_mm": st.floats(22.0, 50.0),
    "alpm_mm": st.floats(28.0, 58.0),
    "height_mm": st.floats(1.0, 11.0),
    "it_mm": st.floats(18.0, 34.0),
    "anterior_flattening": st.floats(0.0, 0.2),
    "p3_bulge_mm": st.floats(-1.0, 5.0),
    "p3_drop_mm": st.floats(-1.0, 2.0),
}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(values=st.fixed_dictionaries(NUMBERS))
def test_parameters_in_are_measures_out(values: dict[str, float]) -> None:
    assume(0.6 < values["ap_mm"] / values["alpm_mm"] < 1.05)
    assume(0.4 < values["it_mm"] / values["alpm_mm"] < 0.75)
    # A local drop larger than the saddle itself is no annulus of this family.
    assume(abs(values["p3_drop_mm"]) < 0.3 * values["height_mm"])
    parameters = AnnulusParameters(**values)
    found = measure_annulus(parametric_annulus(parameters), minimal_surface=False)
    for name in ("ap_mm", "alpm_mm", "height_mm", "it_mm"):
        assert abs(getattr(found, name) / getattr(parameters, name) - 1.0) < 1e-6, name
