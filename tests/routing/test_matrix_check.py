from routing.matrix_check import check_matrix
from routing.problem_check import ProblemList


def test_a_matrix_of_whole_numbers_up_to_the_largest_is_taken() -> None:
    problems = ProblemList()

    table = check_matrix([[0, 2**30], [1.4, 0]], "m", problems, 2)

    assert problems.found == []
    assert table is not None
    assert table.tolist() == [[0, 2**30], [1, 0]]


def test_many_wrong_cells_are_named_once_each_up_to_five_and_counted() -> None:
    problems = ProblemList()

    assert check_matrix([[-1] * 4] * 4, "m", problems) is None

    assert [one.where for one in problems.found] == ["m[0][0]", "m[0][1]", "m[0][2]", "m[0][3]", "m[1][0]", "m[1][1]"]
    assert "11 more" in problems.found[-1].message


def test_an_empty_matrix_is_a_matrix_of_no_places() -> None:
    problems = ProblemList()

    table = check_matrix([], "m", problems)

    assert problems.found == []
    assert table is not None
    assert table.shape == (0, 0)
