"""The study of compressed arteries in small: it runs, and its shares are shares."""

from __future__ import annotations

from circumflex_compression import patient_rows, shares, tables


def test_a_patient_is_sized_and_predicted_in_every_world() -> None:
    rows = patient_rows(0, worlds=2)
    assert len(rows) == 3
    assert all(row["length_mm"] in (60.0, 70.0, 80.0) and 7.0 <= row["diameter_mm"] <= 14.0 for row in rows)
    found = shares(rows)
    assert found["contact"] >= found["locked 25"] >= found["locked 50"] >= 0.0


def test_the_table_names_what_was_published() -> None:
    text = tables(2)
    assert "of 2 virtual FMR patients" in text and "14 to 25 %" in text
