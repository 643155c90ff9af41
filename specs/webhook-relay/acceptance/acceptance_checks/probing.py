"""What the probes share. A probe prints `built: <interpretation>` where it can tell, and says why where it cannot."""

import os
import tempfile

from acceptance_checks.support import CUSTOMER_SECRET, URL, World


def world(answer=200):
    """A world with one endpoint, on a file of its own."""
    one = World(os.path.join(tempfile.mkdtemp(), "relay.db"), answer)
    one.relay.add_endpoint(URL, CUSTOMER_SECRET)
    return one


def say(interpretation):
    print(f"built: {interpretation}")


def cannot_tell(why):
    print(f"cannot tell: {why}")
