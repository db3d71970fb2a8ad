"""Documents of a repository, changed as somebody who knows the format would."""

from __future__ import annotations

import json

from core.backup import documents


def rewritten(data: bytes, **changes: object) -> bytes:
    """The document with other members, and with a digest that fits them."""
    document = json.loads(data)
    del document["digest"]
    return documents._written({**document, **changes})
