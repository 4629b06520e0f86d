"""
The compiled step of tracking: fixes in, the courier's motion out; knows nothing of pings, events and clients.

Compiled code is kept in a folder named after the sources: numba's own cache looks at the file of a function only, and
would go on with old code when a function that it calls has changed in another file.
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import Final


def _cache_folder() -> Path:
    here = Path(__file__).parent
    digest = sha256(b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))).hexdigest()[:16]
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return Path(named) / f"tracking-{digest}"
    beside = here / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
    except OSError:
        writable = False
    else:
        writable = os.access(beside, os.W_OK)
    home = beside if writable else Path.home() / ".cache" / "corridor"
    return home / f"tracking-{digest}"


CACHE_FOLDER: Final = _cache_folder()
"""Where the compiled code is kept; NUMBA_CACHE_DIR names another place."""


def is_compiled() -> bool:
    """Whether the compiled code is there already; otherwise its first use takes some seconds."""
    return any(CACHE_FOLDER.rglob("run.run-*.nbc"))
