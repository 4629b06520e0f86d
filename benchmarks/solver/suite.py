"""Which instances are run: the published ones where they lie, and fresh ones that are generated on the spot."""

from pathlib import Path

from benchmarks.solver.generator import FreshSpec, generate
from benchmarks.solver.instances import known_files

_FRESH = (
    ("R1", 200, 1.0, "mixed"),
    ("R2", 400, 0.5, "narrow"),
    ("RC2", 800, 0.75, "wide"),
    ("C1", 400, 0.5, "wide"),
    ("RC1", 1000, 0.75, "narrow"),
    ("C2", 200, 0.75, "mixed"),
    ("R1", 600, 0.25, "narrow"),
    ("R2", 1000, 1.0, "wide"),
    ("RC2", 200, 1.0, "mixed"),
    ("C1", 800, 0.25, "narrow"),
    ("RC1", 400, 0.5, "mixed"),
    ("C2", 600, 0.5, "narrow"),
)
"""Class, stops, share with a window, width: each class at two sizes, from 200 to 1000."""

QUICK_FRESH = 3
"""How many of the fresh ones the default run takes."""


def fresh_specs(seed: int) -> list[FreshSpec]:
    """The fresh instances of this seed; another seed gives others of the same kinds."""
    return [FreshSpec(kind=k, stops=n, density=d, width=w, seed=seed) for k, n, d, w in _FRESH]


def write_fresh(specs: list[FreshSpec], folder: Path) -> list[Path]:
    """Generate into a folder what is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for spec in specs:
        path = folder / f"{spec.name}.txt"
        text = generate(spec).text()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def chosen_files(known_dir: Path, fresh_dir: Path, *, full: bool, only: str, fresh_seed: int) -> list[Path]:
    """Files to run, `only` being a part of their names (several parts with commas); "" takes all."""
    fresh = write_fresh(fresh_specs(fresh_seed)[: None if full or only else QUICK_FRESH], fresh_dir)
    parts = [part for part in only.split(",") if part]
    return [path for path in [*known_files(known_dir), *fresh] if not parts or any(part in path.stem for part in parts)]
