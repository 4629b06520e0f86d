"""What tracking has learned of a city: cells, calibration, forecasts that wait for what happens, holidays."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.db.tables import City, CityHoliday, EtaCalibration, EtaForecast, LearnedCell, LearnedVisit
from tracking.calibration import HORIZONS, NOT_CALIBRATED, Calibration, Forecast
from tracking.learning import Learned
from tracking.shrinkage import Cell

TRAVEL = "travel"
"""Cells of driving time."""

SERVICE = "service"
"""Cells of service time."""


def load_learned(session: Session, city: City) -> Learned:
    """Everything that a city has taught."""
    query = select(LearnedCell).where(LearnedCell.tenant_id == city.tenant_id, LearnedCell.city_id == city.id)
    cells: dict[str, dict[str, Cell]] = {TRAVEL: {}, SERVICE: {}}
    for row in session.scalars(query):
        cells[row.kind][row.cell] = _cell(row)
    return Learned(cells[TRAVEL], cells[SERVICE], load_calibration(session, city))


def load_cells(session: Session, city: City, kind: str, keys: Collection[str]) -> dict[str, Cell]:
    """Those of the named cells that there are."""
    return {key: _cell(row) for key, row in _rows(session, city, kind, keys).items()}


def save_cells(session: Session, city: City, kind: str, cells: Mapping[str, Cell]) -> None:
    """Keep cells in place of what they were."""
    rows = _rows(session, city, kind, cells)
    for key, cell in cells.items():
        row = rows.get(key)
        if row is None:
            row = LearnedCell(tenant_id=city.tenant_id, city_id=city.id, kind=kind, cell=key)
            session.add(row)
        row.weight, row.mean_log, row.scatter_log2 = cell.weight, cell.mean_log, cell.scatter_log2
        row.seen, row.last_at = cell.seen, datetime.fromtimestamp(cell.at_ts, UTC)
    session.flush()


def load_calibration(session: Session, city: City) -> Calibration:
    """The residuals of every horizon of a city."""
    residuals: list[tuple[float, ...]] = list(NOT_CALIBRATED.residuals)
    query = select(EtaCalibration).where(EtaCalibration.tenant_id == city.tenant_id, EtaCalibration.city_id == city.id)
    for row in session.scalars(query):
        if row.horizon < HORIZONS:
            residuals[row.horizon] = tuple(row.residuals)
    return Calibration(tuple(residuals))


def save_calibration(session: Session, city: City, horizon: int, calibration: Calibration, now: datetime) -> None:
    """Keep the residuals of one horizon."""
    row = session.get(EtaCalibration, (city.tenant_id, city.id, horizon))
    if row is None:
        row = EtaCalibration(tenant_id=city.tenant_id, city_id=city.id, horizon=horizon)
        session.add(row)
    row.residuals = [round(one, 4) for one in calibration.residuals[horizon]]
    row.updated_at = now
    session.flush()


def was_learned(session: Session, tenant_id: str, visit_id: str) -> bool:
    """Whether a visit has taught what it can."""
    query = select(LearnedVisit.visit_id).where(LearnedVisit.tenant_id == tenant_id, LearnedVisit.visit_id == visit_id)
    return session.scalars(query).first() is not None


def add_learned_visit(session: Session, row: LearnedVisit) -> None:
    """Note what a visit has taught."""
    session.add(row)
    session.flush()


def add_forecasts(session: Session, tenant_id: str, forecasts: Iterable[Forecast]) -> None:
    """Keep forecasts until their visits are made; one of the same visit and horizon takes the place of the other."""
    for one in forecasts:
        row = session.get(EtaForecast, (one.visit_id, one.horizon))
        if row is None:
            row = EtaForecast(visit_id=one.visit_id, horizon=one.horizon, tenant_id=tenant_id)
            session.add(row)
        row.visits_before = one.visits_before
        row.made_at = datetime.fromtimestamp(one.made_ts, UTC)
        row.expected_at = datetime.fromtimestamp(one.expected_ts, UTC)
        row.sd_s = one.sd_s


def take_forecasts(session: Session, tenant_id: str, visit_id: str) -> list[Forecast]:
    """Take the forecasts of a visit away and give them."""
    session.flush()
    query = select(EtaForecast).where(EtaForecast.tenant_id == tenant_id, EtaForecast.visit_id == visit_id)
    found = [
        Forecast(
            row.visit_id,
            row.horizon,
            row.made_at.timestamp(),
            row.expected_at.timestamp(),
            row.sd_s,
            row.visits_before,
        )
        for row in session.scalars(query.order_by(EtaForecast.horizon))
    ]
    session.execute(delete(EtaForecast).where(EtaForecast.tenant_id == tenant_id, EtaForecast.visit_id == visit_id))
    return found


def list_holidays(session: Session, city: City) -> dict[date, str]:
    """The city's holidays with their names, by date."""
    query = select(CityHoliday).where(CityHoliday.tenant_id == city.tenant_id, CityHoliday.city_id == city.id)
    return {row.on_date: row.name for row in session.scalars(query.order_by(CityHoliday.on_date))}


def replace_holidays(session: Session, city: City, holidays: Mapping[date, str]) -> None:
    """Keep these holidays and no others."""
    session.execute(delete(CityHoliday).where(CityHoliday.tenant_id == city.tenant_id, CityHoliday.city_id == city.id))
    session.add_all(
        CityHoliday(tenant_id=city.tenant_id, city_id=city.id, on_date=on, name=name) for on, name in holidays.items()
    )
    session.flush()


def _rows(session: Session, city: City, kind: str, keys: Collection[str]) -> dict[str, LearnedCell]:
    if not keys:
        return {}
    query = select(LearnedCell).where(
        LearnedCell.tenant_id == city.tenant_id,
        LearnedCell.city_id == city.id,
        LearnedCell.kind == kind,
        LearnedCell.cell.in_(keys),
    )
    return {row.cell: row for row in session.scalars(query)}


def _cell(row: LearnedCell) -> Cell:
    return Cell(row.weight, row.mean_log, row.scatter_log2, row.seen, row.last_at.timestamp())
