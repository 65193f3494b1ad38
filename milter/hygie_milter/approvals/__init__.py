"""Approvals: named people let a held message go by signed links. See docs/emergency-and-approval.md."""
