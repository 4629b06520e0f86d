"""How functions of the kernel are compiled."""

from collections.abc import Callable
from typing import Any, cast

from numba import njit


def compiled[F: Callable[..., Any]](function: F) -> F:
    """
    Compile a function to machine code, kept on disk, that runs without the interpreter's lock.

    Without numba's reference counts too (`_nrt`): counted by atomic operations for each array that a function is
    handed, they took a third of the time, and threads that share tables would wait for each other. Such a function
    makes no array of its own.
    """
    hidden: Any = {"_nrt": False}
    return cast("F", njit(cache=True, nogil=True, **hidden)(function))


def compiled_inside[F: Callable[..., Any]](function: F) -> F:
    """Compile a function that only compiled code calls: without the way in from Python, which takes time to compile."""
    hidden: Any = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast("F", njit(cache=True, nogil=True, **hidden)(function))
