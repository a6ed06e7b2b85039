"""Events and entries as canonical JSON, and back."""

from complaint_lifecycle.codec.entries import Codec, Encoded, Upcaster
from complaint_lifecycle.codec.text import Json, canonical, parse

__all__ = ["Codec", "Encoded", "Json", "Upcaster", "canonical", "parse"]
