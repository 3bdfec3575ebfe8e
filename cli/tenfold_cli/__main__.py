"""Run the command line: `python -m tenfold_cli`."""

from tenfold_cli.main import main

main()
