"""R4: an event is received once."""

from relay.server import respond
from acceptance_checks.support import START, Check, event, signed


class Duplicates(Check):
    def test_the_same_event_again_gives_the_first_receipt_and_no_new_delivery(self):
        world = self.world(endpoints=2)
        first = world.receive(event())
        world.clock.forward(60)
        again = world.receive(event())
        self.assertEqual((first.duplicate, again.duplicate), (False, True))
        self.assertEqual((first.event_id, first.delivery_ids), (again.event_id, again.delivery_ids))
        self.assertEqual(len(first.delivery_ids), 2)
        self.assertEqual(world.relay.work(), 2)
        world.receive(event())
        self.assertEqual(world.relay.work(), 0)
        self.assertEqual(len(world.transport.sent), 2)

    def test_it_holds_across_a_restart_and_when_an_endpoint_was_added(self):
        world = self.world()
        first = world.receive(event())
        world.relay.work()
        world.restart()
        world.relay.add_endpoint("https://late.example/", "s")
        again = world.receive(event())
        self.assertEqual((again.delivery_ids, again.duplicate), (first.delivery_ids, True))
        self.assertEqual(world.relay.work(), 0)

    def test_an_event_that_nobody_wanted_is_a_duplicate_too(self):
        world = self.world(endpoints=0)
        self.assertFalse(world.receive(event()).duplicate)
        world.relay.add_endpoint("https://late.example/", "s")
        again = world.receive(event())
        self.assertEqual((again.delivery_ids, again.duplicate), ((), True))
        self.assertEqual(world.relay.work(), 0)

    def test_another_id_with_the_same_content_is_another_event(self):
        world = self.world()
        world.receive(event("evt_1"))
        self.assertFalse(world.receive(event("evt_2")).duplicate)
        self.assertEqual(len(world.relay.deliveries()), 2)

    def test_the_server_says_which_it_was(self):
        world = self.world()
        for duplicate in (False, True):
            reply = respond(world.relay, "POST", "/events", signed(event(), START), event())
            self.assertEqual((reply.status, reply.payload), (202, {"event_id": "evt_1", "duplicate": duplicate}))
