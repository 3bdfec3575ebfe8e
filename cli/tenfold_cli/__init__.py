"""The command line: serve models without a cluster, and look after them."""
