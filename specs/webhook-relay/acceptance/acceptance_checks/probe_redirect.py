"""G1: a redirect."""

from relay import Response
from acceptance_checks.probing import cannot_tell, say, world
from acceptance_checks.support import event

ELSEWHERE = "https://moved.example/hook"


def main():
    found = set()
    for status in (301, 302, 307, 308):
        one = world(lambda request: 200 if request.url == ELSEWHERE else Response(status, {"Location": ELSEWHERE}))
        (delivery_id,) = one.receive(event()).delivery_ids
        one.relay.work()
        state = one.delivery(delivery_id).state
        if any(request.url == ELSEWHERE for request in one.transport.sent):
            found.add("redirect-is-followed")
        elif state in ("dead", "pending"):
            found.add({"dead": "redirect-is-permanent", "pending": "redirect-is-temporary"}[state])
        else:
            found.add(f"state {state}")
    if len(found) == 1 and not next(iter(found)).startswith("state"):
        say(found.pop())
    else:
        cannot_tell(f"the redirects differ or end in an unknown state: {sorted(found)}")


if __name__ == "__main__":
    main()
