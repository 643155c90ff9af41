"""R9: the process may die at any moment, and sending keeps nobody out."""

import os
import sqlite3
import subprocess
import sys

from acceptance_checks.support import START, Check, event, header

DIES_WHILE_SENDING = """
import os, sys
from relay import Relay, Settings, Store

class Clock:
    def now(self): return int(sys.argv[2])

class Deadly:
    def send(self, request):
        print(request.headers["Relay-Id"], flush=True)
        os._exit(137)

Relay(Store(sys.argv[1]), Clock(), Deadly(), Settings(upstream_secret="s")).work()
"""

DIES_AFTER_RECEIVING = """
import os, sys
from relay import Relay, Settings, Store
from acceptance_checks.support import Clock, Transport, UPSTREAM_SECRET, event, signed

relay = Relay(Store(sys.argv[1]), Clock(), Transport(), Settings(upstream_secret=UPSTREAM_SECRET))
print(relay.receive(event("evt_last"), signed(event("evt_last"), int(sys.argv[2]))).delivery_ids[0], flush=True)
os._exit(137)
"""


class Killed(Check):
    def run_and_die(self, program, at):
        environment = {**os.environ, "PYTHONPATH": os.getcwd()}
        ended = subprocess.run(
            [sys.executable, "-c", program, self.path, str(at)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, timeout=30, universal_newlines=True,
        )
        self.assertEqual(ended.returncode, 137, ended.stderr)
        return ended.stdout.strip()

    def test_an_attempt_in_which_the_process_died_is_made_again_and_not_counted(self):
        world, delivery_id = self.one_delivery(200)
        for _ in range(3):
            self.assertEqual(self.run_and_die(DIES_WHILE_SENDING, START), delivery_id)
        world.restart()
        self.assertEqual((world.delivery(delivery_id).state, world.delivery(delivery_id).attempts), ("pending", 0))
        self.assertEqual(world.relay.work(), 1)
        self.assertEqual(header(world.transport.sent[0], "Relay-Id"), delivery_id)
        self.assertEqual((world.delivery(delivery_id).state, world.delivery(delivery_id).attempts), ("delivered", 1))

    def test_what_died_on_the_way_does_not_shift_the_schedule(self):
        world, delivery_id = self.one_delivery(500)
        world.relay.work()
        self.run_and_die(DIES_WHILE_SENDING, START + 30)
        world.clock.forward(30)
        self.assertEqual(world.relay.work(), 1)
        self.assertEqual((world.delivery(delivery_id).attempts, world.delivery(delivery_id).next_attempt_at), (2, START + 150))

    def test_what_receive_returned_for_is_there_when_the_process_dies_right_after(self):
        world = self.world()
        delivery_id = self.run_and_die(DIES_AFTER_RECEIVING, START)
        self.assertEqual(world.relay.work(), 1)
        self.assertEqual(world.delivery(delivery_id).state, "delivered")

    def test_what_was_sent_before_the_kill_is_not_sent_again(self):
        class Killed(BaseException):
            pass

        world = self.world()
        for name in ("evt_1", "evt_2", "evt_3"):
            world.receive(event(name))
        world.transport.answer = lambda request: Killed() if request.body == event("evt_2") else 200
        with self.assertRaises(Killed):
            world.relay.work()
        world.restart()
        world.transport.answer = 200
        self.assertEqual(world.relay.work(), 2)
        self.assertEqual(
            [one.body for one in world.transport.sent], [event(f"evt_{number}") for number in (1, 2, 2, 3)]
        )

    def test_another_process_can_write_while_the_transport_is_sending(self):
        world = self.world(endpoints=3)

        def writes_elsewhere(_):
            other = sqlite3.connect(self.path, timeout=0, isolation_level=None)
            try:
                other.execute("BEGIN IMMEDIATE")
                other.execute("CREATE TABLE IF NOT EXISTS written_elsewhere (n INTEGER)")
                other.execute("INSERT INTO written_elsewhere VALUES (1)")
                other.execute("COMMIT")
            finally:
                other.close()
            return 200

        world.transport.answer = writes_elsewhere
        world.receive(event())
        try:
            self.assertEqual(world.relay.work(), 3)
        except sqlite3.OperationalError as error:
            self.fail(f"the file was locked while sending: {error}")
