"""Reproducible randomness: every decision draws from a generator named after what it decides, never from shared state."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

import numpy as np

T = TypeVar("T")
MASK = (1 << 64) - 1


def mix(*parts: int | str) -> int:
    """Hash numbers and names to 64 bits, the same in every process and Python version (splitmix64)."""
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = (state ^ (crc32(part.encode()) if isinstance(part, str) else part)) + 0x9E3779B97F4A7C15 & MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & MASK
        state ^= state >> 31
    return state


class Dice:
    """Choices for one record, all derived from `random.Random.random`, the one method whose sequence Python guarantees."""

    __slots__ = ("_random",)

    def __init__(self, *parts: int | str) -> None:
        self._random = random.Random(mix(*parts)).random

    def unit(self) -> float:
        """A number from 0 up to 1."""
        return self._random()

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self._random() < share

    def below(self, n: int) -> int:
        """A whole number from 0 up to n."""
        return int(self._random() * n)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self._random() * len(options))]


def vectors(*parts: int | str) -> np.random.Generator:
    """A numpy generator for decisions that are drawn for many records at once."""
    return np.random.Generator(np.random.PCG64(mix(*parts)))
