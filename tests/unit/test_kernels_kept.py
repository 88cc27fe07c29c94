"""Compiled kernels between runs: kept, never stale, and in the way of nothing. A small package stands for the large."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import annulus

SOURCE = Path(annulus.__file__).parent

HELPER = """
from annulus._jit import kernel

@kernel
def half(x):
    return 0.5 * x
"""
CALLER = """
from annulus._jit import kernel
from annulus.kernels.helper import half

@kernel
def halved_sum(values):
    total = 0.0
    for i in range(values.shape[0]):
        total += half(values[i])
    return total
"""
RUN = """
import json, logging
import numpy as np
told = []
handler = logging.Handler()
handler.emit = lambda record: told.append((record.stage, record.kernel))
logging.getLogger("annulus.kernels").addHandler(handler)
logging.getLogger("annulus.kernels").setLevel(logging.DEBUG)
from annulus.kernels.caller import halved_sum
BEFORE
print(json.dumps([halved_sum(np.arange(4.0)), told]))
"""
ALL = [["start", "halved_sum"], ["start", "half"], ["kept", "half"], ["kept", "halved_sum"]]
LOST = [[stage.replace("kept", "lost"), name] for stage, name in ALL]

# Root may write everywhere; without these capabilities it is a user like others.
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")


@dataclass(frozen=True)
class Package:
    """A copy of what compiles kernels, with two kernels of its own, and the environment to run it in."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def kernels(self) -> Path:
        return self.root / "src" / "annulus" / "kernels"

    def start(self, *, before: str = "", prefix: Sequence[str] = (), **env: str) -> subprocess.Popen[str]:
        words = [*prefix, sys.executable, "-W", "error", "-c", RUN.replace("BEFORE", before)]
        return subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.root, env={**self.env, **env}
        )

    def run(self, **options: object) -> tuple[float, list[list[str]]]:
        return finish(self.start(**options))  # type: ignore[arg-type]

    def kept(self) -> list[Path]:
        return sorted(self.root.rglob("*.bin"))


def finish(running: subprocess.Popen[str]) -> tuple[float, list[list[str]]]:
    """The sum and what was told of compiling."""
    out, errors = running.communicate(timeout=120)
    assert (running.returncode, errors) == (0, "")
    value, told = json.loads(out)
    return value, told


@pytest.fixture
def package(tmp_path: Path) -> Package:
    folder = tmp_path / "src" / "annulus"
    (folder / "kernels").mkdir(parents=True)
    for name in ("__init__", "_jit", "_kernel_store", "_typing", "errors", "kernels/__init__"):
        shutil.copy(SOURCE / f"{name}.py", folder / f"{name}.py")
    (folder / "kernels" / "helper.py").write_text(HELPER, encoding="utf-8")
    (folder / "kernels" / "caller.py").write_text(CALLER, encoding="utf-8")
    (tmp_path / "home").mkdir()
    env = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA_", "XDG_"))}
    env |= {"PYTHONPATH": str(tmp_path / "src"), "HOME": str(tmp_path / "home"), "PYTHONDONTWRITEBYTECODE": "1"}
    return Package(tmp_path, env)


def test_second_run_compiles_nothing(package: Package) -> None:
    assert package.run() == (3.0, ALL)
    assert package.run(NUMBA_CACHE_DIR="") == (3.0, [])  # an empty name counts as none
    assert [path.parent.parent for path in package.kept()] == [package.kernels / "__pycache__"] * 2


def test_a_changed_helper_of_another_file_is_seen(package: Package) -> None:
    package.run()
    helper = package.kernels / "helper.py"
    status = helper.stat()
    helper.write_text(HELPER.replace("0.5", "2.0"), encoding="utf-8")
    os.utime(helper, ns=(status.st_atime_ns, status.st_mtime_ns))  # not even its time and size change
    assert package.run() == (12.0, ALL)
    helper.write_text(HELPER, encoding="utf-8")
    assert package.run() == (3.0, [])


@pytest.mark.parametrize("change", [{"NUMBA_BOUNDSCHECK": "1"}, {"NUMBA_CPU_NAME": "generic"}])
def test_settings_of_the_compiler_do_not_mix(package: Package, change: dict[str, str]) -> None:
    package.run()
    assert package.run(**change) == (3.0, ALL)
    assert package.run() == (3.0, [])


@pytest.mark.parametrize("content", [b"", b"\x80\x04garbage", None], ids=["empty", "garbage", "cut off"])
def test_damaged_files_are_compiled_again(package: Package, content: bytes | None) -> None:
    package.run()
    for path in package.kept():
        path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    assert package.run() == (3.0, ALL)
    assert package.run() == (3.0, [])


def test_whole_file_that_cannot_be_loaded_is_compiled_again(package: Package) -> None:
    """Such as one that names a class which is no longer there."""
    package.run()
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from annulus._jit import _STORE\n"
        "for name in sys.argv[1:]:\n"
        "    assert _STORE.write(name, b'no pickle')\n"
    )
    names = [path.name for path in package.kept()]
    subprocess.run([sys.executable, "-c", code, *names], env=package.env, check=True, timeout=60)
    value, told = package.run()
    assert value == 3.0
    assert [one for one in told if one[0]] == ALL
    assert package.run() == (3.0, [])


def test_two_processes_compile_at_once(package: Package) -> None:
    running = [package.start() for _ in range(2)]
    assert [finish(one)[0] for one in running] == [3.0, 3.0]
    assert package.run() == (3.0, [])


def test_folder_that_vanishes_during_the_run(package: Package) -> None:
    package.run()
    vanish = "import shutil, pathlib; shutil.rmtree(pathlib.Path('src/annulus/kernels/__pycache__'))"
    assert package.run(before=vanish) == (3.0, ALL)
    assert package.run() == (3.0, [])


def test_full_disk(package: Package) -> None:
    """A limit of the size of files stands for it."""
    full = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    full += "; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    assert package.run(before=full) == (3.0, LOST)
    assert package.kept() == []


def test_cache_folder_that_is_a_file(package: Package) -> None:
    (package.kernels / "__pycache__").touch()
    assert package.run() == (3.0, ALL)
    assert [path.parent.parent for path in package.kept()] == [package.root / "home" / ".cache" / "annulus"] * 2


def _without_rights(package: Package) -> tuple[str, ...]:
    """What to put before a command that shall not be able to write into the package; skips where nothing serves."""
    subprocess.run(["chmod", "-R", "a-w", str(package.root)], check=True)
    prefix = WITHOUT_RIGHTS if os.geteuid() == 0 else ()
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root without setpriv: every folder can be written")
    can = "import os, sys; sys.exit(os.access(sys.argv[1], os.W_OK))"
    if subprocess.run([*prefix, sys.executable, "-c", can, str(package.root)], check=False).returncode:
        pytest.skip("these rights cannot be given up here")
    return prefix


@pytest.mark.parametrize("home", ["home", "missing"])
def test_nothing_can_be_written(package: Package, home: str) -> None:
    assert package.run(prefix=_without_rights(package), HOME=str(package.root / home)) == (3.0, LOST)
    assert package.kept() == []


def test_what_the_installer_compiled_serves_users_without_rights(package: Package) -> None:
    package.run()
    assert package.run(prefix=_without_rights(package)) == (3.0, [])


def test_read_only_package_is_kept_in_the_users_cache(
    package: Package, tmp_path_factory: pytest.TempPathFactory
) -> None:
    prefix, cache = _without_rights(package), tmp_path_factory.mktemp("xdg")
    assert package.run(prefix=prefix, XDG_CACHE_HOME=str(cache)) == (3.0, ALL)
    assert package.run(prefix=prefix, XDG_CACHE_HOME=str(cache)) == (3.0, [])
    assert len(list((cache / "annulus").rglob("*.bin"))) == 2


def test_folder_of_another_user_is_neither_believed_nor_needed(package: Package) -> None:
    """Two users share a folder that all may write, as /tmp: the second keeps kernels of its own."""
    shared = package.root / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    package.run(NUMBA_CACHE_DIR=str(shared))
    first = package.kept()
    try:
        for path in (first[0].parent, *first):
            os.chown(path, 54321, 54321)
    except PermissionError:
        pytest.skip("only root can give files away")
    if shutil.which("setpriv") is None:
        pytest.skip("root without setpriv: every folder can be written")
    assert package.run(prefix=WITHOUT_RIGHTS, NUMBA_CACHE_DIR=str(shared)) == (3.0, ALL)
    assert package.run(prefix=WITHOUT_RIGHTS, NUMBA_CACHE_DIR=str(shared)) == (3.0, [])
    own = [path for path in package.kept() if path not in first]
    assert {path.parent.parent.name for path in own} == {f"user-{os.geteuid()}"}


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}], ids=["", "C"])
def test_folder_that_the_user_names(package: Package, locale: dict[str, str]) -> None:
    named = package.root / "with space" / "ünï-漢字"
    env = {"NUMBA_CACHE_DIR": str(named), **locale}
    assert package.run(**env) == (3.0, ALL)
    assert package.run(**env) == (3.0, [])
    assert [path.parent.parent for path in package.kept()] == [named] * 2
    helper = package.kernels / "helper.py"
    helper.write_text(HELPER.replace("0.5", "2.0"), encoding="utf-8")
    assert package.run(**env) == (12.0, ALL)


def _refused(package: Package, *, prefix: Sequence[str] = (), place: Path) -> str:
    running = package.start(prefix=prefix, NUMBA_CACHE_DIR=str(place))
    errors = running.communicate(timeout=60)[1]
    assert running.returncode == 1
    return errors.splitlines()[-1]


def test_named_folder_that_cannot_be_written_is_refused(package: Package) -> None:
    prefix = _without_rights(package)
    for place in (package.root / "home", package.root / "missing" / "below"):
        line = _refused(package, prefix=prefix, place=place)
        assert line.startswith("annulus.errors.InputError: NUMBA_CACHE_DIR must name a folder that can be written")
        assert str(place) in line


def test_named_read_only_folder_serves_when_it_holds_the_kernels(package: Package) -> None:
    named = package.root / "warmed"
    package.run(NUMBA_CACHE_DIR=str(named))
    assert package.run(prefix=_without_rights(package), NUMBA_CACHE_DIR=str(named)) == (3.0, [])


def test_kernel_outside_the_kernels_answers_for_its_own_file(package: Package) -> None:
    caller = CALLER.replace("return total", "return total + 1.0")
    (package.kernels.parent / "own.py").write_text(caller, encoding="utf-8")
    own = "from annulus.own import halved_sum"
    assert package.run(before=own) == (4.0, ALL)
    assert package.run(before=own) == (4.0, [])
    (package.kernels.parent / "own.py").write_text(caller.replace("1.0", "2.0"), encoding="utf-8")
    assert package.run(before=own) == (5.0, [["start", "halved_sum"], ["kept", "halved_sum"]])


def test_jit_can_be_switched_off(package: Package) -> None:
    assert package.run(NUMBA_DISABLE_JIT="1") == (3.0, [])
    assert package.kept() == []


def test_the_command_says_what_is_wrong_with_a_named_folder(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    case = repository / "data" / "meshes" / "fmr" / "case.json"
    done = subprocess.run(
        [sys.executable, "-m", "annulus", "measure", case],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "file")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("annulus: NUMBA_CACHE_DIR must name a folder") and done.stderr.count("\n") == 1
