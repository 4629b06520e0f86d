"""Does the database take writes just now?"""

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.db.engine import Database

log = structlog.get_logger(__name__)


def takes_writes(database: Database) -> bool:
    """Whether a write transaction goes through; it changes no row. Why not stands in the log."""
    try:
        with database.write() as session:
            session.execute(text("UPDATE tenants SET name = name WHERE id = ''"))
    except SQLAlchemyError:
        log.exception("the database does not take writes")
        return False
    return True
