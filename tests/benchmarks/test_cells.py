from collections.abc import Callable
from pathlib import Path

from benchmarks.cells import Cell, CellStore


def cell(version: str = "1", cost: int | None = 10, problems: tuple[str, ...] = ()) -> Cell:
    return Cell(
        engine="ours",
        instance="C101",
        seconds=10.0,
        seed=1,
        cost=cost,
        elapsed_s=10.0,
        wall_s=11.0,
        peak_rss_mib=100.0,
        unserved=0,
        problems=problems,
        version=version,
    )


def never() -> Cell:
    raise AssertionError("the cell should have been taken from the disk")


def get(store: CellStore, version: str, run: Callable[[], Cell]) -> tuple[Cell, bool]:
    return store.get_or_run("ours", "C101", 10.0, 1, version, run)


def test_saved_cell_is_taken_again_when_resuming(tmp_path: Path) -> None:
    store = CellStore(tmp_path, resume=True)
    get(store, "1", cell)

    found, was_saved = get(store, "1", never)

    assert was_saved
    assert found == cell()


def test_cell_of_another_version_is_run_anew(tmp_path: Path) -> None:
    store = CellStore(tmp_path, resume=True)
    get(store, "1", cell)

    found, was_saved = get(store, "2", lambda: cell("2", cost=9))

    assert not was_saved
    assert found.cost == 9


def test_without_resuming_every_cell_is_run(tmp_path: Path) -> None:
    store = CellStore(tmp_path, resume=False)
    get(store, "1", cell)

    _, was_saved = get(store, "1", cell)

    assert not was_saved


def test_half_written_cell_is_run_anew(tmp_path: Path) -> None:
    store = CellStore(tmp_path, resume=True)
    (tmp_path / "ours-C101-10s-1.json").write_text('{"engine": "ours"')

    assert get(store, "1", cell) == (cell(), False)


def test_solution_with_a_problem_is_not_valid() -> None:
    assert cell().valid
    assert not cell(problems=("stop 3 is visited 2 times",)).valid
    assert not cell(cost=None).valid
