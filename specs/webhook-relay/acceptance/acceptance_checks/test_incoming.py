"""R3: only billing can send us events."""

from relay import InvalidEvent, RelayError, SignatureRejected
from relay.server import respond
from acceptance_checks.support import START, Check, event, signature, signed, UPSTREAM_SECRET

BODY = event()


class Incoming(Check):
    def setUp(self):
        super().setUp()
        self.w = self.world()

    def assert_refused(self, code, headers, body=BODY):
        with self.assertRaises(SignatureRejected) as caught:
            self.w.relay.receive(body, headers)
        self.assertIsInstance(caught.exception, RelayError)
        self.assertEqual(caught.exception.code, code)
        self.assertEqual(self.w.relay.deliveries(), [])

    def test_a_request_signed_by_billing_is_received(self):
        self.assertEqual(self.w.receive(BODY).event_id, "evt_1")
        self.assertEqual(len(self.w.relay.deliveries()), 1)

    def test_header_names_arrive_in_any_case(self):
        headers = {name.upper(): value for name, value in signed(BODY, START).items()}
        self.w.relay.receive(BODY, headers)
        headers = {name.lower(): value for name, value in signed(event("evt_2"), START).items()}
        self.w.relay.receive(event("evt_2"), headers)
        self.assertEqual(len(self.w.relay.deliveries()), 2)

    def test_each_of_the_three_headers_is_needed(self):
        self.assert_refused("missing_header", {})
        for name in ("Relay-Id", "Relay-Timestamp", "Relay-Signature"):
            with self.subTest(missing=name):
                headers = signed(BODY, START)
                del headers[name]
                self.assert_refused("missing_header", headers)

    def test_a_missing_header_comes_before_a_malformed_one(self):
        self.assert_refused("missing_header", {"Relay-Id": "x", "Relay-Timestamp": "soon"})

    def test_timestamps_that_are_not_one_to_twelve_ascii_digits(self):
        for timestamp in ("", "-1", "+1", "1.5", "1e9", " 1767225600", "1767225600 ", "1" * 13, "\u0661\u0662", "soon", "1_000"):
            with self.subTest(timestamp=timestamp):
                headers = signed(BODY, START)
                headers["Relay-Timestamp"] = timestamp
                headers["Relay-Signature"] = signature(UPSTREAM_SECRET, timestamp, "msg_1", BODY)
                self.assert_refused("malformed_header", headers)

    def test_signature_headers_without_an_entry_that_could_be_one(self):
        digits = signed(BODY, START)["Relay-Signature"][3:]
        for value in ("", "v1=", digits, "v2=" + digits, "v1=" + digits[:-1], "v1=" + digits + "0", "v1=" + digits.upper(),
                      "v1=" + "g" * 64, "v1 =" + digits, ",,,"):
            with self.subTest(value=value):
                self.assert_refused("malformed_header", {**signed(BODY, START), "Relay-Signature": value})

    def test_an_entry_of_another_version_and_a_wrong_entry_beside_the_right_one_are_passed_over(self):
        right = signed(BODY, START)["Relay-Signature"]
        value = f"v0=abc, v1={'0' * 64} ,{right} , v9=xyz"
        self.w.relay.receive(BODY, {**signed(BODY, START), "Relay-Signature": value})
        self.assertEqual(len(self.w.relay.deliveries()), 1)

    def test_a_signature_with_another_secret_id_time_or_body_is_wrong(self):
        right = signed(BODY, START)
        self.assert_refused("bad_signature", signed(BODY, START, secret="guessed"))
        self.assert_refused("bad_signature", {**right, "Relay-Id": "msg_2"})
        self.assert_refused("bad_signature", {**right, "Relay-Timestamp": str(START - 1)})
        self.assert_refused("bad_signature", right, BODY + b" ")

    def test_a_forged_and_old_request_is_called_forged(self):
        self.assert_refused("bad_signature", signed(BODY, START - 5000, secret="guessed"))

    def test_300_seconds_are_not_too_old_and_301_are(self):
        self.assert_refused("stale", signed(BODY, START - 301))
        self.w.relay.receive(BODY, signed(BODY, START - 300))
        self.assertEqual(len(self.w.relay.deliveries()), 1)

    def test_the_signature_comes_before_the_body(self):
        self.assert_refused("bad_signature", signed(b"no json", START, secret="guessed"), b"no json")
        with self.assertRaises(InvalidEvent):
            self.w.relay.receive(b"no json", signed(b"no json", START))

    def test_the_server_answers_401_with_the_code(self):
        cases = [
            ({}, "missing_header"),
            ({**signed(BODY, START), "Relay-Timestamp": "soon"}, "malformed_header"),
            (signed(BODY, START, secret="guessed"), "bad_signature"),
            (signed(BODY, START - 301), "stale"),
        ]
        for headers, code in cases:
            with self.subTest(code=code):
                reply = respond(self.w.relay, "POST", "/events", headers, BODY)
                self.assertEqual((reply.status, reply.payload), (401, {"error": code}))
        self.assertEqual(respond(self.w.relay, "POST", "/events", signed(b"[]", START), b"[]").status, 400)

    def test_a_refused_event_can_still_be_received(self):
        self.assert_refused("bad_signature", signed(BODY, START, secret="guessed"))
        self.assertFalse(self.w.receive(BODY).duplicate)
