"""R7 and R8: the dead-letter list, and sending again what is on it."""

from dataclasses import asdict, is_dataclass

from relay import NotDead, RelayError, UnknownDelivery
from acceptance_checks.support import CUSTOMER_SECRET, START, URL, Check, event, header, no_answer, signature

FIELDS = ("delivery_id", "event_id", "event_type", "endpoint_id", "url", "reason", "attempts", "last_status",
          "last_error", "died_at")


class DeadLetters(Check):
    def test_a_permanent_failure_is_listed_with_everything_about_it(self):
        world, delivery_id = self.one_delivery(410)
        world.clock.forward(5)
        world.relay.work()
        (letter,) = world.relay.dead_letters()
        found = {name: getattr(letter, name) for name in FIELDS}
        self.assertEqual(found, {
            "delivery_id": delivery_id, "event_id": "evt_1", "event_type": "invoice.paid",
            "endpoint_id": world.endpoints[0].id, "url": f"{URL}/0", "reason": "permanent", "attempts": 1,
            "last_status": 410, "last_error": None, "died_at": START + 5,
        })

    def test_an_exhausted_schedule_is_listed_with_the_last_error_cut_at_500_characters(self):
        world, _ = self.one_delivery(no_answer("x" * 2000))
        world.run_to_death()
        (letter,) = world.relay.dead_letters()
        self.assertEqual((letter.reason, letter.attempts, letter.last_status), ("exhausted", 6, None))
        self.assertEqual(letter.last_error, "x" * 500)

    def test_an_answer_after_an_error_leaves_no_error(self):
        world, _ = self.one_delivery(no_answer())
        world.relay.work()
        world.transport.answer = 404
        world.clock.forward(30)
        world.relay.work()
        (letter,) = world.relay.dead_letters()
        self.assertEqual((letter.last_status, letter.last_error, letter.attempts), (404, None, 2))

    def test_what_is_pending_or_delivered_is_not_listed(self):
        world = self.world(answer=lambda request: 500 if request.url.endswith("/0") else 200, endpoints=2)
        world.receive(event())
        world.relay.work()
        self.assertEqual(world.relay.dead_letters(), [])

    def test_the_list_goes_by_time_of_death_and_can_be_asked_for_one_endpoint(self):
        statuses = {f"{URL}/0": 503, f"{URL}/1": 404}
        world = self.world(answer=lambda request: statuses[request.url], endpoints=2)
        world.receive(event("evt_1"))
        world.run_to_death()
        world.clock.forward(1)
        world.receive(event("evt_2"))
        statuses[f"{URL}/0"] = 404
        world.relay.work()
        one, two = (endpoint.id for endpoint in world.endpoints)
        letters = world.relay.dead_letters()
        self.assertEqual([letter.died_at for letter in letters], sorted(letter.died_at for letter in letters))
        self.assertEqual([(letter.event_id, letter.endpoint_id) for letter in letters[:2]], [("evt_1", two), ("evt_1", one)])
        self.assertEqual([letter.event_id for letter in world.relay.dead_letters(one)], ["evt_1", "evt_2"])
        self.assertEqual([letter.event_id for letter in world.relay.dead_letters(endpoint_id=two)], ["evt_1", "evt_2"])

    def test_the_list_survives_a_restart(self):
        world, _ = self.one_delivery(404)
        world.relay.work()
        before = [tuple(getattr(one, name) for name in FIELDS) for one in world.relay.dead_letters()]
        world.restart()
        after = [tuple(getattr(one, name) for name in FIELDS) for one in world.relay.dead_letters()]
        self.assertEqual((len(before), before), (1, after))

    def test_a_letter_holds_no_secret_and_no_body(self):
        world = self.world(answer=404)
        world.receive(event(note="very private"))
        world.relay.rotate_secret(world.endpoints[0].id, "second-secret")
        world.relay.work()
        (letter,) = world.relay.dead_letters()
        shown = repr(letter) + (repr(asdict(letter)) if is_dataclass(letter) else repr(vars(letter)))
        for private in (CUSTOMER_SECRET, "second-secret", "very private"):
            self.assertNotIn(private, shown)


class Replay(Check):
    def test_a_dead_letter_is_sent_again_with_the_same_id_a_new_time_and_a_new_signature(self):
        world, delivery_id = self.one_delivery(404)
        world.relay.work()
        world.clock.forward(1000)
        delivery = world.relay.replay(delivery_id)
        self.assertEqual((delivery.id, delivery.state, delivery.next_attempt_at), (delivery_id, "pending", START + 1000))
        self.assertEqual(world.relay.dead_letters(), [])
        world.transport.answer = 200
        self.assertEqual(world.relay.work(), 1)
        request = world.transport.sent[-1]
        self.assertEqual((header(request, "Relay-Id"), header(request, "Relay-Timestamp")), (delivery_id, str(START + 1000)))
        self.assertEqual(header(request, "Relay-Signature"), signature(CUSTOMER_SECRET, START + 1000, delivery_id, event()))
        self.assertEqual(world.delivery(delivery_id).state, "delivered")
        self.assertEqual(world.relay.dead_letters(), [])

    def test_an_exhausted_delivery_can_be_replayed_after_a_restart(self):
        world, delivery_id = self.one_delivery(500)
        world.run_to_death()
        world.restart()
        world.relay.replay(delivery_id)
        world.restart()
        world.transport.answer = 200
        self.assertEqual(world.relay.work(), 1)
        self.assertEqual(world.delivery(delivery_id).state, "delivered")

    def test_what_fails_permanently_again_is_dead_again(self):
        world, delivery_id = self.one_delivery(404)
        world.relay.work()
        world.clock.forward(60)
        world.relay.replay(delivery_id)
        world.relay.work()
        (letter,) = world.relay.dead_letters()
        self.assertEqual((letter.delivery_id, letter.reason, letter.died_at), (delivery_id, "permanent", START + 60))

    def test_an_id_nobody_knows_is_refused(self):
        world = self.world()
        with self.assertRaises(UnknownDelivery) as caught:
            world.relay.replay("del_nobody")
        self.assertIsInstance(caught.exception, RelayError)
        self.assertEqual(caught.exception.code, "unknown_delivery")

    def test_a_delivery_that_is_not_dead_is_refused_and_stays_as_it_is(self):
        world, delivery_id = self.one_delivery(500)
        world.relay.work()
        for state in ("pending", "delivered"):
            with self.subTest(state=state):
                before = world.delivery(delivery_id)
                self.assertEqual(before.state, state)
                with self.assertRaises(NotDead) as caught:
                    world.relay.replay(delivery_id)
                self.assertEqual(caught.exception.code, "not_dead")
                self.assertEqual(world.delivery(delivery_id), before)
                world.transport.answer = 200
                world.clock.forward(30)
                world.relay.work()
