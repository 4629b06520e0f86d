"""How functions of tracking's kernel are compiled."""

from collections.abc import Callable
from typing import Any, cast

import numba

from tracking.kernel import CACHE_FOLDER

_config: Any = numba.config


def compiled[F: Callable[..., Any]](function: F) -> F:
    """
    Compile a function to machine code, kept on disk, that runs without the interpreter's lock.

    Without numba's reference counts (`_nrt`): such a function makes no array of its own, and costs less to call.
    """
    return cast("F", _kept({"_nrt": False}, function))


def compiled_inside[F: Callable[..., Any]](function: F) -> F:
    """Compile a function that only compiled code calls: without the way in from Python, which takes time to compile."""
    return cast("F", _kept({"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}, function))


def _kept(hidden: dict[str, Any], function: Callable[..., Any]) -> Any:
    # numba reads the folder when a function is decorated; the solver's kernel has one of its own.
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(CACHE_FOLDER)
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy", **hidden)(function)
    finally:
        _config.CACHE_DIR = before
