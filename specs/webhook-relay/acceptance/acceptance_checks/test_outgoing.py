"""R1: every request to a customer is signed."""

from relay import signing
from acceptance_checks.support import CUSTOMER_SECRET, START, Check, event, header, signature


class Outgoing(Check):
    def test_the_published_vector(self):
        body = b'{"id":"evt_1","type":"invoice.paid","data":{"amount":1250}}'
        self.assertEqual(
            signing.sign("whsec_linden_test", 1767225600, "del_0001", body),
            "v1=428a7a4723f650534b87844358fbcb941a6cfc159d5c0f956608e9cbafe022d1",
        )

    def test_a_secret_beyond_ascii_and_a_body_that_is_not_text(self):
        body = bytes(range(256))
        self.assertEqual(
            signing.sign("schl\u00fcssel \u2713", 7, "del_2", body), signature("schl\u00fcssel \u2713", 7, "del_2", body)
        )

    def test_a_request_carries_the_three_headers_and_the_bytes_as_they_came(self):
        world = self.world(endpoints=2)
        body = b'{"type": "invoice.paid",  "id":"evt_1", "data": {"note": "\xc3\xa9"}}\n'
        receipt = world.receive(body)
        world.clock.forward(3)
        world.relay.work()
        self.assertEqual([header(one, "Relay-Id") for one in world.transport.sent], list(receipt.delivery_ids))
        for request in world.transport.sent:
            self.assertEqual(request.body, body)
            self.assertEqual(header(request, "Content-Type"), "application/json")
            self.assertEqual(header(request, "Relay-Timestamp"), str(START + 3))
            self.assertEqual(
                header(request, "Relay-Signature"),
                signature(CUSTOMER_SECRET, START + 3, header(request, "Relay-Id"), body),
            )

    def test_a_second_attempt_has_the_same_id_and_its_own_time_and_signature(self):
        world = self.world(answer=500)
        body = event()
        world.receive(body)
        world.relay.work()
        world.clock.forward(30)
        world.relay.work()
        first, second = world.transport.sent
        self.assertEqual(header(first, "Relay-Id"), header(second, "Relay-Id"))
        self.assertEqual(header(second, "Relay-Timestamp"), str(START + 30))
        self.assertEqual(
            header(second, "Relay-Signature"),
            signature(CUSTOMER_SECRET, START + 30, header(second, "Relay-Id"), body),
        )
