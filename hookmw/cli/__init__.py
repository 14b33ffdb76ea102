"""The command line: one command a file; `app.py` lists them.

What a command prints is made in `terminal.py`, which lets nothing a stranger sent reach the
terminal unescaped.
"""

import sys

__all__ = ["main"]

MISSING = 'hookmw\'s command line needs: pip install "hookmw[cli]"'


def main() -> None:
    """Run the command that the arguments name; the entry point of `hookmw`."""
    try:
        import rich  # noqa: F401, PLC0415 - an extra
        import typer  # noqa: F401, PLC0415 - an extra
    except ImportError:
        print(MISSING, file=sys.stderr)
        sys.exit(2)
    from hookmw.cli.app import app  # noqa: PLC0415 - needs the extra

    app(prog_name="hookmw")
