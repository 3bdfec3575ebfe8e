"""One module a task, all of one shape; `registry` finds them by name."""
