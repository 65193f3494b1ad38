"""The monthly report: journal to figures, figures to tables, tables to a page. See docs/report.md."""
