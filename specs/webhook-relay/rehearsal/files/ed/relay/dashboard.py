"""A page with the dead letters, for people who do not like command lines."""

import html

from relay.service import Relay


def page(relay: Relay) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(one.delivery_id)}</td><td>{html.escape(one.url)}</td><td>{html.escape(one.reason)}</td>"
        f"<td>{one.attempts}</td></tr>"
        for one in relay.dead_letters()
    )
    return f"<!doctype html><title>Dead letters</title><table>{rows}</table>"
