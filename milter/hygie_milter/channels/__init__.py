"""Secure channels: which recipients they accept and how addresses map."""
