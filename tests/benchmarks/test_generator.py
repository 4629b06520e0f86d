from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.solver.checker import check_routes
from benchmarks.solver.generator import CLASSES, WIDTHS, FreshSpec, generate
from benchmarks.solver.instances import read_instance


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(CLASSES),
    stops=st.integers(100, 260),
    density=st.sampled_from((0.25, 0.5, 0.75, 1.0)),
    width=st.sampled_from(WIDTHS),
    seed=st.integers(0, 10_000),
)
def test_every_instance_has_routes_that_keep_its_rules(
    tmp_path_factory: pytest.TempPathFactory, kind: str, stops: int, density: float, width: str, seed: int
) -> None:
    spec = FreshSpec(kind=kind, stops=stops, density=density, width=width, seed=seed)
    fresh = generate(spec)
    path = tmp_path_factory.mktemp("fresh") / f"{fresh.name}.txt"
    path.write_text(fresh.text())

    verdict = check_routes(path, fresh.witness)

    assert verdict.problems == ()


@pytest.mark.parametrize("kind", CLASSES)
def test_large_instance_is_feasible_too(tmp_path: Path, kind: str) -> None:
    fresh = generate(FreshSpec(kind=kind, stops=1000, density=1.0, width="narrow", seed=1))
    path = tmp_path / f"{fresh.name}.txt"
    path.write_text(fresh.text())

    assert check_routes(path, fresh.witness).feasible
    assert fresh.fleet == 250


def test_same_spec_gives_the_same_instance_and_another_seed_another() -> None:
    spec = FreshSpec(kind="RC2", stops=100, density=0.5, width="mixed", seed=4)
    other = FreshSpec(kind="RC2", stops=100, density=0.5, width="mixed", seed=5)

    assert generate(spec) == generate(spec)
    assert generate(spec).stops != generate(other).stops


def test_share_of_windows_is_about_the_density() -> None:
    fresh = generate(FreshSpec(kind="R2", stops=800, density=0.25, width="narrow", seed=2))

    tight = sum(stop.due - stop.ready <= 31 for stop in fresh.stops[1:])

    assert 0.18 < tight / 800 < 0.32


def test_written_instance_is_read_back_with_the_checker_s_distances(tmp_path: Path) -> None:
    fresh = generate(FreshSpec(kind="C1", stops=120, density=1.0, width="wide", seed=3))
    path = tmp_path / f"{fresh.name}.txt"
    path.write_text(fresh.text())

    instance = read_instance(path)
    driven = sum(
        int(instance.distances[a, b]) for route in fresh.witness for a, b in zip((0, *route), (*route, 0), strict=True)
    )

    assert (instance.stops, instance.fleet, instance.capacity) == (120, fresh.fleet, 200)
    assert instance.name == fresh.name
    assert driven == check_routes(path, fresh.witness).distance


def test_unknown_class_and_size_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a class"):
        FreshSpec(kind="R3", stops=100, density=1, width="wide", seed=1)
    with pytest.raises(ValueError, match="100-1000"):
        FreshSpec(kind="R1", stops=50, density=1, width="wide", seed=1)
