"""The store of compiled kernels: whatever happens to its files, it gives back what was written or nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annulus import _kernel_store
from annulus._kernel_store import KernelStore, open_store
from annulus.errors import InputError

NAME = "rods.rod_bend-0123.bin"
CONTENT = b"compiled code " * 100


@pytest.fixture
def store(tmp_path: Path) -> KernelStore:
    return open_store(str(tmp_path / "cache"), "settings")


def _file(store: KernelStore, name: str = NAME) -> Path:
    return store.roots[0] / store.folder / name


def test_gives_back_what_was_written(store: KernelStore) -> None:
    assert store.read(NAME) is None
    assert store.write(NAME, CONTENT)
    assert store.read(NAME) == CONTENT
    assert store.write(NAME, b"")
    assert store.read(NAME) == b""
    assert [path.name for path in _file(store).parent.iterdir()] == [NAME]


def test_opening_touches_nothing(store: KernelStore, tmp_path: Path) -> None:
    store.read(NAME)
    assert list(tmp_path.iterdir()) == []


def _overwrite(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _flip_a_bit(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


def _make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": _overwrite(b""),
    "garbage": _overwrite(b"\x80\x04garbage that is no pickle"),
    "shorter than its check": _overwrite(b"short"),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "one bit": _flip_a_bit,
    "gone": lambda path: path.unlink(),
    "folder gone": lambda path: shutil.rmtree(path.parent),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_file_counts_as_none_and_is_written_anew(store: KernelStore, damage: Callable[[Path], object]) -> None:
    store.write(NAME, CONTENT)
    damage(_file(store))
    assert store.read(NAME) is None
    assert store.write(NAME, CONTENT)
    assert store.read(NAME) == CONTENT


def test_a_file_under_another_name_does_not_pass(store: KernelStore) -> None:
    store.write(NAME, CONTENT)
    shutil.copy(_file(store), _file(store, "other.bin"))
    assert store.read("other.bin") is None


def test_what_cannot_be_replaced_goes_to_the_next_root(store: KernelStore) -> None:
    store.write(NAME, CONTENT)
    _make_folder(_file(store))
    assert store.write(NAME, CONTENT)
    assert store.read(NAME) == CONTENT


@pytest.mark.parametrize("mode", [0o666, 0o664])
def test_a_file_that_others_may_write_is_not_believed(store: KernelStore, mode: int) -> None:
    store.write(NAME, CONTENT)
    _file(store).chmod(mode)
    assert store.read(NAME) is None


def test_a_file_of_another_user_is_not_believed(store: KernelStore) -> None:
    store.write(NAME, CONTENT)
    try:
        os.chown(_file(store), os.geteuid() + 4321, -1)
    except PermissionError:
        pytest.skip("only root can give files away")
    assert store.read(NAME) is None


def test_a_generous_umask_makes_no_file_that_others_may_write(store: KernelStore) -> None:
    before = os.umask(0)
    try:
        store.write(NAME, CONTENT)
    finally:
        os.umask(before)
    assert store.read(NAME) == CONTENT


def test_full_disk_leaves_nothing_behind(store: KernelStore) -> None:
    """A limit of the size of files stands for the disk: the operating system refuses in the middle of the write."""
    code = (
        "import resource, signal\n"
        "from annulus._kernel_store import open_store\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        f"store = open_store({str(store.roots[0])!r}, 'settings')\n"
        f"print(store.write({NAME!r}, {CONTENT!r}), store.write('small', b'content'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["False", "True"], done.stderr
    assert [path.name for path in _file(store).parent.iterdir()] == ["small"]


def test_root_that_is_a_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = open_store(str(tmp_path), "settings").folder
    store = KernelStore((tmp_path / "file", tmp_path / "file" / "below", tmp_path / "good"), "settings", folder)
    assert store.write(NAME, CONTENT)
    assert store.read(NAME) == CONTENT
    assert (tmp_path / "good" / folder / NAME).is_file()
    assert not KernelStore(store.roots[:2], "settings", folder).write(NAME, CONTENT)


def test_what_root_kept_before_serves_where_nothing_can_be_written(store: KernelStore, tmp_path: Path) -> None:
    store.write(NAME, CONTENT)
    warmed = KernelStore((tmp_path / "nowhere", store.roots[0]), "settings", store.folder)
    assert warmed.read(NAME) == CONTENT


def test_processes_that_write_and_read_at_once_see_whole_files(store: KernelStore) -> None:
    code = (
        "import os\n"
        "from annulus._kernel_store import open_store\n"
        f"store = open_store({str(store.roots[0])!r}, 'settings')\n"
        "mine = bytes([os.getpid() % 251]) * 200_000\n"
        "for _ in range(100):\n"
        "    written, found = store.write('same', mine), store.read('same')\n"
        "    if not written or found is None or len(found) != 200_000 or len(set(found)) != 1:\n"
        "        raise SystemExit('torn')\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(one.communicate(timeout=120)[1], one.returncode) for one in running] == [("", 0)] * 3
    assert [path.name for path in _file(store).parent.iterdir()] == ["same"]


def test_old_folders_go_and_what_is_not_ours_stays(store: KernelStore) -> None:
    root = store.roots[0]
    now = time.time()
    for age in range(6):
        old = root / f"annulus-kernels-{age:016x}"
        old.mkdir(parents=True)
        (old / NAME).write_bytes(CONTENT)
        os.utime(old, (now - 100 * age, now - 100 * age))
    (root / "annulus-kernels-mine").mkdir()
    (root / "annulus-kernels-ffffffffffffffff").symlink_to(root / "annulus-kernels-mine")
    os.utime(root / "annulus-kernels-ffffffffffffffff", (1, 1), follow_symlinks=False)
    store.write(NAME, CONTENT)
    left = {path.name for path in root.iterdir()}
    latest = {f"annulus-kernels-{age:016x}" for age in range(3)}
    assert left == {store.folder, *latest, "annulus-kernels-mine", "annulus-kernels-ffffffffffffffff"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with two kernels, in place of ours."""
    for name in ("_jit", "_kernel_store", "_typing", "kernels/rods", "kernels/more/hinges", "units"):
        path = tmp_path / "package" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"NAME = {name!r}\n", encoding="utf-8")
    monkeypatch.setattr(_kernel_store, "_PACKAGE", tmp_path / "package")
    return tmp_path / "package"


@pytest.mark.parametrize(
    ("file", "matters"),
    [("kernels/rods", True), ("kernels/more/hinges", True), ("_jit", True), ("kernels/new", True), ("units", False)],
)
def test_folder_changes_with_what_is_compiled(package: Path, tmp_path: Path, file: str, matters: bool) -> None:
    before = open_store(str(tmp_path / "cache"), "settings")
    (package / f"{file}.py").write_text("NAME = 'changed'\n", encoding="utf-8")
    after = open_store(str(tmp_path / "cache"), "settings")
    assert (after.folder != before.folder) == matters
    # A process that began before the change has old code, or, of what it imported since, new.
    assert before.write(NAME, CONTENT) == (not matters)


def test_folder_changes_with_versions_and_settings(store: KernelStore, tmp_path: Path) -> None:
    assert open_store(str(tmp_path / "cache"), "settings").folder == store.folder
    assert open_store(str(tmp_path / "cache"), "other settings").folder != store.folder
    assert re.fullmatch(r"annulus-kernels-[0-9a-f]{16}", store.folder)


def test_without_sources_nothing_is_kept(package: Path, tmp_path: Path) -> None:
    for path in package.rglob("*.py"):
        path.unlink()
    store = open_store(str(tmp_path / "cache"), "settings")
    assert not store.write(NAME, CONTENT)
    assert store.read(NAME) is None


def test_places_when_the_user_names_none(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = package / "kernels" / "__pycache__"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert open_store("", "settings").roots == (beside, tmp_path / "home" / ".cache" / "annulus")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, as the XDG base directories say
    assert open_store("", "settings").roots == (beside, tmp_path / "home" / ".cache" / "annulus")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert open_store("", "settings").roots == (beside, tmp_path / "xdg" / "annulus")


def test_user_without_a_home_has_no_cache_folder(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as for a user id without an entry
    assert open_store("", "settings").roots == (package / "kernels" / "__pycache__",)


@pytest.mark.parametrize("name", ["with space", "ünïcode-漢字", "deep/er/still"])
def test_any_name_of_a_folder_serves(tmp_path: Path, name: str) -> None:
    store = open_store(str(tmp_path / name), "settings")
    assert store.write(NAME, CONTENT)
    assert store.read(NAME) == CONTENT


def test_a_relative_folder_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("cache", "settings")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert store.write(NAME, CONTENT)
    assert _file(store) == tmp_path / "cache" / store.folder / NAME
    assert _file(store).is_file()


@pytest.mark.parametrize("below", ["", "below"])
def test_named_folder_that_is_a_file_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    named = str(tmp_path / "file" / below)
    with pytest.raises(
        InputError, match=r"NUMBA_CACHE_DIR must name a folder that can be written.*got '.*file"
    ) as told:
        open_store(named, "settings")
    assert named in str(told.value)
