import unittest

from relay import NotDead, Response, UnknownDelivery
from relay.outcome import Delivered, Permanent, Temporary, delay, judge
from tests.support import START, a_relay, an_event, no_answer, receive


def one_delivery(*answers):
    relay, clock, transport = a_relay(*answers)
    relay.add_endpoint("https://a.example/", "s1")
    (delivery_id,) = receive(relay, an_event()).delivery_ids
    return relay, clock, transport, delivery_id


class Judging(unittest.TestCase):
    def test_each_outcome_has_its_meaning(self):
        for meaning, statuses in (
            (Delivered(), (200, 299)),
            (Temporary(), (408, 429, 500, 599)),
            (Permanent(), (301, 307, 400, 404, 410, 499)),
        ):
            for status in statuses:
                with self.subTest(status=status):
                    self.assertEqual(judge(Response(status)), meaning)
        self.assertEqual(judge(no_answer()), Temporary())

    def test_a_wait_is_read_from_429_and_503_alone(self):
        for status, value, wait in ((503, "90", 90), (429, "0", 0), (500, "90", 0), (503, "-1", 0), (503, "soon", 0)):
            with self.subTest(status=status, value=value):
                self.assertEqual(judge(Response(status, {"retry-AFTER": value})), Temporary(wait))

    def test_the_longer_wait_counts_up_to_the_limit(self):
        self.assertEqual([delay(1, wait, (30,), 100) for wait in (0, 29, 31, 101)], [30, 30, 31, 100])
        self.assertEqual(delay(2, 5, (30,), 100), None)


class Schedule(unittest.TestCase):
    def test_six_attempts_and_then_the_list(self):
        relay, clock, transport, delivery_id = one_delivery(*[500] * 6)
        relay.work()
        for seconds in (30, 120, 600, 1_800, 7_200):
            clock.forward(seconds - 1)
            self.assertEqual(relay.work(), 0)
            clock.forward(1)
            self.assertEqual(relay.work(), 1)
        (letter,) = relay.dead_letters()
        self.assertEqual((letter.delivery_id, letter.reason, letter.attempts), (delivery_id, "exhausted", 6))
        self.assertEqual(letter.died_at, clock.now())

    def test_a_later_event_passes_one_that_waits(self):
        relay, _, transport, _ = one_delivery(500)
        relay.work()
        receive(relay, an_event("evt_2"))
        self.assertEqual(relay.work(), 1)
        self.assertEqual(transport.sent[-1].body, an_event("evt_2"))


class Replay(unittest.TestCase):
    def test_a_replay_gets_the_whole_schedule_again_and_goes_on_counting(self):
        relay, clock, transport, delivery_id = one_delivery(404, 500)
        relay.work()
        self.assertEqual([one.reason for one in relay.dead_letters()], ["permanent"])
        delivery = relay.replay(delivery_id)
        self.assertEqual((delivery.state, delivery.attempts, delivery.next_attempt_at), ("pending", 1, START))
        self.assertEqual(relay.dead_letters(), [])
        relay.work()
        clock.forward(30)
        relay.work()
        (delivery,) = relay.deliveries()
        self.assertEqual((delivery.state, delivery.attempts), ("delivered", 3))

    def test_only_what_is_dead_can_be_replayed(self):
        relay, _, _, delivery_id = one_delivery()
        with self.assertRaises(NotDead):
            relay.replay(delivery_id)
        with self.assertRaises(UnknownDelivery):
            relay.replay("del_nobody")
