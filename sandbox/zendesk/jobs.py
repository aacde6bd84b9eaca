"""Zendesk's background jobs: bulk user updates that are queued, worked on and completed a moment later.

Nothing runs in the background here: a job that is due is done before the next request is looked at, which is
the same to a caller and leaves no thread behind. Waiting is by the machine's clock, keeping by the sandbox's.
"""

import secrets
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.clock import Clock
from sandbox.state import Json, State
from sandbox.zendesk import users
from sandbox.zendesk.answers import Desk, Refused, not_found, offset_page

KIND = "job_statuses"
QUEUED_SECONDS = 0.1
DONE_SECONDS = 0.3
KEPT_SECONDS = 3600
MOST_ITEMS = 100
MOST_PENDING = 30
_PENDING = "zendesk.pending_jobs"


def update_many(desk: Desk, request: Request, body: Json) -> Response:
    """PUT /users/update_many: a batch (`users`), or one change (`user`) for all `ids`.

    Raises:
        Refused: 400 for nothing or more than 100 users, 429 for more than 30 jobs waiting.
    """
    batch = body.get("users")
    if batch is None and isinstance(body.get("user"), dict):
        ids = [id for id in request.query_params.get("ids", "").split(",") if id]
        batch = [{**body["user"], "id": id} for id in ids]
    if not isinstance(batch, list) or not batch or not all(isinstance(item, dict) for item in batch):
        raise Refused(400, "InvalidParameter", "Parameter users must be a list of users")
    if len(batch) > MOST_ITEMS:
        raise Refused(400, "TooManyValues", f"You can only update up to {MOST_ITEMS} users")
    pending = desk.state.get_setting(_PENDING, [])
    if len(pending) >= MOST_PENDING:
        raise Refused(429, "TooManyJobs", f"No more than {MOST_PENDING} jobs may be queued or running")
    job = {
        "id": secrets.token_hex(16),
        "items": batch,
        "submitted": time.time(),
        "kept_until": desk.clock.timestamp() + KEPT_SECONDS,
        "results": None,
        "finished_at": None,
    }
    with desk.state.transaction():
        desk.put(KIND, job)
        desk.state.set_setting(_PENDING, [*pending, job["id"]])
    return JSONResponse({"job_status": _shown(desk, job)})


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /job_statuses/{id}; results are kept for an hour."""
    job = desk.get(KIND, request.path_params["id"])
    if job["kept_until"] < desk.clock.timestamp():
        raise not_found()
    return JSONResponse({"job_status": _shown(desk, job)})


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /job_statuses: those of the last hour."""
    now = desk.clock.timestamp()
    kept = desk.all(KIND, match=lambda job: job["kept_until"] >= now)
    return JSONResponse(offset_page(desk, request, KIND, [_shown(desk, job) for job in kept]))


def run_due(state: State, clock: Clock) -> None:
    """Do the jobs whose time has come."""
    pending = state.get_setting(_PENDING, [])
    if not pending:
        return
    desk = Desk(state, clock, "")
    waiting: list[str] = []
    for id in pending:
        job = desk.get(KIND, id)
        if time.time() - job["submitted"] < DONE_SECONDS:
            waiting.append(id)
            continue
        with state.transaction():
            job["results"] = [_apply(desk, place, item) for place, item in enumerate(job["items"])]
            job["finished_at"] = clock.now().strftime("%Y-%m-%d %H:%M:%S +0000")
            desk.put(KIND, job)
    state.set_setting(_PENDING, waiting)


def _apply(desk: Desk, place: int, item: Json) -> dict[str, Any]:
    """Update one user of a batch; what fails is told in its result and stops nobody else."""
    try:
        user = users.find(desk, item)
        if user is None:
            raise not_found()
        users.change(desk, user, {name: value for name, value in item.items() if name != "id"})
    except Refused as refused:
        details = refused.body.get("details") or refused.body.get("description")
        return {
            "index": place,
            "id": item.get("id"),
            "success": False,
            "error": "UserUpdateError" if refused.status == 422 else "UserNotFound",
            "details": details if isinstance(details, str) else _sentence(details),
        }
    return {"index": place, "id": user["id"], "status": "Updated", "success": True}


def _sentence(details: Any) -> str:
    told = [problem["description"] for problems in (details or {}).values() for problem in problems]
    return "; ".join(told)


def _shown(desk: Desk, job: Json) -> Json:
    done = job["results"] is not None
    status = (
        "completed" if done else "queued" if time.time() - job["submitted"] < QUEUED_SECONDS else "working"
    )
    total = len(job["items"])
    return {
        "id": job["id"],
        "job_type": "Bulk Update User",
        "url": desk.address(KIND, job["id"]),
        "total": total,
        "progress": total if done else None if status == "queued" else 0,
        "status": status,
        "message": f"Completed at {job['finished_at']}" if done else None,
        "results": job["results"],
    }
