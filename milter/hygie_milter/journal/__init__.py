"""The journal: what was decided and why, chained line by line, with no content. See docs/journal.md."""
