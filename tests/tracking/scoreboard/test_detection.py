"""Hand-made cases with known answers: one courier who drives along a straight line."""

from dataclasses import replace
from datetime import timedelta

from tests.tracking.builders import at, make_line, make_ping
from tracking.events import DeviationClosed, DeviationKind, DeviationOpened, DeviationRetracted
from tracking.scoreboard.baselines import RULES, alarms_by, measured
from tracking.scoreboard.detection import Alarm, Tally, alarms_of, judge
from tracking.scoreboard.truth import Case, departures_of
from tracking.simulate import DisturbanceKind, TrueVisit, Truth
from zones.lonlat import LocalMetres

LINE = make_line()
OFF_FROM, OFF_UNTIL, HOURS = 100, 200, 1


def made(
    *disturbances: Truth, accuracy_m: float = 8.0, silences: tuple = (), visits: tuple = (), peak_m: float = 100.0
) -> Case:
    """An hour of pings each 5 s; from 100 s to 200 s the courier is `peak_m` aside of the plan."""
    seconds = range(0, 3600 * HOURS, 5)
    offsets = [peak_m if OFF_FROM <= s <= OFF_UNTIL else 0.0 for s in seconds]
    start = LocalMetres(LINE.points[0])
    pings = tuple(
        make_ping(float(s), start.to_lonlat(500.0, -offset), accuracy_m=accuracy_m)
        for s, offset in zip(seconds, offsets, strict=True)
    )
    return Case(
        name="case",
        line=LINE,
        pings=pings,
        offset_m=tuple(offsets),
        departures=departures_of([(p.fix_at, o) for p, o in zip(pings, offsets, strict=True)]),
        source="simulated",
        disturbances=disturbances,
        silences=silences,
        visits=visits,
    )


def alarm(kind: DeviationKind, told_s: float, ended_s: float | None = None) -> Alarm:
    return Alarm(kind, at(told_s), at(told_s - 5.0), at(ended_s) if ended_s is not None else None)


def truth(kind: DisturbanceKind, begins_s: float, ends_s: float) -> Truth:
    return Truth(kind=kind, began_at=at(begins_s), ended_at=at(ends_s))


def test_departure_is_found_with_its_delay_from_the_first_offset_above_30_m():
    tally = judge(made(), [alarm(DeviationKind.OFF_ROUTE, 117.0, 230.0)])

    assert (tally.found["departure"], tally.total["departure"]) == (1, 1)
    assert tally.delays_s == {5.0: [17.0]}
    assert tally.false_corridor == 0
    assert tally.false_lines == {}


def test_departure_without_an_alarm_is_missed_and_named():
    tally = judge(made(), [])

    assert tally.found["departure"] == 0
    assert tally.delays_s == {}
    assert tally.missed == ["departure case 2026-03-02 09:01:40, pings every 5 s"]


def test_alarm_on_the_route_is_false_and_a_line():
    tally = judge(
        made(), [alarm(DeviationKind.OFF_ROUTE, 120.0, 230.0), alarm(DeviationKind.OFF_ROUTE, 2000.0, 2060.0)]
    )

    assert tally.false_corridor == 1
    assert tally.false_lines == {"off_route": 1}
    assert tally.on_route_pings == 720 - 21


def test_false_alarm_that_is_over_before_anybody_sees_it_is_no_line():
    tally = judge(made(), [alarm(DeviationKind.OFF_ROUTE, 2000.0, 2010.0)])

    assert tally.false_corridor == 1
    assert tally.false_lines == {}


def test_departure_below_60_m_need_not_be_found_and_one_told_is_not_false():
    tally = judge(made(peak_m=45.0), [alarm(DeviationKind.OFF_ROUTE, 150.0, 230.0)])

    assert "departure" not in tally.total
    assert tally.false_corridor == 0


def test_departure_with_poor_accuracy_or_in_silence_is_not_asked_for():
    poor = judge(made(accuracy_m=40.0), [])
    silent = judge(made(silences=((at(90.0), at(150.0)),)), [])

    assert "departure" not in poor.total
    assert "departure" not in silent.total


def test_departure_that_reaches_60_m_between_two_fixes_only_is_not_asked_for():
    case = made(peak_m=50.0)
    departed = replace(case, departures=tuple(replace(d, most_m=80.0) for d in case.departures))

    assert "departure" not in judge(departed, []).total


def test_alarm_at_a_fix_whose_truth_is_not_known_is_neither_true_nor_false():
    case = made()
    unknown = tuple(None if p.fix_at == at(2000.0) else o for p, o in zip(case.pings, case.offset_m, strict=True))

    at_unknown = judge(replace(case, offset_m=unknown), [alarm(DeviationKind.OFF_ROUTE, 2003.0, 2060.0)])
    later = judge(replace(case, offset_m=unknown), [alarm(DeviationKind.OFF_ROUTE, 2008.0, 2060.0)])

    assert (at_unknown.false_corridor, at_unknown.false_lines) == (0, {})
    assert (later.false_corridor, later.false_lines) == (1, {"off_route": 1})


def test_each_disturbance_is_found_by_its_own_kind_only():
    case = made(truth(DisturbanceKind.STALL, 1000.0, 1500.0), truth(DisturbanceKind.GAP, 2000.0, 2400.0))

    tally = judge(case, [alarm(DeviationKind.STALL, 1125.0, 1520.0), alarm(DeviationKind.STALL, 2100.0, 2400.0)])

    assert tally.found["stall"] == 1
    assert tally.found["gap"] == 0
    assert tally.false_lines == {"stall": 1}


def test_wrong_way_in_silence_is_not_asked_for_and_on_the_direct_way_past_a_stop_not_false():
    unheard = made(truth(DisturbanceKind.WRONG_WAY, 600, 680), silences=((at(590), at(700)),))
    direct = replace(made(), aside=((at(600), at(700)),))
    told = [alarm(DeviationKind.WRONG_WAY, 640.0, 720.0)]

    assert "wrong_way" not in judge(unheard, []).total
    assert judge(direct, told).false_lines == {}
    assert judge(made(), told).false_lines == {"wrong_way": 1}


def test_standing_within_reach_of_a_stop_that_was_served_may_be_told_as_long_service():
    told = [alarm(DeviationKind.LONG_SERVICE, 640.0, 720.0)]

    assert judge(made(truth(DisturbanceKind.BREAKDOWN, 400, 2400)), told).false_lines == {}
    assert judge(made(), told).false_lines == {"long_service": 1}


def test_long_service_is_true_when_the_service_really_took_longer():
    long = TrueVisit(visit_id="v0", arrived_at=at(300.0), left_at=at(300.0 + 120.0 + 200.0))
    usual = TrueVisit(visit_id="v1", arrived_at=at(900.0), left_at=at(1030.0))

    tally = judge(
        made(visits=(long, usual)),
        [alarm(DeviationKind.LONG_SERVICE, 560.0, 620.0), alarm(DeviationKind.LONG_SERVICE, 1000.0, 1060.0)],
    )

    assert tally.false_lines == {"long_service": 1}


def test_departures_near_in_time_are_one():
    samples = [(at(0.0), 40.0), (at(60.0), 10.0), (at(100.0), 70.0), (at(400.0), 50.0), (at(500.0), None)]

    found = departures_of(samples)

    assert [(d.began_at, d.ended_at, d.most_m) for d in found] == [
        (at(0.0), at(100.0), 70.0),
        (at(400.0), at(400.0), 50.0),
    ]


def test_alarms_carry_their_end_and_whether_they_were_taken_back():
    opened = DeviationOpened(
        at=at(10.0), deviation_id="a", kind=DeviationKind.GAP, since_at=at(0.0), measure=1.0, point=None
    )
    closed = DeviationClosed(at=at(50.0), deviation_id="a", kind=DeviationKind.GAP, since_at=at(0.0))
    retracted = DeviationRetracted(at=at(60.0), deviation_id="a", kind=DeviationKind.GAP, why="")

    (told,) = alarms_of([(at(10.0), opened), (at(50.0), closed), (at(60.0), retracted)])

    assert told.ended_at == at(50.0)
    assert told.taken_back
    assert told.shown


def test_baselines_alarm_by_their_own_rules():
    seen = measured(made())

    delays = {
        rule.name: [round((a.told_at - at(OFF_FROM)).total_seconds()) for a in alarms_by(rule, seen)] for rule in RULES
    }

    assert delays == {
        "500 m for 2 min": [],
        "50 m twice": [6],
        "Traccar 25 m once": [1],
        "Mapbox max(50, accuracy + 20)": [1],
    }


def test_tallies_add_up():
    one = judge(made(), [alarm(DeviationKind.OFF_ROUTE, 117.0, 230.0)])
    both = Tally()

    both.add(one)
    both.add(judge(made(), []))

    assert (both.found["departure"], both.total["departure"]) == (1, 2)
    assert both.hours == one.hours * 2
    assert timedelta(hours=both.hours) > timedelta(hours=1.9)
