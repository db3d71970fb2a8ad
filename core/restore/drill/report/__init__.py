"""A drill told for an auditor: what was done, by whom, how long it took, what it proves."""

from core.restore.drill.report.content import report_of
from core.restore.drill.report.html import as_html
from core.restore.drill.report.markdown import as_markdown
from core.restore.drill.report.parts import Report, Section, Table

__all__ = ["Report", "Section", "Table", "as_html", "as_markdown", "report_of"]
