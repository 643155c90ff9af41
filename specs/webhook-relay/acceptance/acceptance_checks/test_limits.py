"""N1, N2 and N4: what was not asked for was not brought in."""

import ast
import os
import sysconfig
import unittest

from acceptance_checks.support import Check, event

OURS = {"relay", "tests"}
PARALLEL = {"threading", "_thread", "multiprocessing", "concurrent", "asyncio"}


def python_files(*folders):
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in sorted(names):
                if name.endswith(".py"):
                    yield os.path.join(place, name)


def imported(path):
    """The top-level names that a file imports, anywhere in it."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield one.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def in_the_standard_library(name):
    import sys

    if hasattr(sys, "stdlib_module_names"):  # from Python 3.10 on
        return name in sys.stdlib_module_names
    folder = sysconfig.get_path("stdlib")
    return name in sys.builtin_module_names or any(
        os.path.exists(os.path.join(folder, part)) for part in (name, name + ".py", os.path.join("lib-dynload", name))
    )


class Limits(Check):
    def test_nothing_but_the_standard_library_is_imported(self):
        for path in python_files("relay", "tests"):
            for name in imported(path):
                self.assertTrue(name in OURS or in_the_standard_library(name), f"{path} imports {name}")

    def test_the_relay_runs_nothing_in_parallel(self):
        for path in python_files("relay"):
            self.assertEqual(PARALLEL.intersection(imported(path)), set(), path)

    def test_an_endpoint_that_keeps_failing_stays_subscribed(self):
        world = self.world(answer=404)
        for number in range(40):
            world.receive(event(f"evt_{number}"))
            world.relay.work()
        self.assertEqual(len(world.relay.dead_letters()), 40)
        self.assertEqual([one.id for one in world.relay.endpoints()], [world.endpoints[0].id])
        world.transport.answer = 200
        (delivery_id,) = world.receive(event("evt_last")).delivery_ids
        self.assertEqual(world.relay.work(), 1)
        self.assertEqual(world.delivery(delivery_id).state, "delivered")


if __name__ == "__main__":
    unittest.main()
