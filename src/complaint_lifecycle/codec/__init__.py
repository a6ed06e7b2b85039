"""Events and entries as canonical JSON, and back."""

from complaint_lifecycle.codec.entries import FORGOTTEN_PART, Codec, Encoded, Upcaster
from complaint_lifecycle.codec.text import Json, canonical, canonical_list, parse

__all__ = [
    "FORGOTTEN_PART",
    "Codec",
    "Encoded",
    "Json",
    "Upcaster",
    "canonical",
    "canonical_list",
    "parse",
]
