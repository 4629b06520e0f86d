"""
The compiled ruin-and-recreate kernel: tables in, better routes out; knows nothing of orders and couriers.

Compiled code is kept in a folder named after the kernel's sources: numba's own cache looks at the file of a function
only, and would go on with old code when a function that it calls has changed in another file.
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numba

_config: Any = numba.config


def _cache_folder() -> Path:
    here = Path(__file__).parent
    digest = sha256(b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))).hexdigest()[:16]
    beside = here / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
    except OSError:
        writable = False
    else:
        writable = os.access(beside, os.W_OK)
    home = beside if writable else Path.home() / ".cache" / "corridor"
    return home / f"kernel-{digest}"


CACHE_FOLDER: Final = Path(_config.CACHE_DIR) if _config.CACHE_DIR else _cache_folder()
"""Where the compiled code is kept; NUMBA_CACHE_DIR names another place."""

_config.CACHE_DIR = str(CACHE_FOLDER)


def is_compiled() -> bool:
    """Whether the compiled code is there already; otherwise its first use takes up to a minute."""
    return any(CACHE_FOLDER.rglob("pair_annealing.pair_anneal-*.nbc"))
