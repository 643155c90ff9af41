"""Runs one of the checks: `python3 -I -B -X utf8 acceptance_checks/run.py MODULE [ARGUMENT ...]`.

Python is started isolated, and the delivered tree is put behind the standard library: a file that is called `unittest.py`
or `json.py` in the delivery is not taken for Python's own. Tests run in a child that must live to say how they went: a
delivery that ends Python in their middle, with whatever status, has not passed them.
"""

import os
import runpy
import subprocess
import sys
import unittest

HERE = "--here"


def run_here(name, say_to):
    """Runs the tests in this process and says in the pipe how they went."""
    result = unittest.main(module=f"acceptance_checks.{name}", argv=[name, "-v"], exit=False).result
    verdict = "passed" if result.wasSuccessful() and result.testsRun else "failed"
    os.write(int(say_to), verdict.encode())


def run_in_a_child(name):
    hears, says = os.pipe()
    command = [sys.executable, "-I", "-B", "-X", "utf8", __file__, HERE, name, str(says)]
    child = subprocess.Popen(command, pass_fds=[says])
    os.close(says)
    status = child.wait()
    # What outlives the child may hold the pipe open: only what is in it already counts.
    os.set_blocking(hears, False)
    try:
        verdict = os.read(hears, 16)
    except BlockingIOError:
        verdict = b""
    if not verdict:
        print(f"The tests did not come to their end: Python ended with status {status} in their middle.", file=sys.stderr)
    return 0 if verdict == b"passed" and status == 0 else 1


def main(name, *arguments):
    if name.startswith("test_"):
        sys.exit(run_in_a_child(name))
    sys.path.append(os.getcwd())
    if name == HERE:
        return run_here(*arguments)
    sys.argv[1:] = arguments
    runpy.run_module(f"acceptance_checks.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
