"""A request as a replica gets it."""

import pytest

from tenfold_gateway.asked import Asked
from tenfold_gateway.outgoing import request

URL = "http://10.0.0.1:8000"


def test_a_request_is_written_as_http_says():
    asked = Asked("a", path="/v1/embeddings", query="a=b", body=b"{}", request_id=b"1")
    line, *lines = request(asked, URL).head.split(b"\r\n")
    assert line == b"POST /v1/embeddings?a=b HTTP/1.1"
    assert lines == [b"host: 10.0.0.1:8000", b"x-request-id: 1", b"content-length: 2", b"", b""]


def test_a_request_without_a_body_has_no_length():
    assert b"content-length" not in request(Asked("a", method="GET"), URL).head


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/pipeline/a b", b"/pipeline/a%20b"),
        ("/pipeline/a\r\nx: y", b"/pipeline/a%0D%0Ax:%20y"),
        ("/é", b"/%C3%A9"),
    ],
)
def test_a_path_cannot_begin_a_line_of_its_own(path, written):
    assert request(Asked("a", path=path), URL).head.startswith(b"POST " + written + b" HTTP/1.1\r\n")


@pytest.mark.parametrize(("method", "expected"), [("HEAD", False), ("GET", True)])
def test_an_answer_to_head_has_no_body(method, expected):
    assert request(Asked("a", method=method), URL).wants_body is expected
