"""Runs one of the checks: `python3 -I -B -X utf8 acceptance_checks/run.py MODULE [ARGUMENT ...]`.

Python is started isolated, and the delivered tree is put behind the standard library: a file that is called `unittest.py`
or `json.py` in the delivery is not taken for Python's own.
"""

import os
import runpy
import sys
import unittest


def main(name, *arguments):
    sys.path.append(os.getcwd())
    module = f"acceptance_checks.{name}"
    if name.startswith("test_"):
        unittest.main(module=module, argv=[name, "-v"])
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
