"""Exact cases, independent codes: what `annulus verify` runs."""
