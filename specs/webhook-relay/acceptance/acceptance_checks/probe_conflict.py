"""G4: a known event id with another body."""

from acceptance_checks.probing import cannot_tell, say, world
from acceptance_checks.support import event


def main():
    one = world()
    first, second = event(amount=1), event(amount=2)
    one.receive(first)
    refused = False
    try:
        one.receive(second)
    except Exception as error:  # whatever it is called, it is a refusal
        print(f"refused with {type(error).__name__}: {error}")
        refused = True
    one.relay.work()
    sent = [request.body for request in one.transport.sent]
    if refused and sent == [first]:
        say("conflict-is-refused")
    elif sent == [first]:
        say("first-body-stays")
    elif sent == [second]:
        say("last-body-wins")
    else:
        cannot_tell(f"{len(sent)} requests were sent")


if __name__ == "__main__":
    main()
