"""The local backend: each model is a child process of `tenfold up`."""
