"""Vectors from a hosted model, only where a workspace asks for one: any endpoint that speaks OpenAI's embeddings format.

Texts leave the machine, redacted, to the address in the configuration and to no other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import httpx
import numpy as np

from insights.embed import EncoderUnavailableError, Vectors, unit

_BATCH = 128
_ATTEMPTS = 4
_TIMEOUT = 60.0
_SUCCESS, _TOO_MANY, _SERVER = 200, 429, 500


class HostedEncoder:
    """Asks a hosted model for vectors.

    Args:
        url: where embeddings are made, for example `https://models.example.com/v1/embeddings`.
        model: name of the model there.
        dimensions: length of its vectors.
        key: secret that the endpoint wants; empty where it wants none.
        wait: sleeps between attempts.
    """

    def __init__(
        self, url: str, model: str, dimensions: int, key: str = "", *, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self.name = f"hosted-{model}-{dimensions}"
        self.dimensions = dimensions
        self._url, self._model, self._wait = url, model, wait
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, in order; a text without any word gives the zero vector and is not sent.

        Raises:
            EncoderUnavailableError: the endpoint cannot be used; the message says how it answered.
        """
        worded = list(dict.fromkeys(text for text in texts if text.strip()))
        places = {text: place for place, text in enumerate(worded)}
        vectors = np.zeros((len(worded) + 1, self.dimensions), dtype=np.float32)
        with httpx.Client(timeout=_TIMEOUT, headers=self._headers) as client:
            for first in range(0, len(worded), _BATCH):
                batch = worded[first : first + _BATCH]
                vectors[first : first + len(batch)] = self._ask(client, batch)
        return unit(vectors)[[places.get(text, len(worded)) for text in texts]]

    def _ask(self, client: httpx.Client, batch: Sequence[str]) -> Vectors:
        said = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._wait(2.0**attempt)
            try:
                answer = client.post(self._url, json={"model": self._model, "input": list(batch)})
            except httpx.HTTPError as error:
                said = f"{type(error).__name__}: {error}"
                continue
            if answer.status_code == _SUCCESS:
                return self._read(answer, len(batch))
            said = f"HTTP {answer.status_code}"
            if answer.status_code != _TOO_MANY and answer.status_code < _SERVER:
                break
        raise EncoderUnavailableError(
            f"the hosted encoder at {self._url} cannot be used ({said}); check url, model and key, or choose another encoder"
        )

    def _read(self, answer: httpx.Response, wanted: int) -> Vectors:
        try:
            rows = sorted(answer.json()["data"], key=lambda row: row["index"])
            found = np.asarray([row["embedding"] for row in rows], dtype=np.float32)
        except (ValueError, KeyError, TypeError) as error:
            said = f"an answer that is no list of embeddings ({type(error).__name__}: {error})"
            raise EncoderUnavailableError(f"the hosted encoder at {self._url} gave {said}; check the url") from None
        if found.shape != (wanted, self.dimensions) or not np.isfinite(found).all():
            said = f"{found.shape} numbers for {wanted} texts of {self.dimensions} dimensions"
            raise EncoderUnavailableError(f"the hosted encoder at {self._url} gave {said}; correct dimensions or model")
        return found
