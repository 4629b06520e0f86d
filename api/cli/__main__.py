"""`python -m api.cli` is the `corridor` command."""

from api.cli import main

main()
