"""The `annulus` command: its verbs, its exit codes, and errors as one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from annulus import __version__
from annulus.cli import _bench, _import, _measure, _population, _shape, _simulate, _verify, _view
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
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"annulus {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


for _verb in (_import, _shape, _measure, _simulate, _population, _view, _verify, _bench):
    _verb.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 2 bad input or usage, 3 a solve did not converge.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process when None.
    """
    try:
        code = app(args=None if arguments is None else list(arguments), prog_name="annulus", standalone_mode=False)
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
        # The reader of our output left early, as `head` does. What is still buffered must not meet the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_DONE)
    else:
        sys.exit(code if isinstance(code, int) else EXIT_DONE)


def _leave(message: str, code: int) -> None:
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(code)
