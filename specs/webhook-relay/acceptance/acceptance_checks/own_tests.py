"""R12: runs the candidate's tests as they are, then with the relay broken in each of the three named ways.

Passes when the tests pass unbroken and fail each time the relay is broken. Each run is a process of its own.
"""

import subprocess
import sys

LIMIT_SECONDS = 15

BREAKS = {
    "the signature comparison is taken out": """
import hmac
hmac.compare_digest = lambda one, other: True
""",
    "the dead-letter list comes back empty": """
import relay
relay.Relay.dead_letters = lambda self, endpoint_id=None: []
""",
    "replay does nothing": """
import relay
relay.Relay.replay = lambda self, delivery_id: next((one for one in self.deliveries() if one.id == delivery_id), None)
""",
}

# The standard library first, then what was delivered.
FIND = """
import os, sys
sys.path.append(os.getcwd())
"""

# Only `tests` is discovered: the checks beside it are not the candidate's.
RUN = """
import unittest
suite = unittest.defaultTestLoader.discover("tests", top_level_dir=".")
result = unittest.TextTestRunner(verbosity=0).run(suite)
print("ran", result.testsRun)
sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
"""


def passes(breaking):
    try:
        run = subprocess.run(
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", FIND + breaking + RUN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_SECONDS,
            universal_newlines=True,
        )
    except subprocess.TimeoutExpired:
        print(f"  ended after {LIMIT_SECONDS} seconds")
        return False
    for line in (run.stdout + run.stderr).splitlines()[-3:]:
        print("  " + line)
    return run.returncode == 0


def main():
    good = True
    print("as delivered")
    if not passes(""):
        print("=> the tests do not pass")
        return 1
    for what, breaking in BREAKS.items():
        print(what)
        if passes(breaking):
            print("=> no test noticed")
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
