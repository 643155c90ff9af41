"""G5: does a waiting delivery hold back later events?"""

from acceptance_checks.probing import cannot_tell, say, world
from acceptance_checks.support import event


def main():
    one = world(lambda request: 500 if request.body == event("evt_1") else 200)
    one.receive(event("evt_1"))
    one.relay.work()
    one.clock.forward(5)
    one.receive(event("evt_2"))
    one.relay.work()
    early = [request.body for request in one.transport.sent]
    one.transport.answer = 200
    one.clock.forward(25)
    one.relay.work()
    one.relay.work()
    late = [request.body for request in one.transport.sent]
    if early == [event("evt_1"), event("evt_2")]:
        say("later-events-overtake")
    elif early == [event("evt_1")] and late == [event("evt_1"), event("evt_1"), event("evt_2")]:
        say("endpoint-waits-in-line")
    else:
        cannot_tell(f"{len(early)} requests before and {len(late)} after the wait")


if __name__ == "__main__":
    main()
