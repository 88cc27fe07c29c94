"""The `annulus` command: its verbs, its exit codes, and errors as one sentence."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Annotated

import typer

from annulus import __version__
from annulus.cli import (
    _bench,
    _compare,
    _evaluate,
    _export,
    _import,
    _measure,
    _plan,
    _population,
    _report,
    _shape,
    _simulate,
    _study,
    _trial,
    _verify,
    _view,
)
from annulus.cli._progress import compile_progress
from annulus.errors import AnnulusError, SolveError

__all__ = ["EXIT_BAD_INPUT", "EXIT_DONE", "EXIT_NOT_CONVERGED", "app", "main"]

EXIT_DONE = 0
EXIT_BAD_INPUT = 2
EXIT_NOT_CONVERGED = 3

# typer keeps its own copy of click out of sight; this is the common base of its usage errors.
_USAGE_ERROR: type[typer.BadParameter] = typer.BadParameter.__mro__[1]

# No rich markup: help then starts without loading rich.
app = typer.Typer(
    name="annulus",
    help="Coronary-sinus mitral annuloplasty: from a heart's geometry to the predicted effect of a device. "
    "Research use only.",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    if version:
        print(f"annulus {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())
    else:
        context.with_resource(compile_progress(context))


for _verb in (
    _import,
    _shape,
    _measure,
    _simulate,
    _plan,
    _compare,
    _evaluate,
    _population,
    _study,
    _trial,
    _view,
    _report,
    _export,
    _verify,
    _bench,
):
    _verb.register(app)


class _Stopped(BaseException):
    """A signal asked the command to end; what it was writing is taken away on the way out."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 2 bad input or usage, 3 a solve did not converge.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process when None.
    """
    for stream in (sys.stdout, sys.stderr):
        # A file's name need not be text in the terminal's encoding.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with _stoppable() as signals:
        try:
            _run(arguments)
        except BaseException:
            # Compiled code and libraries turn the exception of a signal into one of their own.
            if not signals:
                raise
        else:
            return
    print("annulus: stopped.", file=sys.stderr, flush=True)
    if arguments is None:
        # Everything is put away; waiting for worker processes that were stopped too may take for ever.
        os._exit(128 + signals[0])
    sys.exit(128 + signals[0])


def _run(arguments: Sequence[str] | None) -> None:
    words = list(sys.argv[1:] if arguments is None else arguments)
    if "--quiet" in words:
        # An option of all verbs: it may stand behind the verb too.
        words = ["--quiet", *(word for word in words if word != "--quiet")]
    try:
        code = app(args=words, prog_name="annulus", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except _USAGE_ERROR as error:
        verb = error.ctx.command_path if error.ctx else "annulus"
        _leave(f"{verb}: {error.format_message().rstrip('.')}; see '{verb} --help'.", EXIT_BAD_INPUT)
    except SolveError as error:
        _leave(f"annulus: {error}", EXIT_NOT_CONVERGED)
    except AnnulusError as error:
        _leave(f"annulus: {error}", EXIT_BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        _leave("annulus: stopped.", 130)
    except BrokenPipeError:
        # The reader of our output left early, as `head` does.
        _drop_output()
        sys.exit(EXIT_DONE)
    except OSError as error:
        _drop_output()
        where = error.filename or "standard output"
        _leave(f"annulus: {where}: cannot be used ({error.strerror or error}): name another.", EXIT_BAD_INPUT)
    else:
        sys.exit(code if isinstance(code, int) else EXIT_DONE)


@contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Within it Ctrl-C, SIGTERM and SIGHUP raise, so that nothing is left half written; the signals that came."""
    came: list[int] = []
    owner = os.getpid()

    def stop(number: int, _frame: object) -> None:
        if os.getpid() != owner:  # a worker that inherited this
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        came.append(number)
        raise _Stopped

    # Only where the system's own answer is in force: nohup ignores SIGHUP, and that stays.
    usual = (signal.SIG_DFL, signal.default_int_handler)
    before = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) in usual and threading.current_thread() is threading.main_thread()
    }
    try:
        for number in before:
            signal.signal(number, stop)
        yield came
    finally:
        for number, answer in before.items():
            signal.signal(number, answer)


def _drop_output() -> None:
    """What is still buffered must not meet the closed pipe or full disk once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _leave(message: str, code: int) -> None:
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(code)
