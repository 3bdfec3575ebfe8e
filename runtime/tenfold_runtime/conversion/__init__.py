"""From a model's files to an artifact: export, fuse, quantize, check. Runs in a process of its own.

Nothing here is imported while serving: torch and transformers' modelling code come in here and leave with
the process.
"""
