"""Sounds: files from anyone to samples, and samples to files."""
