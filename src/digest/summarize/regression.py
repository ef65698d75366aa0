"""A logistic regression over named features, as a file that a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Any


@dataclass(frozen=True, slots=True)
class Term:
    """What one feature contributes."""

    mean: float
    """What is taken from the feature …"""
    scale: float
    """… what it is then divided by …"""
    weight: float
    """… and what it then counts."""

    def __call__(self, value: float) -> float:
        """Its part of the logit."""
        return (value - self.mean) / self.scale * self.weight


@dataclass(frozen=True, slots=True)
class Regression:
    """From features to a probability."""

    bias: float
    terms: Mapping[str, Term]

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Regression:
        """As ``to_json`` wrote it."""
        return cls(told["bias"], {name: Term(**term) for name, term in told["features"].items()})

    def to_json(self) -> dict[str, Any]:
        """For a person to read, and for ``from_json``: to six digits."""
        return {
            "bias": _round(self.bias),
            "features": {
                name: {
                    "mean": _round(term.mean),
                    "scale": _round(term.scale),
                    "weight": _round(term.weight),
                }
                for name, term in self.terms.items()
            },
        }

    def parts(self, features: Mapping[str, float]) -> dict[str, float]:
        """What each feature adds to the logit: below 0 it speaks against."""
        return {name: term(features[name]) for name, term in self.terms.items()}

    def probability(self, features: Mapping[str, float]) -> float:
        """From 0 to 1."""
        return 1 / (1 + exp(-self.bias - sum(self.parts(features).values())))


def _round(value: float) -> float:
    return float(f"{value:.6g}")
