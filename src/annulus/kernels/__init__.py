"""Compiled numerics: numbers and arrays in, numbers and arrays out."""
