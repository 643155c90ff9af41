import unittest

from relay import SignatureRejected, UnknownEndpoint, signing
from tests.support import START, a_relay, an_event, receive, signed

BODY = an_event()


class Signing(unittest.TestCase):
    def test_the_vector_that_customers_are_given(self):
        body = b'{"id":"evt_1","type":"invoice.paid","data":{"amount":1250}}'
        self.assertEqual(
            signing.sign("whsec_linden_test", 1767225600, "del_0001", body),
            "v1=428a7a4723f650534b87844358fbcb941a6cfc159d5c0f956608e9cbafe022d1",
        )

    def test_each_attempt_is_signed_for_its_own_time(self):
        relay, clock, transport = a_relay(500)
        relay.add_endpoint("https://a.example/", "s1")
        (delivery_id,) = receive(relay, BODY).delivery_ids
        relay.work()
        clock.forward(30)
        relay.work()
        for request, at in zip(transport.sent, (START, START + 30)):
            self.assertEqual(request.headers[signing.ID], delivery_id)
            self.assertEqual(request.headers[signing.TIMESTAMP], str(at))
            self.assertEqual(request.headers[signing.SIGNATURE], signing.sign("s1", at, delivery_id, BODY))


class Rotation(unittest.TestCase):
    def test_the_former_secret_signs_for_a_day_and_never_a_third_one(self):
        relay, clock, transport = a_relay()
        endpoint = relay.add_endpoint("https://a.example/", "s1")
        relay.rotate_secret(endpoint.id, "s2")
        relay.rotate_secret(endpoint.id, "s3")
        for number, (forward, secrets) in enumerate(((0, "s3 s2"), (86_399, "s3 s2"), (1, "s3"))):
            clock.forward(forward)
            receive(relay, an_event(f"evt_{number}"), clock.now())
            relay.work()
            request = transport.sent[-1]
            expected = [
                signing.sign(secret, clock.now(), request.headers[signing.ID], request.body)
                for secret in secrets.split()
            ]
            self.assertEqual(request.headers[signing.SIGNATURE], ",".join(expected))

    def test_an_endpoint_nobody_knows_is_refused(self):
        relay, _, _ = a_relay()
        with self.assertRaises(UnknownEndpoint):
            relay.rotate_secret("end_nobody", "s2")


class Verifying(unittest.TestCase):
    def assert_refused(self, code, headers, body=BODY):
        relay, _, _ = a_relay()
        relay.add_endpoint("https://a.example/", "s1")
        with self.assertRaises(SignatureRejected) as caught:
            relay.receive(body, headers)
        self.assertEqual((caught.exception.code, relay.deliveries()), (code, []))

    def test_what_was_altered_or_signed_by_somebody_else_is_refused(self):
        self.assert_refused("bad_signature", signed(BODY, secret="guessed"))
        self.assert_refused("bad_signature", signed(BODY), BODY + b" ")
        self.assert_refused("bad_signature", {**signed(BODY), signing.ID: "msg_2"})
        self.assert_refused("bad_signature", {**signed(BODY), signing.TIMESTAMP: str(START + 1)})

    def test_what_cannot_be_a_signature_is_malformed(self):
        for name, value in (
            (signing.TIMESTAMP, "-5"),
            (signing.TIMESTAMP, "1" * 13),
            (signing.TIMESTAMP, "\u0661"),
            (signing.SIGNATURE, ""),
            (signing.SIGNATURE, "v2=" + "0" * 64),
            (signing.SIGNATURE, "v1=" + "A" * 64),
        ):
            with self.subTest(name=name, value=value):
                self.assert_refused("malformed_header", {**signed(BODY), name: value})

    def test_the_tolerance_is_300_seconds_in_both_directions(self):
        for at in (START - 301, START + 301):
            self.assert_refused("stale", signed(BODY, at))
        for at in (START - 300, START + 300):
            relay, _, _ = a_relay()
            self.assertEqual(receive(relay, BODY, at).event_id, "evt_1")

    def test_one_right_entry_in_the_list_is_enough(self):
        relay, _, _ = a_relay()
        right = signed(BODY)[signing.SIGNATURE]
        relay.receive(BODY, {**signed(BODY), signing.SIGNATURE: f"v9=x, v1={'0' * 64} , {right}"})
