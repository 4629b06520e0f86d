"""Files as answers: small on the wire, asked for again at each use and mostly "not changed"."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Response, request, send_from_directory

_COMPRESSED = {".js", ".css", ".svg", ".json", ".geojson", ".txt"}
_WORTH_IT_BYTES = 1_000


def file_answer(folder: Path, name: str, mimetype: str | None, cache_control: str = "no-cache") -> Response:
    """
    A file of `folder`, compressed where the caller understands gzip; 404 when there is none, or it lies outside.

    Names do not change with their content, so browsers ask each time and mostly hear "not changed".
    """
    response = send_from_directory(folder, name, mimetype=mimetype)
    response.headers["Cache-Control"] = cache_control
    path = folder / name
    if path.suffix not in _COMPRESSED:
        return response
    response.vary.add("Accept-Encoding")
    status = path.stat()
    if response.status_code != 200 or status.st_size < _WORTH_IT_BYTES or not request.accept_encodings["gzip"]:
        return response
    file = response.response
    response.direct_passthrough = False
    if hasattr(file, "close"):
        file.close()
    response.set_data(_gzipped(path, status.st_mtime_ns))
    response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=256)
def _gzipped(path: Path, _mtime_ns: int) -> bytes:
    # the time of the last change is part of the key: a new file is compressed anew
    return gzip.compress(path.read_bytes(), 6, mtime=0)
