"""Movies: as many pictures as told, which change; what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from annulus import load_case, simulate, viz
from annulus.errors import FileError, InputError
from annulus.viz._movies import cinch_frames


def pictures(n: int = 6):
    return [np.full((41, 61, 3), 30 * k, dtype=np.uint8) for k in range(n)]


def test_gif_holds_every_picture(tmp_path):
    from PIL import Image

    path = viz.write_movie(pictures(), tmp_path / "new" / "m.gif", fps=10)
    grey = []
    with Image.open(path) as movie:
        # The rest at the end is one long picture or ten equal ones, as the writer likes.
        assert movie.n_frames >= 6
        for k in range(6):
            movie.seek(k)
            grey.append(int(np.asarray(movie.convert("L"))[20, 30]))
    assert grey == sorted(grey) and grey[-1] > grey[0] + 100


def test_mp4_is_read_back(tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    path = viz.write_movie(pictures(), tmp_path / "m.mp4", fps=10)
    command = [ffmpeg.get_ffmpeg_exe(), "-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    # Odd sides lose a pixel, as the codec needs even ones.
    means = np.frombuffer(done.stdout, dtype=np.uint8).reshape(-1, 40 * 60).mean(axis=1)
    assert len(means) == 16
    assert means[5] > means[0] + 100


def test_refused(case, result, tmp_path):
    with pytest.raises(FileError, match=r"suffix must be one of \.mp4, \.gif; got '.avi'"):
        viz.write_movie(pictures(), tmp_path / "m.avi")
    with pytest.raises(InputError, match="got none"):
        viz.write_movie([], tmp_path / "m.gif")
    with pytest.raises(InputError, match="needs a result with an annulus after"):
        viz.cinch_movie(case, {**result, "shapes": {}}, tmp_path / "m.gif")
    with pytest.raises(InputError, match="needs leaflets"):
        viz.closing_movie(replace(case, leaflets=None), tmp_path / "m.gif")
    assert not list(tmp_path.iterdir())


def test_load_path_is_solved_anew_state_by_state():
    case = load_case("data/meshes/fmr/case.json")
    result = simulate(case, "carillon-9-18-60", plication_mm=8.0, closure="none").to_dict()
    frames, how = cinch_frames(case, result, n_states=4)
    assert "solved" in how
    assert [frame["therapy"]["plication_mm"] for frame in frames] == pytest.approx([0.0, 8 / 3, 16 / 3, 8.0])
    distal = [frame["therapy"]["landing"]["distal_s_mm"] for frame in frames]
    assert distal == pytest.approx([distal[0]] * 4)
    ap = [frame["annulus"]["after"]["ap_mm"] for frame in frames]
    assert ap == sorted(ap, reverse=True)


def test_other_therapies_go_straight(case, result):
    frames, how = cinch_frames(case, {**result, "therapy": {"kind": "ring"}}, n_states=3)
    assert how == "straight lines between states"
    start, middle, end = (np.asarray(frame["shapes"]["annulus_after_mm"]) for frame in frames)
    assert start == pytest.approx(case.annulus.loop.points)
    assert middle == pytest.approx(0.5 * (start + end))
    assert "device_mm" not in frames[0]["shapes"] and "device_mm" in frames[-1]["shapes"]


@pytest.mark.usefixtures("opengl")
def test_cinch_movie_moves(case, result, tmp_path):
    from PIL import Image

    told = {**result, "therapy": {"kind": "ring", "device": "made up"}}
    path = viz.cinch_movie(case, told, tmp_path / "m.gif", size=(320, 240), n_states=2)
    with Image.open(path) as movie:
        first = np.asarray(movie.convert("RGB")).astype(int)
        movie.seek(movie.n_frames - 1)
        last = np.asarray(movie.convert("RGB")).astype(int)
    assert (np.abs(first - last).sum(axis=2) > 60).sum() > 200


class TestCommand:
    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from annulus.cli import main; main()", "view", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    def test_contradictions_leave_with_2(self, tmp_path):
        a, b = str(tmp_path / "a.png"), str(tmp_path / "b.gif")
        for words, told in (
            (["--screenshot", a, "--movie", b], "--screenshot and --movie"),
            (["--carm", "AP", "--movie", b], "--carm and --movie"),
            (["--carm", "AP", "--view", "left"], "--carm and --view"),
        ):
            done = self.run("x.json", *words)
            assert (done.returncode, done.stdout) == (2, "")
            assert told in done.stderr and len(done.stderr.strip().splitlines()) == 1

    def test_carm_offers_angulations_and_writes(self, tmp_path):
        picture = tmp_path / "c.png"
        done = self.run(
            "data/meshes/fmr/case.json", "--carm", "edge", "--screenshot", str(picture), "--size", "300x300"
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "--carm edge: RAO31/CRA23" in done.stdout
        assert picture.stat().st_size > 5000
        done = self.run("data/meshes/fmr/case.json", "--carm", "LAO30-CAU20", "--screenshot", str(picture))
        assert done.returncode == 2 and "such as LAO30/CAU20" in done.stderr
