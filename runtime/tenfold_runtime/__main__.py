"""Run the runtime: `python -m tenfold_runtime`."""

from tenfold_runtime.main import main

main()
