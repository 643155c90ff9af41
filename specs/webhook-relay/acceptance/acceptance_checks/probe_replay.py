"""G2: what a replayed delivery gets."""

from acceptance_checks.probing import cannot_tell, say, world
from acceptance_checks.support import event


def main():
    one = world(500)
    (delivery_id,) = one.receive(event()).delivery_ids
    one.run_to_death()
    before = len(one.transport.sent)
    one.relay.replay(delivery_id)
    one.relay.work()
    after_first = one.delivery(delivery_id)
    one.run_to_death()
    attempts = len(one.transport.sent) - before
    if attempts == 1:
        say("one-more-attempt")
    elif attempts == 6 and after_first.attempts == 1:
        say("fresh-schedule-count-restarts")
    elif attempts == 6 and after_first.attempts == 7:
        say("fresh-schedule-count-continues")
    else:
        cannot_tell(f"{attempts} attempts after the replay, counted {after_first.attempts} after the first of them")


if __name__ == "__main__":
    main()
