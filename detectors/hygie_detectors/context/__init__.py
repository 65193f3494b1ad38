"""What stands around a finding: what its sentence says of it, and what kind of text it stands in."""
