"""Files as answers: small on the wire, asked for again at each use and mostly "not changed"."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Response, request
from werkzeug.security import safe_join

from api.errors import NotFoundError

_COMPRESSED = {".js", ".css", ".svg", ".json", ".geojson", ".txt"}
_WORTH_IT_BYTES = 1_000


def file_answer(folder: Path, name: str, content_type: str | None, cache_control: str = "no-cache") -> Response:
    """
    A file of `folder`, compressed where the caller understands gzip.

    Names do not change with their content, so browsers ask each time and mostly hear "not changed".

    Raises
    ------
    NotFoundError
        When there is no such file, or it lies outside `folder`.
    """
    joined = safe_join(str(folder), name)
    if joined is None or not Path(joined).is_file():
        raise NotFoundError(f"there is no file {name!r}")
    path = Path(joined)
    status = path.stat()
    packs = path.suffix in _COMPRESSED and status.st_size >= _WORTH_IT_BYTES
    packed = packs and bool(request.accept_encodings["gzip"])
    response = Response(_content(path, status.st_mtime_ns, packed=packed), mimetype=content_type)
    if packs:
        response.vary.add("Accept-Encoding")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{status.st_mtime_ns:x}-{status.st_size:x}{'-gzip' if packed else ''}")
    response.headers["Cache-Control"] = cache_control
    response.make_conditional(request)
    return response


@lru_cache(maxsize=512)
def _content(path: Path, _mtime_ns: int, *, packed: bool) -> bytes:
    # the time of the last change is part of the key: a changed file is read anew
    content = path.read_bytes()
    return gzip.compress(content, 6, mtime=0) if packed else content
