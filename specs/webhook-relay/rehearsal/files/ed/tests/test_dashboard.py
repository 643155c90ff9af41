import unittest

from relay.dashboard import page
from relay.metrics import Metrics
from tests.support import a_relay, an_event, receive


class Dashboard(unittest.TestCase):
    def test_a_dead_letter_is_on_the_page(self):
        relay, _, _ = a_relay(404)
        relay.add_endpoint("https://a.example/", "s1")
        (delivery_id,) = receive(relay, an_event()).delivery_ids
        relay.work()
        self.assertIn(delivery_id, page(relay))

    def test_counters_add_up(self):
        metrics = Metrics()
        metrics.add("a_total", 2)
        metrics.add("a_total", 3)
        self.assertEqual(metrics.text(), "# TYPE a_total counter\na_total 5\n")
