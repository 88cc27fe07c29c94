"""The HTML report: one self-contained page of a simulation, plan, comparison, evaluation, study or trial."""

from annulus.report._page import report_html, write_report
from annulus.report._section import Section
from annulus.report._sections import REPORTED

__all__ = ["REPORTED", "Section", "report_html", "write_report"]
