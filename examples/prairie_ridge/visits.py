"""Visits of a page where nobody's data goes anywhere: a capture that shows a page, perhaps a cookie of the session, and no student."""

from __future__ import annotations

import random
from urllib.parse import urlsplit

from examples.prairie_ridge.captures import Request, har
from examples.prairie_ridge.inbox import Delivery, tracker, trackers_of


def quiet_visit(
    delivery: Delivery, path: str, page: str, days: int, *, about: str = "", cookie: str = "", rng: random.Random | None = None
) -> None:
    """Add a capture of `page`, made `days` back, to the delivery.

    Args:
        about: whose page it is, where that is not who delivers.
        cookie: the name of a session cookie that the page sets; without one the capture shows nothing of cookies.
        rng: what the cookie's value is drawn from.
    """
    party = about or delivery.party
    sets = ((cookie, f"{rng.getrandbits(96):024x}", None),) if rng and cookie else ()
    at = delivery.inbox.calendar.moment(days, 25)
    host = urlsplit(page).hostname or ""
    requests = [Request(at, page, mime="text/html", sets=sets), Request(at, f"https://{host}/assets/app.js", mime="text/javascript")]
    delivery.file(path, har(page, requests), about=[party])
    if sets:
        trackers_of(delivery, path, party, [tracker(host, cookie)])
