"""Sphinx configuration: `make docs` builds the site into results/docs, strictly; nothing is loaded from outside."""

from collections.abc import Callable
from importlib.metadata import version as installed_version
from typing import Any

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

project = "annulus"
author = "The annulus developers"
project_copyright = "The annulus developers; BSD-3-Clause. Research use only"
version = release = installed_version("annulus")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["log", "schemas"]
html_theme = "alabaster"
html_theme_options = {
    "description": "Coronary-sinus mitral annuloplasty on patients' anatomy. Research use only.",
    "page_width": "1100px",
    "sidebar_width": "260px",
    "show_powered_by": False,
}
html_static_path: list[str] = []
html_extra_path = ["schemas"]
myst_heading_anchors = 4
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# Links to files of the repository, not to pages.
suppress_warnings = ["myst.xref_missing", "myst.header"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_fence_as_directive = ["math"]
html_math_renderer = "mathml"


def setup(app: Any) -> None:
    """Formulas as MathML, which browsers draw themselves: a typesetter would be loaded from outside."""

    def drawn(block: bool) -> tuple[Callable[[Any, Any], None], None]:
        def visit(translator: Any, node: Any) -> None:
            text = convert(node.astext().strip(), display="block" if block else "inline")
            translator.body.append(f'<div class="math">{text}</div>' if block else text)
            raise SkipNode

        return visit, None

    app.add_html_math_renderer("mathml", inline_renderers=drawn(False), block_renderers=drawn(True))
