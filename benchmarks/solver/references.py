"""What gaps are counted from: the published best, or the best ever seen here where none is published."""

import json
from collections.abc import Mapping
from pathlib import Path


class References:
    """
    Costs in tenths by instance; published ones never change, others fall as better solutions are seen.

    Parameters
    ----------
    path
        Where the best ever seen are kept between runs.
    published
        Best known costs by instance.
    """

    def __init__(self, path: Path, published: Mapping[str, int]) -> None:
        self._path = path
        self._published = published
        self._seen: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def is_published(self, instance: str) -> bool:
        """Whether others have published this one's best."""
        return instance in self._published

    def knows(self, instance: str) -> bool:
        """Whether there is any reference yet."""
        return instance in self._published or instance in self._seen

    def get(self, instance: str) -> int:
        """The reference cost; raises `KeyError` when nothing was seen."""
        return self._published[instance] if instance in self._published else self._seen[instance]

    def saw(self, instance: str, cost: int) -> None:
        """Remember a checked cost; kept at once when it is better than any before."""
        if instance in self._published or cost >= self._seen.get(instance, cost + 1):
            return
        self._seen[instance] = cost
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._seen, indent=1, sort_keys=True) + "\n", encoding="utf-8")
