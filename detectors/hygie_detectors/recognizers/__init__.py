"""The recognizers: one folder a kind, logic beside its data."""
