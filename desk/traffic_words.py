"""Learned traffic in a sentence for people: "Zone centre at 18 h: 1.31 times the plan's free flow, from 212 drives"."""

from desk.order_status import LANGUAGES, catalogue_of


def factor_sentence(ratio: float, drives: int, language: str, *, zone_id: str | None = None, hour: int) -> str:
    """How much longer drives take than on empty streets, and how many drives say so; English when unknown."""
    catalogue = catalogue_of(language if language in LANGUAGES else "en")
    _ = catalogue.gettext
    facts = {"zone": zone_id, "hour": hour, "ratio": f"{ratio:.2f}"}
    if drives == 0:
        return _("No drive has been seen yet: drives are planned as on empty streets.")
    by = catalogue.ngettext("from %(count)d drive", "from %(count)d drives", drives) % {"count": drives}
    if zone_id is None:
        said = _("The city at %(hour)d h: drives take %(ratio)s times as long as on empty streets") % facts
    else:
        said = _("Zone %(zone)s at %(hour)d h: drives take %(ratio)s times as long as on empty streets") % facts
    return f"{said}, {by}."
