"""``python -m annulus``: the command line where no script is installed."""

from annulus.cli import main

if __name__ == "__main__":
    main()
