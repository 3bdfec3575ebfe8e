import pytest
from pydantic import TypeAdapter, ValidationError

from tenfold_api.quantities import Bytes, Duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2ms", 0.002), ("500ms", 0.5), ("0s", 0), ("1.5s", 1.5), ("15m", 900), ("1h", 3600)],
)
def test_a_duration_knows_its_seconds(text, seconds):
    assert Duration(text).seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), ("2000000", 2_000_000), ("1k", 1000), ("5G", 5 * 10**9), ("32Mi", 32 * 2**20), ("1Ti", 2**40)],
)
def test_bytes_know_their_number(text, count):
    assert Bytes(text).bytes == count


@pytest.mark.parametrize("text", ["", "15", "s", "-1s", "1 s", "1d", "1h30m", ".5s", "1s\n"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="is not an amount like 500ms"):
        Duration(text)


@pytest.mark.parametrize("text", ["", "Mi", "-1", "1.5Gi", "1KB", "1 Mi", "1mi", "32MiB"])
def test_what_is_no_number_of_bytes_is_refused(text):
    with pytest.raises(ValueError, match="is not an amount like 2000000"):
        Bytes(text)


@pytest.mark.parametrize("text", ["32Mi", "33554432", "0"])
def test_an_amount_stays_as_it_was_written(text):
    assert Bytes(text) == text
    assert TypeAdapter(Bytes).dump_json(Bytes(text)) == f'"{text}"'.encode()


def test_bytes_may_be_a_bare_number_as_kubernetes_has_it():
    assert TypeAdapter(Bytes).validate_python(1024).bytes == 1024


@pytest.mark.parametrize(
    ("kind", "value"), [(Duration, 15), (Bytes, -1), (Bytes, True), (Bytes, 1.5), (Bytes, None)]
)
def test_other_values_are_refused_with_an_example(kind, value):
    with pytest.raises(ValidationError, match="must be an amount like"):
        TypeAdapter(kind).validate_python(value)
