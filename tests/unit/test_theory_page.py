"""The page on the equilibrium is in step with the parameters, and its links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

MAX_BYTES = 150_000


@pytest.fixture(scope="module")
def script(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_figures", repository / "docs" / "make_figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "theory.md").read_text(encoding="utf-8")


def test_tables_are_in_step_with_the_code(script: ModuleType, page: str) -> None:
    renewed = script.with_part(page, "parameters", script.parameter_table())
    renewed = script.with_part(renewed, "settings", script.settings_table())
    assert page == renewed, "run: python docs/make_figures.py --table"


def test_pictures_are_there_and_small(repository: Path, page: str) -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page)
    assert len(pictures) == 5
    for name in pictures:
        assert (repository / "docs" / name).stat().st_size < MAX_BYTES, name


def test_keys_are_defined(repository: Path, page: str) -> None:
    bibliography = (repository / "docs" / "references.bib").read_text(encoding="utf-8")
    known = set(re.findall(r"^@\w+\{([^,\s]+),", bibliography, re.MULTILINE))
    cited = {
        key
        for group in re.findall(r"\[([a-z][a-z0-9-]+(?:, [a-z][a-z0-9-]+)*)\](?!\()", page)
        for key in group.split(", ")
    }
    assert cited - known - {"mm", "rad"} == set()


def test_headings_of_the_contents_exist(page: str) -> None:
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in page.splitlines()
        if line.startswith("#")
    }
    links = re.findall(r"\]\(#([^)]+)\)", page)
    assert len(links) == 10
    assert [link for link in links if link not in anchors] == []


def test_oriented_ring_is_stiffer_than_a_free_one() -> None:
    """Section 3.2: 1 + 1/n^2, against the discrete term's own matrix on a 720-gon; order h^2, so 1e-3."""
    nodes, radius = 720, 20.0
    theta = 2.0 * np.pi * np.arange(nodes) / nodes
    edge = 2.0 * radius * np.sin(np.pi / nodes)
    for n in (2, 3, 5):
        radial, along = np.cos(n * theta), -np.sin(n * theta) / n
        out = np.stack([np.cos(theta), np.sin(theta)], axis=1)
        round_ = np.stack([-np.sin(theta), np.cos(theta)], axis=1)
        u = radial[:, None] * out + along[:, None] * round_
        bend = (np.roll(u, -1, axis=0) - 2.0 * u + np.roll(u, 1, axis=0)) / edge
        energy = 0.5 / edge * np.sum(bend**2)
        free = 0.5 * np.pi * radius * (n**2 - 1.0) ** 2 / radius**4
        assert energy / free == pytest.approx(1.0 + 1.0 / n**2, rel=1e-3)


@pytest.mark.parametrize(("ratio", "convex"), [(4.0, True), (33.0, True), (36.0, False)])
def test_stiffening_is_convex_up_to_a_ratio_of_34(ratio: float, convex: bool) -> None:
    """Section 3.5: the Hessian of (u.Qu)|u|^2 along all directions of the plane of the two extremes."""
    angle = np.linspace(0.0, np.pi, 20_001)
    u = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    shape = np.diag([1.0, ratio])
    qu = u @ shape
    q = np.sum(u * qu, axis=1)
    cross = qu[:, :, None] * u[:, None, :]
    hessian = 2.0 * shape + 2.0 * q[:, None, None] * np.eye(2) + 4.0 * (cross + np.swapaxes(cross, 1, 2))
    assert (np.linalg.eigvalsh(hessian).min() >= 0.0) == convex
