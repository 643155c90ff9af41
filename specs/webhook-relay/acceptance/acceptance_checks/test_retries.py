"""R5 and R6: what an outcome means, and when the next attempt is made."""

from relay import Response
from acceptance_checks.support import START, Check, event, no_answer

SCHEDULE = (30, 120, 600, 1_800, 7_200)


class Outcomes(Check):
    def after_one_attempt(self, answer):
        world, delivery_id = self.one_delivery(answer)
        self.assertEqual(world.relay.work(), 1)
        delivery = world.delivery(delivery_id)
        self.assertEqual(delivery.attempts, 1)
        world.close()
        self.path += "x"
        return delivery

    def test_every_status_of_the_table(self):
        expected = {
            "delivered": (200, 201, 202, 204, 299),
            "pending": (408, 429, 500, 501, 502, 503, 504, 599),
            "dead": (400, 401, 403, 404, 405, 409, 410, 413, 422, 499),
        }
        for state, statuses in expected.items():
            for status in statuses:
                with self.subTest(status=status):
                    delivery = self.after_one_attempt(status)
                    self.assertEqual((delivery.state, delivery.last_status), (state, status))
                    self.assertEqual(delivery.next_attempt_at, START + 30 if state == "pending" else None)

    def test_no_answer_is_temporary(self):
        delivery = self.after_one_attempt(no_answer("timed out"))
        self.assertEqual((delivery.state, delivery.last_status, delivery.next_attempt_at), ("pending", None, START + 30))
        self.assertIn("timed out", delivery.last_error)


class Schedule(Check):
    def test_a_new_delivery_is_due_at_once(self):
        world, delivery_id = self.one_delivery(200)
        self.assertEqual(world.delivery(delivery_id).next_attempt_at, START)
        self.assertEqual(world.relay.work(), 1)

    def test_attempts_follow_the_schedule_to_the_second_and_the_sixth_failure_is_the_last(self):
        world, delivery_id = self.one_delivery(500)
        world.relay.work()
        for number, seconds in enumerate(SCHEDULE, start=2):
            self.assertEqual(world.delivery(delivery_id).state, "pending")
            self.assertTrue(world.due_at(seconds), f"attempt {number} is not due after {seconds} seconds")
        delivery = world.delivery(delivery_id)
        self.assertEqual((delivery.state, delivery.attempts, delivery.next_attempt_at), ("dead", 6, None))
        world.clock.forward(10_000_000)
        self.assertEqual(world.relay.work(), 0)

    def test_the_schedule_survives_a_restart(self):
        world, _ = self.one_delivery(500)
        world.relay.work()
        world.restart()
        self.assertTrue(world.due_at(30))
        world.restart()
        self.assertTrue(world.due_at(120))

    def test_a_success_ends_it(self):
        world, delivery_id = self.one_delivery(500)
        world.relay.work()
        world.transport.answer = 200
        world.clock.forward(30)
        self.assertEqual(world.relay.work(), 1)
        delivery = world.delivery(delivery_id)
        self.assertEqual((delivery.state, delivery.attempts, delivery.next_attempt_at), ("delivered", 2, None))
        world.clock.forward(10_000_000)
        self.assertEqual(world.relay.work(), 0)

    def test_the_wait_counts_from_when_the_failure_is_known(self):
        world, delivery_id = self.one_delivery(200)

        def slow(_):
            world.clock.forward(9)
            return 500

        world.transport.answer = slow
        world.relay.work()
        self.assertEqual(world.delivery(delivery_id).next_attempt_at, START + 9 + 30)

    def test_one_call_makes_at_most_one_attempt_for_each_delivery(self):
        world, _ = self.one_delivery(200)

        def very_slow(_):
            world.clock.forward(100_000)
            return 500

        world.transport.answer = very_slow
        self.assertEqual(world.relay.work(), 1)

    def test_attempts_are_made_in_the_order_of_their_events(self):
        world = self.world()
        for name in ("evt_3", "evt_1", "evt_2"):
            world.receive(event(name))
        self.assertEqual(world.relay.work(), 3)
        self.assertEqual([one.body for one in world.transport.sent], [event("evt_3"), event("evt_1"), event("evt_2")])

    def test_one_endpoint_that_fails_does_not_stop_another(self):
        world = self.world(answer=lambda request: 500 if request.url.endswith("/0") else 200, endpoints=2)
        world.receive(event())
        self.assertEqual(world.relay.work(), 2)
        self.assertEqual([one.state for one in world.relay.deliveries()], ["pending", "delivered"])


class RetryAfter(Check):
    def waits(self, status, value, name="Retry-After"):
        """Seconds until the second attempt."""
        world, delivery_id = self.one_delivery(Response(status, {name: value}))
        world.relay.work()
        wait = world.delivery(delivery_id).next_attempt_at - START
        world.close()
        self.path += "x"
        return wait

    def test_the_longer_of_the_two_waits_counts(self):
        for value, expected in (("0", 30), ("29", 30), ("31", 31), ("900", 900)):
            for status in (429, 503):
                with self.subTest(value=value, status=status):
                    self.assertEqual(self.waits(status, value), expected)

    def test_it_is_at_most_six_hours(self):
        for value in ("21600", "21601", "999999999"):
            with self.subTest(value=value):
                self.assertEqual(self.waits(503, value), 21_600)

    def test_any_other_value_is_ignored(self):
        for value in ("", "-900", "+900", "900.5", "9e9", "1234567890", "\u0669\u0660\u0660", "Thu, 01 Jan 2026 01:00:00 GMT", "soon"):
            with self.subTest(value=value):
                self.assertEqual(self.waits(503, value), 30)

    def test_other_statuses_do_not_ask_for_a_wait(self):
        for status in (408, 500, 502):
            with self.subTest(status=status):
                self.assertEqual(self.waits(status, "900"), 30)

    def test_the_header_is_found_in_any_case(self):
        self.assertEqual(self.waits(429, "900", "retry-after"), 900)
        self.assertEqual(self.waits(429, "900", "RETRY-AFTER"), 900)

    def test_a_wait_that_was_asked_for_makes_no_further_attempts(self):
        world, delivery_id = self.one_delivery(Response(429, {"Retry-After": "21600"}))
        for _ in range(6):
            self.assertEqual(world.relay.work(), 1)
            world.clock.forward(21_600)
        self.assertEqual((world.delivery(delivery_id).state, world.delivery(delivery_id).attempts), ("dead", 6))
        self.assertEqual(world.relay.work(), 0)
