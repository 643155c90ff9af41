"""R2: a secret is changed without losing a request."""

from relay import RelayError, UnknownEndpoint
from acceptance_checks.support import CUSTOMER_SECRET, Check, event, header, signature


class Rotation(Check):
    def signatures(self, world, name):
        """What the next request is signed with: a list of signatures, and what each secret would give."""
        world.receive(event(name))
        world.relay.work()
        request = world.transport.sent[-1]
        at, message_id = header(request, "Relay-Timestamp"), header(request, "Relay-Id")
        return header(request, "Relay-Signature").split(","), lambda *secrets: [
            signature(secret, at, message_id, request.body) for secret in secrets
        ]

    def test_both_secrets_sign_for_a_day_the_new_one_first(self):
        world = self.world()
        world.relay.rotate_secret(world.endpoints[0].id, "second")
        found, by = self.signatures(world, "evt_1")
        self.assertEqual(found, by("second", CUSTOMER_SECRET))
        world.clock.forward(86_399)
        found, by = self.signatures(world, "evt_2")
        self.assertEqual(found, by("second", CUSTOMER_SECRET))
        world.clock.forward(1)
        found, by = self.signatures(world, "evt_3")
        self.assertEqual(found, by("second"))

    def test_both_secrets_survive_a_restart(self):
        world = self.world()
        world.relay.rotate_secret(world.endpoints[0].id, "second")
        world.restart()
        found, by = self.signatures(world, "evt_1")
        self.assertEqual(found, by("second", CUSTOMER_SECRET))

    def test_a_second_rotation_drops_the_oldest_and_starts_its_own_day(self):
        world = self.world()
        world.relay.rotate_secret(world.endpoints[0].id, "second")
        world.clock.forward(80_000)
        world.relay.rotate_secret(world.endpoints[0].id, "third")
        found, by = self.signatures(world, "evt_1")
        self.assertEqual(found, by("third", "second"))
        world.clock.forward(86_399)
        found, by = self.signatures(world, "evt_2")
        self.assertEqual(found, by("third", "second"))
        world.clock.forward(1)
        found, by = self.signatures(world, "evt_3")
        self.assertEqual(found, by("third"))

    def test_another_endpoint_keeps_its_one_secret(self):
        world = self.world(endpoints=2)
        world.relay.rotate_secret(world.endpoints[0].id, "second")
        found, by = self.signatures(world, "evt_1")
        self.assertEqual(found, by(CUSTOMER_SECRET))

    def test_an_endpoint_nobody_knows_is_refused(self):
        world = self.world()
        with self.assertRaises(UnknownEndpoint) as caught:
            world.relay.rotate_secret("end_nobody", "second")
        self.assertIsInstance(caught.exception, RelayError)
        self.assertEqual(caught.exception.code, "unknown_endpoint")
