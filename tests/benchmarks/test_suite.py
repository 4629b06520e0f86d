from pathlib import Path

from benchmarks.bench_solver import gaps_of
from benchmarks.solver.generator import CLASSES
from benchmarks.solver.instances import best_known, known_files
from benchmarks.solver.references import References
from benchmarks.solver.suite import QUICK_FRESH, chosen_files, fresh_specs
from tests.benchmarks.test_cells import cell


def test_without_published_instances_generated_ones_are_run(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"

    files = chosen_files(nowhere, tmp_path / "fresh", full=False, only="", fresh_seed=1)

    assert known_files(nowhere) == []
    assert best_known(nowhere) == {}
    assert len(files) == QUICK_FRESH
    assert all(path.is_file() for path in files)


def test_part_of_a_name_chooses(tmp_path: Path) -> None:
    files = chosen_files(tmp_path, tmp_path / "fresh", full=False, only="C2_200", fresh_seed=1)

    assert [path.stem for path in files] == ["fresh_C2_200_75mixed_1", "fresh_RC2_200_100mixed_1"]


def test_fresh_instances_have_every_class_twice() -> None:
    kinds = [spec.kind for spec in fresh_specs(seed=1)]

    assert sorted(kinds) == sorted(CLASSES * 2)


def test_gap_of_an_instance_is_the_median_over_seeds(tmp_path: Path) -> None:
    references = References(tmp_path / "references.json", {"C101": 100})
    cells = [cell(cost=101), cell(cost=150), cell(cost=102)]

    row = gaps_of(cells, references, {"C101": (100, False)})[0]

    assert row.gaps == {"ours": 2.0}
    assert row.has_best_known
