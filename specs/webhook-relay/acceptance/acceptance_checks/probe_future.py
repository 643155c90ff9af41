"""G3: a timestamp in the future."""

from relay import RelayError
from acceptance_checks.probing import cannot_tell, say, world
from acceptance_checks.support import event, signed


def main():
    one = world()
    if not accepts(one, "evt_now", 0):
        cannot_tell("a request of this very second is refused")
        return
    soon, later = accepts(one, "evt_soon", 60), accepts(one, "evt_later", 86_400)
    if soon and later:
        say("future-is-accepted")
    elif soon:
        say("tolerance-both-ways")
    elif not later:
        say("future-is-refused")
    else:
        cannot_tell("a day ahead is accepted and a minute is not")


def accepts(one, name, ahead):
    body = event(name)
    try:
        one.relay.receive(body, signed(body, one.clock.now() + ahead))
    except RelayError:
        return False
    return True


if __name__ == "__main__":
    main()
