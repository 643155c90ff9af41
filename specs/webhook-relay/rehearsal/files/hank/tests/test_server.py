import unittest

from relay.server import MOST_BYTES, respond
from tests.support import a_relay, an_event, signed


class Responding(unittest.TestCase):
    def test_an_event_is_answered_with_its_id(self):
        relay, _, _ = a_relay()
        body = an_event("evt_9")
        for duplicate in (False, True):
            reply = respond(relay, "POST", "/events", signed(body), body)
            self.assertEqual((reply.status, reply.payload), (202, {"event_id": "evt_9", "duplicate": duplicate}))

    def test_each_refusal_has_a_status_and_a_code(self):
        relay, _, _ = a_relay()
        cases = [
            ("POST", "/elsewhere", an_event(), 404, "not_found"),
            ("GET", "/events", b"", 405, "method_not_allowed"),
            ("POST", "/events", b"x" * (MOST_BYTES + 1), 413, "too_large"),
            ("POST", "/events", b"no json", 400, "invalid_event"),
        ]
        for method, path, body, status, code in cases:
            with self.subTest(code=code):
                reply = respond(relay, method, path, signed(body), body)
                self.assertEqual((reply.status, reply.payload), (status, {"error": code}))


if __name__ == "__main__":
    unittest.main()
