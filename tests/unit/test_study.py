"""Studies: what a file may say, rows that do not depend on how they are computed, folders, reasons, who is served."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annulus
from annulus.errors import AnnulusError, FileError, InputError
from annulus.heart import Heart
from annulus.population import PATIENT_CLOSURE, sample_patient
from annulus.prediction import Question, World
from annulus.study import read_study, run_study, study_files, study_frame, summarise
from annulus.study._variance import variance_parts
from annulus.therapies import Wish, therapy
from study_samples import DEVICES, content, small, toml

pd = pytest.importorskip("pandas")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "rows"
    run_study(small(therapies=["carillon-9-18-60", "none"]), folder)
    return folder


def test_a_row_is_the_prediction_of_the_one_road(finished: Path) -> None:
    """Slow reference: the same patient, placed and predicted by hand."""
    frame = study_frame(finished)
    device = therapy("carillon-9-18-60")
    for index in (0, 3):
        heart = Heart(sample_patient("fmr", seed=3, index=index).case, PATIENT_CLOSURE)
        placed = device.site(heart, Wish(plication_mm=8.0))
        expected = Question(heart, device, placed.site, placed.load).numbers(World())
        row = frame[(frame["heart"] == index) & (frame["therapy"] == device.name)].iloc[0]
        for key in ("annulus.after.ap_mm", "regurgitation.before.eroa_mm2", "regurgitation.after.eroa_mm2"):
            assert row[key] == expected[key], key


def test_a_patient_leaks_what_its_echo_states(finished: Path) -> None:
    frame = study_frame(finished)
    for index in range(6):
        stated = sample_patient("fmr", seed=3, index=index).case.echo.eroa_mm2
        assert (frame.loc[frame["heart"] == index, "regurgitation.before.eroa_mm2"] == stated).all()


def test_nothing_done_changes_nothing(finished: Path) -> None:
    frame = study_frame(finished)
    none = frame[frame["therapy"] == "none"]
    assert (none["annulus.change_percent.ap_mm"] == 0.0).all()
    assert (frame.loc[frame["therapy"] != "none", "annulus.change_percent.ap_mm"] < 0.0).all()


def test_rows_are_numbered_by_heart_then_combination(finished: Path) -> None:
    frame = study_frame(finished)
    assert list(frame["row"]) == list(range(12))
    assert list(frame["heart"]) == [i // 2 for i in range(12)]
    assert list(frame["therapy"]) == ["carillon-9-18-60", "none"] * 6


def test_more_patients_leave_the_first_as_they_are(finished: Path, tmp_path: Path) -> None:
    run_study(small(therapies=["carillon-9-18-60", "none"], population={"preset": "fmr", "n": 2, "seed": 3}), tmp_path)
    pd.testing.assert_frame_equal(study_frame(tmp_path), study_frame(finished).head(4))


def test_processes_write_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    done = run_study(small(therapies=["carillon-9-18-60", "none"]), tmp_path, workers=2)
    assert content(tmp_path) == content(finished)
    assert done.kept == 0
    again = run_study(small(therapies=["carillon-9-18-60", "none"]), tmp_path)
    assert again.kept == again.n_chunks == 3


def test_workers_above_the_cores_are_capped_with_a_word(finished: Path, tmp_path: Path) -> None:
    done = run_study(small(therapies=["carillon-9-18-60", "none"]), tmp_path, workers=1000)
    assert "1000 workers were asked for" in done.notes[0]
    assert content(tmp_path) == content(finished)


def test_missing_and_damaged_chunks_are_computed_anew(finished: Path, tmp_path: Path) -> None:
    run_study(small(therapies=["carillon-9-18-60", "none"]), tmp_path)
    first, second, _ = study_files(tmp_path)
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(data)
    second.unlink()
    (tmp_path / "rows" / ".annulus-part-1234.parquet").write_bytes(b"half")
    done = run_study(small(therapies=["carillon-9-18-60", "none"]), tmp_path)
    assert done.kept == 1
    assert first.name in done.notes[0] and "checksum" in done.notes[0]
    assert content(tmp_path) == content(finished)
    assert not list((tmp_path / "rows").glob(".*"))


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"therapis": ["none"]}, "", "did you mean 'therapies'"),
        ({"population": {"preset": "fmr", "n": 6, "sed": 3}}, "population", "did you mean 'seed'"),
        ({"population": {"preset": "fnr", "n": 6}}, "population.preset", "fnr"),
        ({"population": {"preset": "fmr", "n": 0}}, "population.n", "greater than or equal to 1"),
        ({"population": None}, "cases", "got neither"),
        ({"cases": ["data/meshes/fmr/case.json"]}, "cases", "got both"),
        ({"therapies": ["carilon-9-18-60"]}, "therapies[0]", "carillon"),
        ({"therapies": ["carillon-9-18-*5"]}, "therapies[0]", "matches none"),
        ({"therapies": []}, "therapies", "at least 1"),
        ({"loads": [{"plication_mm": 8.0, "traction_n": 2.0}]}, "loads[0]", "contradict"),
        ({"loads": [{"plication_mm": 8.0}, {"plication_mm": 9.0}]}, "loads", "a name of their own"),
        ({"loads": [{"plication_mm": 8.0, "therapies": ["ring-*"]}]}, "loads[0].therapies", "no therapy of this study"),
        (
            {"loads": [{"plication_mm": 8.0, "therapies": ["none"]}], "therapies": ["none", "carillon-9-18-60"]},
            "loads[0]",
            "nothing",
        ),
        ({"therapies": ["none"]}, "loads[0]", "no therapy of this study can be asked for it"),
        ({"landings": [{"distal": "ostium", "distal_at_mm": 90.0}]}, "landings[0]", "contradict"),
        ({"landings": [{"size": "chosen among"}]}, "landings", "at least two therapies"),
        ({"landings": [{"size": "chosen"}]}, "landings[0].size", "chosen among"),
        ({"worlds": {"seed": 1}}, "worlds.n", "add n"),
        ({"worlds": {"sampling": "joint", "n": 3}}, "worlds.n", "leave it out"),
        ({"sobol": {"base": 64}}, "sobol", 'kind = "sobol"'),
        ({"kind": "sobol", "sobol": {"base": 20}}, "", "power of two"),
        ({"kind": "fit", "worlds": {"n": 3}}, "worlds.n", "draws no worlds"),
        ({"columns": ["annulus.after.ap_m"]}, "", "did you mean 'annulus.after.ap_mm'"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_sentence(
    changes: dict[str, Any], place: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "study.toml"
    file.write_text(toml(small(**changes)), encoding="utf-8")
    with pytest.raises(FileError) as told:
        run_study(file, tmp_path / "out")
    assert told.value.place == place
    assert words in str(told.value)
    assert "study.toml" in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_another_study_is_refused_and_left_alone(finished: Path, tmp_path: Path) -> None:
    before = content(finished)
    with pytest.raises(FileError, match=r"holds another study .*they differ in loads"):
        run_study(small(therapies=["carillon-9-18-60", "none"], loads=[{"plication_mm": 9.0}]), finished)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileError, match=r"it holds notes\.txt"):
        run_study(small(), tmp_path)
    assert content(finished) == before
    assert content(tmp_path) == {"notes.txt": b"mine"}


def test_other_sources_do_not_go_on_with_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_study(small(population={"preset": "fmr", "n": 1}), tmp_path)
    monkeypatch.setattr("annulus.study._store.source_digest", lambda: "0" * 16)
    with pytest.raises(FileError, match="the package's sources have changed"):
        run_study(small(population={"preset": "fmr", "n": 1}), tmp_path)


def test_two_runs_of_one_folder_do_not_meet(tmp_path: Path) -> None:
    def second(done: int) -> None:
        if done == 2:
            with pytest.raises(FileError, match="another run"):
                run_study(small(), tmp_path)

    run_study(small(), tmp_path, progress=second)


def test_a_full_disk_is_told_and_resumed(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write that fails is the system's; what the system says is what a full disk says."""
    import annulus.study._store as store

    real, written = store.write_bytes, []

    def full(data: bytes, path: Path) -> None:
        if len(written) == 1:
            from annulus.io._write_errors import write_error

            raise write_error(path, OSError(errno.ENOSPC, "No space left on device"))
        written.append(path)
        real(data, path)

    monkeypatch.setattr(store, "write_bytes", full)
    with pytest.raises(FileError, match=r"disk is full.*1 of 3 chunks are kept: run the same command again"):
        run_study(small(therapies=["carillon-9-18-60", "none"]), tmp_path)
    monkeypatch.setattr(store, "write_bytes", real)
    assert run_study(small(therapies=["carillon-9-18-60", "none"]), tmp_path).kept == 1
    assert content(tmp_path) == content(finished)


def test_a_bad_case_is_rows_with_a_reason(tmp_path: Path) -> None:
    good = ROOT / "data" / "meshes" / "fmr" / "case.json"
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    study = small(population=None, cases=[str(tmp_path / "bad.json"), str(good)], closure="none", chunk=1)
    run_study(study, tmp_path / "out")
    frame = study_frame(tmp_path / "out")
    assert list(frame["status"]) == ["refused", "done"]
    assert frame["case"][0] == "bad" and "must be JSON" in frame["reason"][0]
    assert np.isnan(frame["annulus.after.ap_mm"][0])
    assert frame["annulus.change_percent.ap_mm"][1] < 0.0


def test_a_fault_of_the_package_is_a_row_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import annulus.study._rows as rows

    real = rows.sample_patient

    def faulty(preset: Any, *, seed: int, index: int) -> Any:
        if index == 1:
            raise ZeroDivisionError("division by zero")
        return real(preset, seed=seed, index=index)

    monkeypatch.setattr(rows, "sample_patient", faulty)
    run_study(small(population={"preset": "fmr", "n": 2, "seed": 3}), tmp_path)
    frame = study_frame(tmp_path)
    assert list(frame["status"]) == ["done", "error"]
    assert frame["reason"][1] == "ZeroDivisionError: division by zero"


def test_the_size_is_chosen_for_each_patient(tmp_path: Path) -> None:
    """Of those that fit, the length nearest to the vein's less 40 mm (the published rule)."""
    population = {"preset": "fmr", "n": 12, "seed": 3}
    run_study(small(kind="fit", columns=None, therapies=DEVICES, population=population), tmp_path / "each")
    chosen = small(
        kind="fit", columns=None, therapies=DEVICES, population=population, landings=[{"size": "chosen among"}]
    )
    run_study(chosen, tmp_path / "chosen")
    each, one = study_frame(tmp_path / "each"), study_frame(tmp_path / "chosen")
    assert len(one) == 12 and len(each) == 36
    for heart, part in each.groupby("heart"):
        row = one.iloc[heart]
        fitting = part[part["fit.fits"].astype(bool)]
        if fitting.empty:
            assert row["status"] == "refused" and row["therapy"] == "" and "no size fits" in row["reason"]
            continue
        off = (fitting["fit.vein_mm"] - fitting["fit.length_mm"] - 40.0).abs()
        assert row["therapy"] == fitting.loc[off.idxmin(), "therapy"]
    assert one["fit.fits"].any() and not one["fit.fits"].all()
    table = summarise(tmp_path / "each").tables["served by therapy"].set_index("therapy")
    assert table.loc["any of them", "fits"] == one["fit.fits"].sum()
    rule = each[each["fit.fits"].astype(bool)]
    assert ((rule["fit.distal_oversize"] >= 1.2) & (rule["fit.distal_oversize"] <= 2.0)).all()


def test_an_anchored_landing_serves_no_fewer(tmp_path: Path) -> None:
    """It tries the usual site first, then further ones."""
    served = {}
    for rule in ("ostium", "anchored"):
        study = small(kind="fit", columns=None, landings=[{"distal": rule}], population={"preset": "fmr", "n": 12})
        run_study(study, tmp_path / rule)
        served[rule] = study_frame(tmp_path / rule)
    fits = [served[rule]["fit.fits"].astype(bool) for rule in ("ostium", "anchored")]
    assert (fits[1] | ~fits[0]).all()
    assert fits[1].sum() > fits[0].sum()


def test_worlds_are_shared_by_therapies_and_nested_or_joint(tmp_path: Path) -> None:
    worlds = {"n": 4, "seed": 5}
    nested = small(therapies=["carillon-9-18-60", "double-anchor-9-18-60"], worlds=worlds)
    run_study(nested, tmp_path / "nested")
    frame = study_frame(tmp_path / "nested")
    assert len(frame) == 6 * 2 * 4
    wide = frame.pivot(index=["heart", "world"], columns="therapy", values="annulus.after.ap_mm")
    # The same device under another name, in the same worlds.
    assert (wide["carillon-9-18-60"] == wide["double-anchor-9-18-60"]).all()
    assert wide.groupby("heart")["carillon-9-18-60"].nunique().min() == 4
    joint = small(therapies=["carillon-9-18-60"], worlds={"sampling": "joint", "seed": 5})
    run_study(joint, tmp_path / "joint")
    drawn = study_frame(tmp_path / "joint").set_index("heart")
    assert list(drawn["world"]) == list(range(6))
    for heart in range(4):
        assert drawn.loc[heart, "annulus.after.ap_mm"] == wide.loc[(heart, heart), "carillon-9-18-60"]
    # A virtual patient's geometry is the truth: it is not measured with an error unless that is asked for.
    assert frame.groupby("heart")["annulus.before.ap_mm"].nunique().max() == 1


def test_shares_of_variance_of_a_known_table() -> None:
    """Closed form: rows with variance 4, columns with variance 1, their product with variance 0.25."""
    generator = np.random.default_rng(0)
    n, m = 2000, 1500
    rows, columns = generator.normal(size=(n, 1)), generator.normal(size=(1, m))
    parts = variance_parts(2.0 * rows + columns + 0.5 * rows * columns)
    # Standard error of a variance of n normals: its size times sqrt(2 / n).
    assert parts == pytest.approx((4.0, 1.0, 0.25), rel=4.0 * (2.0 / m) ** 0.5 * 2.0)


def test_summary_tables(tmp_path: Path) -> None:
    population = {"preset": "fmr", "n": 10, "seed": 3}
    run_study(small(therapies=["carillon-9-18-60", "none"], worlds={"n": 4}, population=population), tmp_path)
    found = summarise(tmp_path, keys=["annulus.change_percent.ap_mm"])
    assert found.is_finished
    frame = study_frame(tmp_path)
    mine = frame[frame["therapy"] == "carillon-9-18-60"]["annulus.change_percent.ap_mm"]
    table = found.tables["quantiles"].set_index("therapy")
    assert table.loc["carillon-9-18-60", "q50"] == pytest.approx(np.median(mine))
    shares = found.tables["variance"].iloc[0]
    assert shares["between_hearts"] + shares["between_worlds"] + shares["together"] == pytest.approx(1.0)
    difference = found.tables["differences"].iloc[0]
    assert difference["mean"] == pytest.approx(-mine.mean()) and difference["n"] == len(mine)
    parted = summarise(tmp_path, by=["annulus.before.ap_mm"]).tables["quantiles"]
    assert parted["annulus.before.ap_mm"].nunique() == 4
    with pytest.raises(InputError, match=r"did you mean 'annulus\.before\.ap_mm'"):
        summarise(tmp_path, by=["annulus.before.ap_m"])
    with pytest.raises(FileError, match="must be the folder of a study"):
        summarise(tmp_path / "rows")


def test_what_a_new_size_adds(tmp_path: Path) -> None:
    """A hypothetical 50 mm ribbon in short veins: what no size of the catalogue serves."""
    names = ["carillon-9-18-60", "carillon-9-18-80", "double-anchor-9-18-50"]
    population = {"preset": "fmr", "n": 20, "seed": 3}
    run_study(small(kind="fit", columns=None, therapies=names, population=population), tmp_path)
    frame = study_frame(tmp_path)
    fits = frame.pivot(index="heart", columns="therapy", values="fit.fits").astype(bool)
    table = summarise(tmp_path).tables["served by length_mm"].set_index("length_mm")
    gained = fits[names[2]] & ~fits[names[0]] & ~fits[names[1]]
    assert table.loc[50.0, "adds"] == gained.sum()
    assert table.loc[60.0, "only"] == (fits[names[0]] & ~fits[names[1]] & ~fits[names[2]]).sum()
    assert table.loc["any of them", "share"] == pytest.approx(fits.any(axis=1).mean())


def test_duckdb_and_pandas_read_the_rows_directly(finished: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    frame = study_frame(finished)
    query = f"select therapy, avg(\"annulus.after.ap_mm\") from '{finished}/rows/*.parquet' group by 1 order by 1"
    rows = duckdb.sql(query).fetchall()
    means = frame.groupby("therapy")["annulus.after.ap_mm"].mean()
    assert dict(rows) == pytest.approx(means.to_dict())
    read = pd.read_parquet(finished / "rows").sort_values("row", ignore_index=True)
    pd.testing.assert_frame_equal(read, frame)


def test_the_manifest_says_what_it_rests_on(finished: Path) -> None:
    manifest = annulus.io.read_json(finished / "study.json")
    assert isinstance(manifest, dict)
    assert manifest["provenance"]["version"] == annulus.__version__
    assert manifest["seeds"]["population"] == 3
    assert set(manifest["columns"]) == set(study_frame(finished).columns)
    assert manifest["geometry"] == "taken as the truth"
    assert {row["name"] for row in manifest["assumptions"]} >= {"oversize", "vein_longer_mm"}


def test_indices_of_groups(tmp_path: Path) -> None:
    """A virtual patient's geometry is the truth, so `measurement` is no input; the point world is not needed."""
    pytest.importorskip("SALib")
    key = "annulus.change_percent.ap_mm"
    sobol = {"base": 16, "grouped": True, "outputs": [key]}
    run_study(small(kind="sobol", columns=None, population={"preset": "fmr", "n": 1}, sobol=sobol), tmp_path)
    frame = study_frame(tmp_path)
    assert (frame["row"] == 0).all() and (frame["status"] == "done").all()
    assert {"tissue", "anchors", "leaflets"} <= set(frame["input"])
    shares = frame.set_index("input")["total"]
    assert "measurement" not in set(frame["input"])
    # AP after a cinch does not depend on the leaflets.
    assert shares["leaflets"] == 0.0 and shares["tissue"] > 0.1
    assert set(summarise(tmp_path).tables["importance"]["output"]) == {key}


def test_design_numbers_rows() -> None:
    design = read_study(small(therapies=["carillon-*-18-60"], worlds={"n": 5}))
    assert design.rows_per_heart == 8 * 5
    assert design.n_rows == 240 and design.n_chunks == 3
    assert [number for chunk in range(3) for number in design.hearts(chunk)] == list(range(6))


def test_dask_and_workers_are_not_both(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give one of them"):
        run_study(small(), tmp_path, workers=2, dask="tcp://127.0.0.1:1")
    with pytest.raises(AnnulusError, match="no Dask scheduler answers"):
        run_study(small(), tmp_path, dask="nonsense://127.0.0.1:1")
