"""A file is hashed once, and again when it changed."""

import os

from tenfold_runtime.digests import Digests, file_digest


def test_a_digest_is_that_of_the_content(tmp_path):
    (tmp_path / "file").write_bytes(b"content")

    assert Digests(tmp_path / "digests.json").of(tmp_path / "file") == file_digest(tmp_path / "file")


def test_a_file_that_looks_the_same_is_not_read_again(tmp_path):
    file, memory = tmp_path / "file", tmp_path / "digests.json"
    file.write_bytes(b"content")
    digests = Digests(memory)
    digests.of(file)
    digests.keep()
    memory.write_text(memory.read_text().replace(file_digest(file), "remembered"))

    assert Digests(memory).of(file) == "remembered"


def test_a_file_that_changed_is_hashed_anew_even_with_its_old_time(tmp_path):
    file, digests = tmp_path / "file", Digests(tmp_path / "digests.json")
    file.write_bytes(b"content")
    times = file.stat()
    before = digests.of(file)
    file.write_bytes(b"CONTENT")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert digests.of(file) not in (before, "")


def test_a_damaged_memory_is_forgotten(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "digests.json").write_text('{"a": 1')

    assert Digests(tmp_path / "digests.json").of(tmp_path / "file") == file_digest(tmp_path / "file")
