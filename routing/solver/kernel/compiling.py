"""How functions of the kernel are compiled."""

from typing import Any

from numba import njit

compiled: Any = njit(cache=True, nogil=True, _nrt=False)
"""
Decorator: compiled to machine code, kept on disk, without the interpreter's lock.

Without numba's reference counts too (`_nrt`): counted by atomic operations for each array that a function is handed,
they took a third of the time, and threads that share the tables would wait for each other. Such a function makes no
array of its own.
"""
