"""`python -m hookmw` is `hookmw`."""

from hookmw.cli import main

if __name__ == "__main__":
    main()
