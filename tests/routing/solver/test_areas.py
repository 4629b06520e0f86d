"""Routes that are improved together: neighbours, shared out to threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.solver.areas import neighbourhoods

LINE = np.abs(np.arange(12)[:, None] - np.arange(12)[None, :]).astype(np.int32)
"""Twelve stops in a row, a unit apart."""
ROUTES = ((0, 1, 2), (6, 7, 8), (), (3, 4, 5), (9, 10, 11), ())


def picked(masks: list[list[bool]], routes: tuple[tuple[int, ...], ...] = ROUTES) -> list[set[int]]:
    return [{v for v, mine in enumerate(mask) if mine and routes[v]} for mask in masks]


@pytest.mark.parametrize("seed", range(10))
def test_an_area_is_a_route_and_its_neighbours(seed: int) -> None:
    (area,) = picked(neighbourhoods(LINE, ROUTES, 6, 1, np.random.default_rng(seed)))

    assert area in ({0, 3}, {3, 1}, {1, 4})


def test_area_goes_on_until_it_holds_enough_stops() -> None:
    (area,) = picked(neighbourhoods(LINE, ROUTES, 7, 1, np.random.default_rng(0)))

    assert len(area) == 3


def test_unused_vehicles_are_handed_out_in_turn() -> None:
    masks = neighbourhoods(LINE, ROUTES, 3, 2, np.random.default_rng(0))

    assert [mask[2] for mask in masks] == [True, False]
    assert [mask[5] for mask in masks] == [False, True]


def test_thread_for_which_nothing_is_left_gets_nothing() -> None:
    masks = neighbourhoods(LINE, ((0, 1, 2),), 3, 2, np.random.default_rng(0))

    assert picked(masks, ((0, 1, 2),)) == [{0}, set()]


@given(st.integers(0, 1000), st.integers(1, 12), st.integers(1, 4))
def test_no_route_is_given_twice(seed: int, stops: int, threads: int) -> None:
    masks = neighbourhoods(LINE, ROUTES, stops, threads, np.random.default_rng(seed))

    assert all(sum(given) <= 1 for given in zip(*masks, strict=True))
