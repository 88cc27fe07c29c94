"""A real browser: Debian's Chromium, driven without any download; skipped where it is not installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from annulus import Result, load_case, simulate

# WebGL without a GPU; the sandbox cannot start for the superuser of a container.
_FLAGS = ["--enable-unsafe-swiftshader", "--use-angle=swiftshader", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed (Debian package chromium)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page of 1280 x 800 in which any error of a script fails the test, and any request off this machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    errors, requests = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    yield page
    context.close()
    assert not errors
    local = ("http://127.0.0.1:", "file:", "data:", "blob:")
    assert not [url for url in requests if not url.startswith(local)]


@pytest.fixture(scope="session")
def fmr_result(repository: Any) -> Result:
    case = load_case(repository / "data" / "meshes" / "fmr" / "case.json")
    return simulate(case, "carillon-9-18-60", distal_at_mm=95.0, plication_mm=10.0, samples=20, seed=1)
