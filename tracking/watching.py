"""
Channels beside the motion: speeding, made-up positions, leaving the permitted zones, and a phone whose clock is wrong.

They look at each fix by itself and at a few before it, not at the line's geometry. `watch_fix` goes on by the newest
fix; after a late one all remembered fixes are run again and what they disprove is retracted.
"""

import msgspec

from tracking.courier_state import CourierState, Episode, TrackPoint, Watch
from tracking.deviation import new_episode
from tracking.events import DeviationKind
from tracking.ground_speed import apart_m, certain_mps
from tracking.history import NO_CHANGES, Changes, compared
from tracking.route_line import RouteLine
from tracking.rules import TrackingRules
from tracking.silence import has_visits_left
from tracking.wrong_clock import told_clock

_USUAL_ACCURACY_M = 10.0
_LAST_FIXES = 0b11111
_BY_FIXES = frozenset((DeviationKind.SPEEDING, DeviationKind.MOCK_LOCATION, DeviationKind.OUTSIDE_ZONES))


def watch_fix(
    state: CourierState, line: RouteLine, point: TrackPoint, rules: TrackingRules, *, anew: bool
) -> tuple[CourierState, Changes]:
    """
    Go on by the fix `point`, which is in the state's track already.

    `anew` says that it is not the newest one, or that fixes before it were forgotten as wrong: all are run again.
    """
    state, clock = told_clock(state, line, point.at_ts)
    if anew:
        state, changes = _rerun(state, line, point, rules)
    else:
        watch, changed = _stepped(state, line, state.watch, len(state.track) - 1, rules)
        if watch is state.watch:
            return state, clock
        state = msgspec.structs.replace(state, watch=watch)
        changes = Changes(
            opened=tuple(e for e in changed if e.closed_ts is None),
            closed=tuple(e for e in changed if e.closed_ts is not None),
        )
    if clock is NO_CHANGES:
        return state, changes
    return state, Changes(
        (*clock.opened, *changes.opened), (*clock.closed, *changes.closed), (*clock.retracted, *changes.retracted)
    )


def _rerun(
    state: CourierState, line: RouteLine, point: TrackPoint, rules: TrackingRules
) -> tuple[CourierState, Changes]:
    """Run all remembered fixes again; departures from before the first of them stay as they are."""
    watch = state.watch
    first_ts = state.track[0].at_ts
    ended = [e for e in state.closed if e.kind in _BY_FIXES and not e.retracted and e.opened_ts > first_ts]
    if not ended and _is_calm(watch) and _says_nothing(state, line, point, rules):
        return state, NO_CHANGES
    others = tuple(e for e in watch.open if e.kind not in _BY_FIXES)
    before = tuple(e for e in watch.open if e.kind in _BY_FIXES and e.opened_ts <= first_ts)
    after = Watch(open=before, flags=_LAST_FIXES if _opened(before, DeviationKind.MOCK_LOCATION) else 0)
    truth = list(before)
    for i in range(len(state.track)):
        after, changed = _stepped(state, line, after, i, rules)
        for episode in changed:
            truth = [e for e in truth if e.deviation_id != episode.deviation_id]
            truth.append(episode)
    truth = [next((o for o in after.open if o.deviation_id == e.deviation_id), e) for e in truth]
    known = (*(e for e in watch.open if e.kind in _BY_FIXES), *ended)
    changes, still_open = compared(known, truth, state.closed)
    return msgspec.structs.replace(state, watch=msgspec.structs.replace(after, open=(*others, *still_open))), changes


def _is_calm(watch: Watch) -> bool:
    return not (watch.over_pings or watch.flags or watch.outside_pings or any(e.kind in _BY_FIXES for e in watch.open))


def _says_nothing(state: CourierState, line: RouteLine, point: TrackPoint, rules: TrackingRules) -> bool:
    """Whether a late fix is true, slow and inside, and so are those around it: it cannot change anything."""
    if point not in state.track:
        # Older than all that is remembered.
        return True
    i = state.track.index(point)
    around = range(i, min(i + 3, len(state.track)))
    return (
        not point.mock
        and all(certain_mps(state.track, k, rules.speed_limit_mps) <= rules.speed_limit_mps for k in around)
        and (line.permitted is None or line.permitted.margin_m(lon=point.lon, lat=point.lat) >= 0.0)
    )


def _stepped(
    state: CourierState, line: RouteLine, watch: Watch, i: int, rules: TrackingRules
) -> tuple[Watch, tuple[Episode, ...]]:
    """One more fix; the very same watch when there is nothing to say."""
    changed: list[Episode] = []
    point = state.track[i]
    speed_mps = certain_mps(state.track, i, rules.speed_limit_mps)
    if watch.over_pings or speed_mps > rules.speed_limit_mps or _opened(watch.open, DeviationKind.SPEEDING):
        watch = _speed(watch, point, speed_mps, line, rules, changed)
    if watch.flags or point.mock or _opened(watch.open, DeviationKind.MOCK_LOCATION):
        watch = _made_up(watch, point, line, rules, changed)
    if line.permitted is not None:
        watch = _zones(state, watch, point, line, rules, changed)
    return watch, tuple(changed)


def _speed(
    watch: Watch, point: TrackPoint, speed_mps: float, line: RouteLine, rules: TrackingRules, changed: list[Episode]
) -> Watch:
    episode = _opened(watch.open, DeviationKind.SPEEDING)
    if speed_mps <= rules.speed_limit_mps:
        under = watch.under_pings + 1
        if under < rules.speeding_clear_pings:
            return msgspec.structs.replace(watch, under_pings=under, over_pings=watch.over_pings if episode else 0)
        watch = msgspec.structs.replace(watch, over_since_ts=None, over_pings=0, under_pings=0, top_mps=0.0)
        return _closed(watch, episode, point, changed) if episode else watch
    since_ts = watch.over_since_ts if watch.over_since_ts is not None and watch.over_pings else point.at_ts
    top_mps = max(watch.top_mps, speed_mps) if watch.over_pings else speed_mps
    watch = msgspec.structs.replace(
        watch, over_since_ts=since_ts, over_pings=watch.over_pings + 1, under_pings=0, top_mps=top_mps
    )
    if episode is not None:
        return _measured(watch, episode, point, top_mps)
    if watch.over_pings >= rules.speeding_pings and point.at_ts - since_ts >= rules.speeding_s:
        return _open(watch, DeviationKind.SPEEDING, since_ts, point, top_mps, line, changed)
    return watch


def _made_up(watch: Watch, point: TrackPoint, line: RouteLine, rules: TrackingRules, changed: list[Episode]) -> Watch:
    flags = (watch.flags << 1 | point.mock) & _LAST_FIXES
    episode = _opened(watch.open, DeviationKind.MOCK_LOCATION)
    fakes = watch.fake_pings + 1 if point.mock else watch.fake_pings
    watch = msgspec.structs.replace(watch, flags=flags, fake_pings=fakes if flags else 0)
    if episode is not None:
        return _closed(watch, episode, point, changed) if not flags else _measured(watch, episode, point, float(fakes))
    if flags.bit_count() >= rules.mock_pings:
        return _open(watch, DeviationKind.MOCK_LOCATION, point.at_ts, point, float(fakes), line, changed)
    return watch


def _zones(
    state: CourierState,
    watch: Watch,
    point: TrackPoint,
    line: RouteLine,
    rules: TrackingRules,
    changed: list[Episode],
) -> Watch:
    episode = _opened(watch.open, DeviationKind.OUTSIDE_ZONES)
    near = apart_m(watch.clear_lon, watch.clear_lat, point.lon, point.lat) if watch.clear_m > 0.0 else None
    outside_m = 0.0
    if (near is None or near > watch.clear_m) and line.permitted is not None:
        margin_m = line.permitted.margin_m(lon=point.lon, lat=point.lat)
        outside_m = -margin_m
        if margin_m > 0.0:
            watch = msgspec.structs.replace(watch, clear_lon=point.lon, clear_lat=point.lat, clear_m=margin_m)
    least_m = max(rules.outside_zones_m, 2.0 * (point.accuracy_m or _USUAL_ACCURACY_M))
    outside = outside_m > (0.0 if episode else least_m)
    if outside and not episode and not _counts_outside(state, point, line, rules):
        outside = False
    if not outside:
        if not watch.outside_pings:
            return watch
        inside = watch.inside_pings + 1
        if episode is not None and inside < rules.outside_zones_clear_pings:
            return msgspec.structs.replace(watch, inside_pings=inside)
        watch = msgspec.structs.replace(watch, outside_since_ts=None, outside_pings=0, inside_pings=0)
        return _closed(watch, episode, point, changed) if episode else watch
    since_ts = watch.outside_since_ts if watch.outside_since_ts is not None else point.at_ts
    watch = msgspec.structs.replace(
        watch, outside_since_ts=since_ts, outside_pings=watch.outside_pings + 1, inside_pings=0
    )
    if episode is not None:
        return _measured(watch, episode, point, outside_m)
    long_enough = point.at_ts - since_ts >= rules.outside_zones_s
    if watch.outside_pings >= rules.outside_zones_pings and long_enough:
        return _open(watch, DeviationKind.OUTSIDE_ZONES, since_ts, point, outside_m, line, changed)
    return watch


def _counts_outside(state: CourierState, point: TrackPoint, line: RouteLine, rules: TrackingRules) -> bool:
    """Not before the route begins, after its last visit, near its start, or where the plan itself leads outside."""
    departed_ts = state.motion.departed_ts
    if departed_ts is None or point.at_ts < departed_ts or not has_visits_left(state):
        return False
    x, y = line.geometry.xy_m(point.lon, point.lat)
    if x * x + y * y <= rules.start_radius_m**2:
        return False
    corridor_m = max(rules.corridor_m, 2.0 * (point.accuracy_m or _USUAL_ACCURACY_M))
    return float(line.geometry.distances_m(x, y)[0].min()) > corridor_m


def _opened(episodes: tuple[Episode, ...], kind: DeviationKind) -> Episode | None:
    for episode in episodes:
        if episode.kind is kind:
            return episode
    return None


def _open(
    watch: Watch,
    kind: DeviationKind,
    since_ts: float,
    point: TrackPoint,
    measure: float,
    line: RouteLine,
    changed: list[Episode],
) -> Watch:
    opened = new_episode(line, kind, since_ts, point.at_ts, measure, None)
    opened = msgspec.structs.replace(opened, lon=point.lon, lat=point.lat)
    changed.append(opened)
    return msgspec.structs.replace(watch, open=(*watch.open, opened))


def _closed(watch: Watch, episode: Episode, point: TrackPoint, changed: list[Episode]) -> Watch:
    changed.append(msgspec.structs.replace(episode, closed_ts=point.at_ts))
    return msgspec.structs.replace(watch, open=tuple(e for e in watch.open if e is not episode))


def _measured(watch: Watch, episode: Episode, point: TrackPoint, measure: float) -> Watch:
    if measure == episode.measure:
        return watch
    grown = msgspec.structs.replace(episode, measure=measure, lon=point.lon, lat=point.lat)
    return msgspec.structs.replace(watch, open=tuple(grown if e is episode else e for e in watch.open))
