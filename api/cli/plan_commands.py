"""`corridor plan`."""

from datetime import datetime
from typing import Any

import click
from rich.console import Console

from api.cli.output import json_option, open_services, operator_of, show, tenant_option


@click.command()
@click.argument("city")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day; today in the city when left out.")
@click.option("--seconds", type=click.FloatRange(0.05, 600), help="How long the search may take; 10 by default.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another search.")
@click.option(
    "--reserve-min", type=click.IntRange(0, 120), help="Minutes kept free before windows close; 10 by default."
)
@tenant_option
@json_option
def plan(
    city: str,
    day: datetime | None,
    seconds: float | None,
    seed: int,
    reserve_min: int | None,
    tenant_name: str | None,
    as_json: bool,
) -> None:
    """Plan the day of CITY (its slug) and put the plan in force as its next version."""
    from api.actions.planning import request_plan
    from api.jobs.plan_job import work_on
    from api.jobs.solve_request import SolveProgress
    from routing.window_reserve import USUAL_RESERVE_MIN

    console = Console(stderr=True)
    with open_services() as services:
        caller = operator_of(services, tenant_name)
        on_date = None if day is None else day.date()
        job = request_plan(
            services,
            caller,
            city,
            on_date,
            time_limit_s=seconds,
            seed=seed,
            reserve_min=USUAL_RESERVE_MIN if reserve_min is None else reserve_min,
            at_once=True,
        )
        with console.status(f"planning {city}") as status:

            def tell(progress: SolveProgress) -> None:
                best = "no plan yet" if progress.best_cost is None else f"best cost {progress.best_cost}"
                status.update(f"planning {city}: {progress.elapsed_s:.0f} s, {best}")

            job = work_on(services, job.id, on_progress=tell)
    if job.state != "done" or job.result is None:
        raise click.ClickException(job.error or f"the job is {job.state}")
    show(job.result, _words(job.result), as_json=as_json)


def _words(result: dict[str, Any]) -> str:
    head = f"version {result['version']}: {result['visits']} visits on {result['routes']} routes"
    left_out = [
        f"not in the plan: order {one['order_no']}: {'; '.join([one['message'], *_easiest(one)])}"
        for one in result["unassigned"]
    ]
    return "\n".join([head, *left_out])


def _easiest(left_out: dict[str, Any]) -> list[str]:
    """The easiest change that would have had the order served, when one was found."""
    return [one["text"] for one in left_out["remedies"][:1]]
