from routing.added_stop import NewStop, known_stop, point_travel, with_stop
from routing.travel_matrix import UNREACHABLE_S
from tests.routing.builders import GridRoads, make_problem, make_shift, make_stop, place


def test_a_problem_with_one_stop_more_is_the_problem_made_with_it():
    shifts = (make_shift(), make_shift("s2", home_point=place(40, 7), end_point=place(5, 80)))
    stops = (make_stop("a"), make_stop("b", place(30, 60)))
    added = make_stop("c", place(-20, 90))
    problem = make_problem(stops, shifts)

    larger = with_stop(problem, NewStop(added, point_travel(problem, added.point, GridRoads())))

    whole = make_problem((*stops, added), shifts)
    assert larger.stops == whole.stops
    assert larger.matrix.durations_s.tolist() == whole.matrix.durations_s.tolist()
    assert larger.matrix.distances_m.tolist() == whole.matrix.distances_m.tolist()
    assert [larger.start_node(one) for one in shifts] == [whole.start_node(one) for one in shifts]


def test_a_stop_of_the_problem_has_the_drives_of_its_row():
    problem = make_problem((make_stop("a"), make_stop("b", place(30, 60))))

    known = known_stop(problem, 1)

    asked = point_travel(problem, place(30, 60), GridRoads())
    assert known.travel.to_s.tolist() == asked.to_s.tolist()
    assert known.travel.from_m.tolist() == asked.from_m.tolist()


def test_nodes_that_are_not_asked_about_are_unreachable():
    problem = make_problem((make_stop("a"), make_stop("b", place(30, 60))))

    travel = point_travel(problem, place(0, 10), GridRoads(), rows=[0, 2])

    assert travel.to_s.tolist() == [10, UNREACHABLE_S, 80]
    assert travel.from_m.tolist() == [100, UNREACHABLE_S, 800]
