"""The live hub: one reader of the log of events for all streams of this process."""

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog

from api.context import Services
from api.db.event_log import newest_event_id
from api.db.live_store import events_after, events_between, oldest_event_id
from api.db.ping_store import Position, cities_of_couriers, newest_ping_id, positions_after
from api.db.tables import Event
from api.errors import UnavailableError
from api.live_frames import event_frames, heartbeat_frame, positions_frame, reset_frame

log = structlog.get_logger(__name__)

POLL_S = 0.5
"""Commits of this process wake the reader at once; those of others are found by looking."""
HEARTBEAT_S = 5.0
POSITIONS_S = 1.0
MOST_WAITING = 1_000
"""Frames kept for a slow reader; beyond that it is cut off and resumes by Last-Event-ID."""
MOST_REPLAYED = 5_000
"""A reader further behind takes a new snapshot instead."""
_CHUNK = 500
_LOOK_BACK = 200
"""Pings may be committed out of the order of their ids: so many are looked at again."""

type CityKey = tuple[str, str]


class Subscription:
    """One stream: what waits for it, and the event up to which it was served when it began."""

    def __init__(self, tenant_id: str, city_id: str, from_id: int, last_event_id: int | None) -> None:
        self.key: CityKey = (tenant_id, city_id)
        self.from_id = from_id
        self.last_event_id = last_event_id
        # A reader may be ahead of this hub's last look: what it has seen is not sent again.
        self.served_id = max(from_id, last_event_id or 0)
        self.frames: queue.Queue[bytes | None] = queue.Queue(MOST_WAITING)
        self.cut_off = False

    def put(self, frame: bytes) -> None:
        """Hand a frame over, or cut the reader off when it is too slow."""
        try:
            self.frames.put_nowait(frame)
        except queue.Full:
            self.cut_off = True

    def end(self) -> None:
        """Let the stream end after what waits; a full queue ends by being cut off."""
        try:
            self.frames.put_nowait(None)
        except queue.Full:
            self.cut_off = True


class LiveHub:
    """Reads new events and positions once, builds each frame once, and hands it to every stream of its city."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._wakened = threading.Event()
        self._stopping = threading.Event()
        self._streams: set[Subscription] = set()
        self._cursor = 0
        self._ping_cursor = 0
        self._shown_at: dict[str, datetime] = {}
        self._cities: dict[str, str] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read, from now on."""
        with self._services.db.read() as session:
            self._cursor = newest_event_id(session)
            self._ping_cursor = newest_ping_id(session)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="live-hub", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End every stream, and the reading."""
        self._stopping.set()
        self._wakened.set()
        with self._lock:
            for stream in self._streams:
                stream.end()
        if self._thread is not None:
            self._thread.join()

    def wake(self) -> None:
        """Something was committed: look now."""
        self._wakened.set()

    def subscribe(self, tenant_id: str, city_id: str, last_event_id: int | None = None) -> Subscription:
        """
        Begin a stream of one city, after `last_event_id` or from now on.

        Raises
        ------
        UnavailableError
            When there are as many streams as this process carries.
        """
        with self._lock:
            if len(self._streams) >= self._services.settings.max_streams:
                raise UnavailableError("this server carries no more live streams; try again in a minute")
            stream = Subscription(tenant_id, city_id, self._cursor, last_event_id)
            self._streams.add(stream)
            return stream

    def unsubscribe(self, stream: Subscription) -> None:
        """The reader has gone."""
        with self._lock:
            self._streams.discard(stream)

    def stream_count(self) -> int:
        """How many streams are open."""
        with self._lock:
            return len(self._streams)

    def stream(self, subscription: Subscription) -> Iterator[bytes]:
        """
        The frames of one stream: what came after its `last_event_id` first, then what happens, until it ends.

        Nothing is lost between the two: the hub keeps new frames from the moment of `subscribe`.
        """
        try:
            yield b"retry: 2000\n\n"
            if subscription.last_event_id is not None:
                backlog = self._backlog(subscription, subscription.last_event_id)
                if backlog is None:
                    yield reset_frame(self._services.clock.now())
                    return
                for start in range(0, len(backlog), _CHUNK):
                    for _, frame in self._frames(backlog[start : start + _CHUNK]):
                        yield frame
            yield heartbeat_frame(subscription.from_id, self._services.clock.now())
            while not self._stopping.is_set() and not subscription.cut_off:
                try:
                    waiting = subscription.frames.get(timeout=HEARTBEAT_S)
                except queue.Empty:
                    # The reader thread is busy: say that the line itself is alive.
                    yield b": waiting\n\n"
                    continue
                if waiting is None:
                    return
                yield waiting
        finally:
            self.unsubscribe(subscription)

    def pump(self) -> None:
        """Hand every new event to the streams of its city."""
        while self._pump_once():
            pass

    def _backlog(self, subscription: Subscription, last_event_id: int) -> Sequence[Event] | None:
        """What a reader missed; None when that is not kept any more, or too much."""
        tenant_id, city_id = subscription.key
        with self._services.db.read() as session:
            oldest, newest = oldest_event_id(session), newest_event_id(session)
            backlog = events_between(
                session, tenant_id, city_id, last_event_id, subscription.from_id, MOST_REPLAYED + 1
            )
        is_gone = oldest is not None and last_event_id < oldest - 1
        return None if is_gone or last_event_id > newest or len(backlog) > MOST_REPLAYED else backlog

    def _run(self) -> None:
        heartbeat_at = positions_at = time.monotonic()
        while not self._stopping.is_set():
            self._wakened.wait(POLL_S)
            self._wakened.clear()
            try:
                self.pump()
                if (clock_s := time.monotonic()) >= positions_at:
                    positions_at = clock_s + POSITIONS_S
                    self.pump_positions()
            except Exception:
                # Whatever it was, streams must not fall silent: their pages would show an old board as a live one.
                log.exception("the live hub could not read; it tries again")
                self._stopping.wait(POLL_S)
                continue
            if time.monotonic() >= heartbeat_at:
                heartbeat_at = time.monotonic() + HEARTBEAT_S
                self.pump_heartbeat()

    def _pump_once(self) -> bool:
        """Take one portion of events; True when there may be more."""
        with self._lock:
            wanted = {stream.key for stream in self._streams}
            after_id = self._cursor
        with self._services.db.read() as session:
            events = events_after(session, after_id, _CHUNK)
        if not events:
            return False
        by_city: dict[CityKey, list[Event]] = defaultdict(list)
        for event in events:
            by_city[event.tenant_id, event.city_id].append(event)
        frames = {key: self._frames(of_city) for key, of_city in by_city.items() if key in wanted}
        with self._lock:
            if any(stream.key in by_city and stream.key not in frames for stream in self._streams):
                # A stream of another city began while the frames were made: make them again with its own.
                return True
            for stream in self._streams:
                for event_id, frame in frames.get(stream.key, ()):
                    if event_id > stream.served_id:
                        stream.put(frame)
                        stream.served_id = event_id
            self._cursor = events[-1].id
        return len(events) == _CHUNK

    def pump_positions(self) -> None:
        """Hand the newest position of each courier who moved on to the streams of his city."""
        with self._services.db.read() as session:
            found = positions_after(session, max(0, self._ping_cursor - _LOOK_BACK))
            unknown = {p.courier_id for _, _, p in found} - self._cities.keys()
            if unknown:
                self._cities.update(cities_of_couriers(session, unknown))
        by_city: dict[CityKey, dict[str, Position]] = defaultdict(dict)
        for ping_id, tenant_id, position in found:
            self._ping_cursor = max(self._ping_cursor, ping_id)
            shown_at = self._shown_at.get(position.courier_id)
            if shown_at is None or position.fix_at > shown_at:
                self._shown_at[position.courier_id] = position.fix_at
                city_id = self._cities.get(position.courier_id, "")
                by_city[tenant_id, city_id][position.courier_id] = position
        now = self._services.clock.now()
        frames = {key: positions_frame(list(positions.values()), now) for key, positions in by_city.items()}
        with self._lock:
            for stream in self._streams:
                if stream.key in frames:
                    stream.put(frames[stream.key])

    def pump_heartbeat(self) -> None:
        """Tell every stream that it lives."""
        with self._lock:
            frame = heartbeat_frame(self._cursor, self._services.clock.now())
            for stream in self._streams:
                stream.put(frame)

    def _frames(self, events: Sequence[Event]) -> list[tuple[int, bytes]]:
        with self._services.db.read() as session:
            return event_frames(session, events, self._services.clock.now())
