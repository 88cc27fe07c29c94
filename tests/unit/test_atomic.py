"""Files and folders are replaced as a whole: old content byte for byte and no litter after every failure."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from annulus.errors import FileError
from annulus.io import load_case, replaced_file, replaced_folder, save_case, write, write_bytes, write_json, write_text
from annulus.io._atomic import write_together
from io_samples import heart

OLD = b"what was there before"
ROOT = os.geteuid() == 0


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() if p.is_file() else b"" for p in folder.rglob("*")}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.json"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing to the disk runs out of space at the moment when it must arrive there."""

    def sync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", sync)


def run(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]


def fill_folder(folder: Path, *, number: int, stop: int | None = None) -> None:
    with replaced_folder(folder) as new:
        for k in range(number):
            (new / str(k)).write_bytes(bytes(10_000))
            if k == stop:
                raise ValueError(f"stops at {stop}")


class TestFiles:
    def test_the_new_takes_the_place_of_the_old(self, old: Path) -> None:
        with replaced_file(old) as part:
            assert part.parent == old.parent and part.suffix == ".json" and old.read_bytes() == OLD
            part.write_bytes(b"new")
        assert tree(old.parent) == {"old.json": b"new"}

    def test_missing_folders_are_made(self, tmp_path: Path) -> None:
        write_text("text", tmp_path / "a" / "b" / "c.txt")
        assert (tmp_path / "a" / "b" / "c.txt").read_text() == "text"

    @pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3)])
    def test_a_block_that_fails_changes_nothing(self, old: Path, error: BaseException) -> None:
        def fail(path: Path) -> None:
            with replaced_file(path) as part:
                part.write_bytes(b"half")
                raise error

        for path in (old, old.parent / "deep" / "er" / "new.json"):
            with pytest.raises(type(error)):
                fail(path)
        assert tree(old.parent) == {"old.json": OLD}

    def test_a_full_disk_changes_nothing(self, old: Path, full_disk: None) -> None:
        with pytest.raises(FileError, match=r"old\.json: cannot be written, the disk is full; nothing was changed"):
            write_bytes(b"new", old)
        with pytest.raises(FileError, match="the disk is full"):
            write_bytes(b"new", old.parent / "deep" / "new.json")
        assert tree(old.parent) == {"old.json": OLD}

    def test_a_file_larger_than_the_limit_changes_nothing(self, old: Path) -> None:
        code = "import sys\nfrom annulus.io import write_bytes\nwrite_bytes(bytes(100_000), sys.argv[1])"
        child = run(code, old, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)))
        _, said = child.communicate(timeout=120)
        assert child.returncode == 1 and "larger than files may be here" in said
        assert tree(old.parent) == {"old.json": OLD}

    def test_files_together_are_all_or_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        last = tmp_path / "case.json"
        last.write_bytes(OLD)
        before = tree(tmp_path)
        move = Path.replace

        def fails(self: Path, target: Path) -> Path:
            if target == last:
                raise OSError(errno.EIO, "broken")
            return move(self, target)

        monkeypatch.setattr(Path, "replace", fails)
        with pytest.raises(FileError, match="broken"):
            write_together({tmp_path / "m" / "a.ply": b"a", tmp_path / "m" / "b.ply": b"b", last: b"new"})
        assert tree(tmp_path) == before
        monkeypatch.undo()
        write_together({tmp_path / "m" / "a.ply": b"a", last: b"new"})
        assert tree(tmp_path) == {"m": b"", "m/a.ply": b"a", "case.json": b"new"}

    def test_the_rights_stay(self, old: Path) -> None:
        old.chmod(0o640)
        write_bytes(b"new", old)
        assert stat.S_IMODE(old.stat().st_mode) == 0o640

    def test_a_new_file_has_the_rights_of_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0o027)
        try:
            write_bytes(b"new", tmp_path / "a" / "new.json")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "a" / "new.json").stat().st_mode) == 0o640
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o750

    @pytest.mark.skipif(not ROOT, reason="only root may give files away")
    def test_the_owner_stays(self, old: Path) -> None:
        os.chown(old, 1234, 5678)
        write_bytes(b"new", old)
        assert (old.stat().st_uid, old.stat().st_gid) == (1234, 5678)

    def test_a_link_is_followed(self, old: Path) -> None:
        (old.parent / "link.json").symlink_to("second.json")
        (old.parent / "second.json").symlink_to(old)
        write_bytes(b"new", old.parent / "link.json")
        assert (old.parent / "link.json").is_symlink() and (old.parent / "second.json").is_symlink()
        assert old.read_bytes() == b"new" and not old.is_symlink()

    def test_a_link_to_nothing_makes_what_it_names(self, tmp_path: Path) -> None:
        (tmp_path / "link.json").symlink_to(tmp_path / "to" / "come.json")
        write_bytes(b"new", tmp_path / "link.json")
        assert (tmp_path / "to" / "come.json").read_bytes() == b"new"

    def test_another_name_of_the_file_keeps_the_old(self, old: Path) -> None:
        os.link(old, old.parent / "other.json")
        write_bytes(b"new", old)
        assert (old.parent / "other.json").read_bytes() == OLD


class TestStreams:
    def test_nothing_happens_to_dev_null(self) -> None:
        before = Path("/dev/null").stat()
        write_bytes(b"new", "/dev/null")
        after = Path("/dev/null").stat()
        assert after.st_rdev == before.st_rdev and stat.S_ISCHR(after.st_mode)

    def test_dev_full_is_a_full_disk(self) -> None:
        with pytest.raises(FileError, match="/dev/full: cannot be written, the disk is full"):
            write_bytes(b"new", "/dev/full")

    def test_a_pipe_gets_the_bytes(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe.ply"
        os.mkfifo(pipe)
        got: list[bytes] = []
        reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
        reader.start()
        write(heart().surfaces["la"], pipe)
        reader.join(timeout=60)
        write(heart().surfaces["la"], tmp_path / "file.ply")
        assert got == [(tmp_path / "file.ply").read_bytes()] and stat.S_ISFIFO(pipe.stat().st_mode)

    @pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/../dev/stdout"])
    def test_standard_output_keeps_its_order_and_its_file(self, tmp_path: Path, name: str) -> None:
        code = "import sys\nfrom annulus.io import write_text\nprint(1)\nwrite_text('2\\n', sys.argv[1])\nprint(3)"
        out = tmp_path / "out.txt"
        with out.open("w") as stream:
            subprocess.run([sys.executable, "-c", code, name], stdout=stream, check=True, timeout=120)
        assert tree(tmp_path) == {"out.txt": b"1\n2\n3\n"}

    def test_a_closed_output_is_one_sentence(self) -> None:
        code = "from annulus.io import write_text\nwrite_text('x', '-')"
        words = [sys.executable, "-c", f"import sys\nsys.stdout = None\n{code}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
        assert "FileError: -: cannot be written, standard output is closed: name a file." in done.stderr

    def test_a_minus_prints(self, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch) -> None:
        monkeypatch.chdir(tmp_path)
        write_json({"a": 1}, "-")
        assert capsys.readouterr().out == '{\n  "a": 1\n}\n' and tree(tmp_path) == {}


class TestRefusals:
    def test_what_is_in_the_way_is_one_sentence(self, old: Path) -> None:
        here = old.parent
        (here / "loop").symlink_to(here / "loop")
        for path, said in (
            (here, "must be a file; it is a folder: name a file in it."),
            (old / "x.json", "lies in something that is no folder: name a file in a folder."),
            (old / "deep" / "x.json", "lies in something that is no folder"),
            (here / ("n" * 300), "has a name that is too long for the file system: name it shorter."),
            (here / ("n" * 300) / "x.json", "has a name that is too long"),
            (here / "loop", "is a symbolic link that leads back to itself"),
            (here / "a\0b", "must be the name of a file"),
        ):
            with pytest.raises(FileError) as caught:
                write_bytes(b"new", path)
            assert said in str(caught.value) and "\n" not in str(caught.value)
        assert {name: data for name, data in tree(here).items() if name != "loop"} == {"old.json": OLD}

    def test_a_disk_is_refused(self, tmp_path: Path) -> None:
        disk = tmp_path / "disk"
        try:
            os.mknod(disk, stat.S_IFBLK | 0o600, os.makedev(7, 250))
        except PermissionError:
            pytest.skip("no right to make a device")
        with pytest.raises(FileError, match="it is a disk"):
            write_bytes(b"new", disk)

    def test_missing_rights(self, old: Path) -> None:
        """As a user without rights: root may write everywhere."""
        code = (
            "import os, sys\nfrom annulus.io import write_bytes\nfrom annulus.errors import FileError\n"
            "if os.geteuid() == 0: os.setgroups([]); os.setgid(4321); os.setuid(4321)\n"
            "for path in sys.argv[1:]:\n"
            "    try: write_bytes(b'new', path)\n"
            "    except FileError as error: print(error)\n"
        )
        locked = old.parent / "locked"
        locked.mkdir()
        (locked / "x.json").write_bytes(OLD)
        (locked / "x.json").chmod(0o666)
        (locked / "shut").mkdir(mode=0o700)
        old.chmod(0o444)
        locked.chmod(0o555)
        # pytest's own folder is closed to others.
        for folder in [f for f in old.parents if f.owner() == Path.home().owner()][:3]:
            folder.chmod(folder.stat().st_mode | 0o711)
        child = run(code, old, locked / "x.json", locked / "new.json", locked / "shut" / "a.json", cwd="/")
        said, err = child.communicate(timeout=120)
        locked.chmod(0o755)
        lines = said.splitlines()
        assert len(lines) == 4, said + err
        assert all("the right to write" in line and "is missing: name another file." in line for line in lines), said
        assert str(locked) in lines[1] and old.read_bytes() == OLD and (locked / "x.json").read_bytes() == OLD

    @pytest.mark.skipif(not ROOT, reason="mounting needs root")
    def test_a_read_only_and_a_full_file_system(self, tmp_path: Path) -> None:
        place = tmp_path / "mount"
        place.mkdir()
        options = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
        if subprocess.run(options, capture_output=True, check=False).returncode:
            pytest.skip("nothing may be mounted here")
        try:
            (place / "old.json").write_bytes(OLD)
            with pytest.raises(FileError, match="the disk is full"):
                write_bytes(bytes(100_000), place / "old.json")
            with pytest.raises(FileError, match="the disk is full"):
                fill_folder(place / "folder", number=20)
            case = heart()
            big = case.surfaces["la"]
            points = np.tile(big.points, (800, 1))
            with pytest.raises(FileError, match="the disk is full"):
                save_case(_with_surface(case, points), place / "case.json")
            assert tree(place) == {"old.json": OLD}
            subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
            with pytest.raises(FileError, match=r"old\.json: cannot be written, the file system is read-only"):
                write_bytes(b"new", place / "old.json")
            with pytest.raises(FileError, match="the file system is read-only"), replaced_folder(place / "folder"):
                pass
        finally:
            subprocess.run(["umount", str(place)], check=True)


def _with_surface(case, points):
    from dataclasses import replace

    from annulus.geometry import Surface

    return replace(case, surfaces={"big": Surface(points, [[0, 1, 2]])})


WRITES_FOR_EVER = """
import sys, time
from pathlib import Path
from annulus.cli import _app
from annulus.io import replaced_file, replaced_folder

def forever(args, prog_name, standalone_mode):
    with replaced_file(sys.argv[1]) as part, replaced_folder(sys.argv[2]) as new:
        part.write_bytes(b"half")
        (new / "half.csv").write_bytes(b"half")
        print("writing", flush=True)
        time.sleep(600)

_app.app = forever
_app.main([])
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)]
)
def test_a_command_that_is_stopped_changes_nothing(old: Path, number: signal.Signals, code: int) -> None:
    folder = old.parent / "population"
    folder.mkdir()
    (folder / "patients.csv").write_bytes(OLD)
    before = tree(old.parent)
    child = run(WRITES_FOR_EVER, old, folder)
    assert child.stdout is not None and child.stdout.readline() == "writing\n"
    child.send_signal(number)
    _, said = child.communicate(timeout=120)
    assert child.returncode == code
    if number is signal.SIGKILL:
        # Nothing can be taken away then, but what was there is whole and what is left is hidden.
        after = tree(old.parent)
        assert {name: after[name] for name in before} == before
        assert all(".annulus-part-" in name for name in after.keys() - before.keys())
    else:
        assert said == "annulus: stopped.\n" and tree(old.parent) == before


class TestFolders:
    def test_a_new_folder_appears_when_it_is_complete(self, tmp_path: Path) -> None:
        with replaced_folder(tmp_path / "a" / "new") as new:
            (new / "x").write_bytes(b"1")
            assert not (tmp_path / "a" / "new").exists()
        assert tree(tmp_path) == {"a": b"", "a/new": b"", "a/new/x": b"1"}

    def test_the_content_is_exchanged_and_the_folder_stays(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        (folder / "cases").mkdir(parents=True)
        (folder / "cases" / "1").write_bytes(OLD)
        (folder / "x").write_bytes(OLD)
        folder.chmod(0o750)
        before = folder.stat()
        with replaced_folder(folder) as new:
            (new / "x").write_bytes(b"new")
            assert (folder / "cases" / "1").read_bytes() == OLD
        assert tree(folder) == {"x": b"new"}
        assert (folder.stat().st_ino, folder.stat().st_mode) == (before.st_ino, before.st_mode)

    @pytest.mark.parametrize("moves", range(1, 5))
    def test_an_exchange_that_fails_is_taken_back(self, tmp_path: Path, monkeypatch, moves: int) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        for name in ("a", "b"):
            (folder / name).write_bytes(OLD)
        before = tree(tmp_path)
        rename, count = Path.rename, []

        def fails(self: Path, target: Path) -> Path:
            count.append(target)
            if len(count) == moves:
                raise OSError(errno.EIO, "broken")
            return rename(self, target)

        def exchange() -> None:
            with replaced_folder(folder) as new:
                for name in ("b", "c"):
                    (new / name).write_bytes(b"new")

        monkeypatch.setattr(Path, "rename", fails)
        with pytest.raises(FileError, match="broken"):
            exchange()
        assert tree(tmp_path) == before

    def test_a_block_that_fails_leaves_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="stops at 3"):
            fill_folder(tmp_path / "a" / "new", number=4, stop=3)
        assert tree(tmp_path) == {}

    def test_the_working_folder_can_be_written(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.chdir(tmp_path)
        with replaced_folder(".") as new:
            (new / "x").write_bytes(b"1")
        assert Path("x").read_bytes() == b"1" and tree(tmp_path) == {"x": b"1"}

    def test_a_file_is_no_folder(self, old: Path) -> None:
        with pytest.raises(FileError, match="must be a folder; it is a file"), replaced_folder(old):
            pass


class TestCases:
    def test_saving_over_itself_touches_no_mesh(self, tmp_path: Path) -> None:
        save_case(heart(), tmp_path / "case.json")
        before = tree(tmp_path)
        times = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.ply")}
        save_case(load_case(tmp_path / "case.json"), tmp_path / "case.json")
        assert tree(tmp_path) == before and {p: p.stat().st_mtime_ns for p in times} == times
        assert sorted(p.name for p in times) == ["la.ply", "leaflet_anterior.ply", "left_ventricle.ply"]

    def test_meshes_that_are_there_are_never_written_over(self, tmp_path: Path) -> None:
        save_case(heart(), tmp_path / "case.json")
        before = tree(tmp_path)
        moved = heart().transformed(1.1 * np.eye(3), (1.0, 2.0, 3.0))
        save_case(moved, tmp_path / "case.json")
        after = tree(tmp_path)
        assert {name: after[name] for name in before if name != "case.json"} == {
            name: data for name, data in before.items() if name != "case.json"
        }
        assert load_case(tmp_path / "case.json").digest == moved.digest

    def test_meshes_of_a_replaced_case_do_not_pile_up(self, tmp_path: Path) -> None:
        for scale in (1.0, 1.1, 1.2, 1.3):
            save_case(heart().transformed(scale * np.eye(3)), tmp_path / "case.json")
        names = sorted(p.name for p in (tmp_path / "case_meshes").iterdir())
        assert len(names) == 6, names  # the first ones, which may be somebody's input, and the last ones

    def test_a_mesh_that_another_case_names_stays(self, tmp_path: Path) -> None:
        save_case(heart(), tmp_path / "case.json")
        save_case(heart().transformed(1.1 * np.eye(3)), tmp_path / "case.json")
        (tmp_path / "copy.json").write_bytes((tmp_path / "case.json").read_bytes())
        copied = load_case(tmp_path / "copy.json").digest
        save_case(heart().transformed(1.2 * np.eye(3)), tmp_path / "case.json")
        assert load_case(tmp_path / "copy.json").digest == copied

    def test_a_full_disk_leaves_case_and_meshes(self, tmp_path: Path, full_disk: None, monkeypatch) -> None:
        with monkeypatch.context() as enough:
            enough.setattr(os, "fsync", lambda _: None)
            save_case(heart(), tmp_path / "case.json")
        before = tree(tmp_path)
        with pytest.raises(FileError, match=r"case\.json: cannot be written, the disk is full|\.ply: cannot"):
            save_case(heart().transformed(1.1 * np.eye(3)), tmp_path / "case.json")
        with pytest.raises(FileError, match="the disk is full"):
            save_case(heart(), tmp_path / "new" / "case.json")
        assert tree(tmp_path) == before

    def test_a_linked_case_is_written_where_it_lies(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link.json").symlink_to(tmp_path / "real" / "case.json")
        save_case(heart(), tmp_path / "link.json")
        assert (tmp_path / "link.json").is_symlink() and (tmp_path / "real" / "case_meshes").is_dir()
        assert load_case(tmp_path / "link.json").digest == heart().digest

    def test_a_pipe_takes_no_meshes(self) -> None:
        with pytest.raises(FileError, match="needs a folder for them"):
            save_case(heart(), "/dev/null")
        assert not Path("/dev/null_meshes").exists()


def test_readers_never_see_a_part(old: Path) -> None:
    """A file that is written again and again while it is read is always one of its versions."""
    versions = [bytes([65 + k]) * 200_000 for k in range(3)]
    write_bytes(versions[0], old)
    seen, stop = set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(old.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    ends = time.monotonic() + 1.0
    while time.monotonic() < ends:
        for version in versions:
            write_bytes(version, old)
    stop.set()
    reader.join(timeout=60)
    assert seen <= set(versions)
