import unittest

from relay import InvalidEvent
from tests.support import START, a_relay, an_event, no_answer, receive


class Receiving(unittest.TestCase):
    def test_an_event_becomes_one_delivery_for_each_endpoint_that_wants_its_type(self):
        relay, _, _ = a_relay()
        everything = relay.add_endpoint("https://a.example/", "s1")
        refunds = relay.add_endpoint("https://b.example/", "s2", ["refund.created"])
        receive(relay, an_event("evt_1", "invoice.paid"))
        receive(relay, an_event("evt_2", "refund.created"))
        self.assertEqual(
            [(one.event_id, one.endpoint_id) for one in relay.deliveries()],
            [("evt_1", everything.id), ("evt_2", everything.id), ("evt_2", refunds.id)],
        )

    def test_what_is_not_an_event_is_refused_and_leaves_nothing_behind(self):
        relay, _, _ = a_relay()
        relay.add_endpoint("https://a.example/", "s1")
        for body in (b"", b"no json", b"[]", b'{"id": "evt_1"}', b'{"id": 1, "type": "x"}', b'{"id": "", "type": "x"}'):
            with self.subTest(body=body), self.assertRaises(InvalidEvent):
                receive(relay, body)
        self.assertEqual(relay.deliveries(), [])


class Working(unittest.TestCase):
    def test_a_customer_gets_the_bytes_that_billing_sent(self):
        relay, _, transport = a_relay()
        relay.add_endpoint("https://a.example/hook", "s1")
        body = b'{"type":"invoice.paid",   "id":"evt_1","data":{"note":"\xc3\xa9"}}'
        receive(relay, body)
        self.assertEqual(relay.work(), 1)
        (request,) = transport.sent
        self.assertEqual((request.url, request.body), ("https://a.example/hook", body))
        self.assertEqual(request.headers["Content-Type"], "application/json")

    def test_what_was_delivered_is_not_sent_again(self):
        relay, _, transport = a_relay(204)
        relay.add_endpoint("https://a.example/", "s1")
        receive(relay, an_event())
        relay.work()
        self.assertEqual(relay.work(), 0)
        (delivery,) = relay.deliveries()
        self.assertEqual((delivery.state, delivery.attempts, delivery.last_status), ("delivered", 1, 204))

    def test_deliveries_leave_in_the_order_of_their_events(self):
        relay, _, transport = a_relay()
        relay.add_endpoint("https://a.example/", "s1")
        bodies = [an_event(f"evt_{number}") for number in (3, 1, 2)]
        for body in bodies:
            receive(relay, body)
        relay.work()
        self.assertEqual([request.body for request in transport.sent], bodies)

    def test_no_answer_is_recorded_with_its_reason(self):
        relay, _, _ = a_relay(no_answer())
        relay.add_endpoint("https://a.example/", "s1")
        receive(relay, an_event())
        relay.work()
        (delivery,) = relay.deliveries()
        self.assertEqual(delivery.last_status, None)
        self.assertIn("nobody listens", delivery.last_error)


class Clocks(unittest.TestCase):
    def test_the_clock_of_the_tests_stands_still_until_it_is_told(self):
        _, clock, _ = a_relay()
        clock.forward(30)
        self.assertEqual(clock.now(), START + 30)


if __name__ == "__main__":
    unittest.main()
