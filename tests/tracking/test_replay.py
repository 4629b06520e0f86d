from datetime import timedelta

from tests.tracking.builders import along, at, drive, make_line, make_ping, xy
from tracking.events import DeviationClosed, DeviationOpened, VisitArrived, VisitLeft
from tracking.replay import play, replay
from tracking.simulate import ReportKind, VisitReport

LINE = make_line()


def of(kind: type, events) -> list:
    return [e for e in events if isinstance(e, kind)]


def test_departure_and_silence_of_a_track_are_told_as_they_would_be_live():
    aside = [make_ping(65 + 5 * i, xy(520 + 40.0 * i, 150)) for i in range(13)]
    back = drive(LINE, 130, 200, from_m=1040)
    after_silence = [make_ping(500, along(LINE, 1650))]

    events = replay(LINE, [*drive(LINE, 0, 60), *aside, *back, *after_silence])

    assert [e.kind for e in of(DeviationOpened, events)] == ["off_route", "gap"]
    assert [e.kind for e in of(DeviationClosed, events)] == ["off_route", "gap"]


def test_outcome_finishes_its_visit_at_its_time_of_receipt():
    stays = [make_ping(s, along(LINE, 2000)) for s in range(255, 320, 5)]
    report = VisitReport(visit_id="v0", kind=ReportKind.DELIVERED, at=at(315), received_at=at(316))
    goes_on = drive(LINE, 320, 400, from_m=2040)

    events = replay(LINE, [*drive(LINE, 0, 250), *stays, *goes_on], outcomes=[report])

    assert [e.visit_id for e in of(VisitArrived, events)] == ["v0"]
    assert [e.visit_id for e in of(VisitLeft, events)] == ["v0"]


def test_pings_received_together_are_one_step_and_ticks_fill_the_time_between():
    batch = [make_ping(s, along(LINE, 8.0 * s), received_s=30) for s in range(0, 30, 5)]
    later = [make_ping(50, along(LINE, 400), received_s=51)]

    steps = list(play(LINE, [*batch, *later], tick_every_s=5.0))

    assert [now for now, _ in steps] == [at(30), at(35), at(40), at(45), at(50), at(51)]
    assert len(steps[0][1].results) == len(batch)


def test_long_silence_is_not_ticked_through_to_its_end():
    pings = [make_ping(0, xy(0, 0)), make_ping(0, xy(1, 0), received_s=timedelta(days=20).total_seconds())]

    assert len(list(play(LINE, pings))) < 500


def test_empty_track_tells_nothing():
    assert replay(LINE, []) == ()
