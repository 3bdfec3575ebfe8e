"""A replica's answer is read as HTTP says, however the bytes are cut; anything else is refused."""

import pytest

from tenfold_gateway.arriving import Answer, AnswerReader, NotHttp

OK = b"HTTP/1.1 200 OK\r\n"
PLAIN = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nx-trailer: a\r\n\r\n"
UNTIL_CLOSE = OK + b"x-a: b\r\n\r\nhello"


def read(*pieces: bytes, wants_body: bool = True, ends: bool = False) -> Answer:
    reader = AnswerReader()
    answer = reader.expect(wants_body)
    for piece in pieces:
        reader.feed(piece)
    if ends:
        reader.end()
    return answer


def one_by_one(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize("data", [PLAIN, CHUNKED])
@pytest.mark.parametrize("cut", [lambda data: [data], one_by_one])
def test_an_answer_is_complete_at_its_end(data, cut):
    answer = read(*cut(data))
    assert (answer.status, answer.complete, answer.keeps_connection) == (200, True, True)
    assert answer.take() == b"hello"


@pytest.mark.parametrize("data", [PLAIN, CHUNKED])
def test_an_answer_that_broke_off_is_not_complete(data):
    answer = read(data[:-1], ends=True)
    assert (answer.begun, answer.complete) == (True, False)


def test_the_names_of_headers_come_in_lower_case_without_trailers():
    assert read(PLAIN).headers == [(b"content-length", b"5")]
    assert read(CHUNKED).headers == [(b"transfer-encoding", b"chunked")]


def test_a_body_without_a_length_ends_with_the_connection():
    assert not read(UNTIL_CLOSE).complete
    answer = read(UNTIL_CLOSE, ends=True)
    assert (answer.take(), answer.complete, answer.keeps_connection) == (b"hello", True, False)


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_some_statuses_have_no_body(status):
    assert read(b"HTTP/1.1 " + status + b"\r\n\r\n").complete


def test_an_answer_to_head_ends_with_its_headers():
    answer = read(OK + b"content-length: 5\r\n\r\n", wants_body=False)
    assert (answer.complete, answer.keeps_connection) == (True, False)


def test_interim_answers_are_passed_over():
    answer = read(b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n", PLAIN)
    assert (answer.status, answer.headers) == (200, [(b"content-length", b"5")])


@pytest.mark.parametrize("said", [b"connection: close\r\ncontent-length: 0", b"content-length: 0"])
def test_a_connection_is_kept_unless_the_replica_says_otherwise(said):
    assert read(OK + said + b"\r\n\r\n").keeps_connection is (b"close" not in said)


@pytest.mark.parametrize(
    "strange",
    [
        b"SSH-2.0-OpenSSH\r\n",
        OK + b"content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n",
        OK + b"a: b\r\n" * 20_000,
        PLAIN + PLAIN,
    ],
)
def test_what_is_not_one_answer_is_refused(strange):
    with pytest.raises(NotHttp):
        read(strange)
