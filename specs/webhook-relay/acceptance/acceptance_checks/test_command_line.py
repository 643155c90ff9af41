"""R11 and N5: the command line."""

import io
import json
import os

from relay.cli import main
from acceptance_checks.support import CUSTOMER_SECRET, START, Check, Clock, Transport, event

FIELDS = {"delivery_id", "event_id", "event_type", "endpoint_id", "url", "reason", "attempts", "last_status",
          "last_error", "died_at"}


class CommandLine(Check):
    def setUp(self):
        super().setUp()
        self.w = self.world(answer=lambda request: 404 if request.url.endswith("/0") else 503, endpoints=2)
        self.gone, self.away = self.w.receive(event()).delivery_ids
        self.w.relay.work()

    def relay(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        code = main(["--db", self.path, *arguments], out, err, Clock(START + 500), Transport(200))
        self.assertNotIn(CUSTOMER_SECRET, out.getvalue() + err.getvalue())
        return code, out.getvalue().splitlines(), err.getvalue().splitlines()

    def test_the_list_is_one_json_object_a_line(self):
        code, lines, errors = self.relay("dead-letters")
        self.assertEqual((code, len(lines), errors), (0, 1, []))
        letter = json.loads(lines[0])
        self.assertEqual(set(letter), FIELDS)
        self.assertEqual((letter["delivery_id"], letter["reason"], letter["last_status"]), (self.gone, "permanent", 404))

    def test_the_list_of_one_endpoint(self):
        one, two = (endpoint.id for endpoint in self.w.endpoints)
        self.assertEqual(len(self.relay("dead-letters", "--endpoint", one)[1]), 1)
        self.assertEqual(self.relay("dead-letters", "--endpoint", two), (0, [], []))

    def test_a_replay_prints_the_delivery_and_the_next_work_sends_it(self):
        code, lines, _ = self.relay("replay", self.gone)
        self.assertEqual((code, len(lines)), (0, 1))
        delivery = json.loads(lines[0])
        self.assertEqual((delivery["id"], delivery["state"], delivery["next_attempt_at"]), (self.gone, "pending", START + 500))
        self.assertEqual(self.relay("dead-letters"), (0, [], []))
        self.relay("work")
        self.assertEqual(self.w.delivery(self.gone).state, "delivered")

    def test_each_refusal_is_one_line_with_its_code_and_exit_code_1(self):
        for arguments, expected in (
            (("replay", "del_nobody"), "unknown_delivery: "),
            (("replay", self.away), "not_dead: "),
            (("dead-letters", "--endpoint", "end_nobody"), "unknown_endpoint: "),
        ):
            with self.subTest(arguments=arguments):
                code, lines, errors = self.relay(*arguments)
                self.assertEqual((code, lines, len(errors)), (1, [], 1))
                self.assertTrue(errors[0].startswith(expected), errors[0])

    def test_the_commands_of_before_still_work_and_print_no_secret(self):
        secret = os.path.join(self.folder, "secret")
        with open(secret, "w", encoding="utf-8") as file:
            file.write(CUSTOMER_SECRET + "\n")
        code, lines, _ = self.relay("add-endpoint", "https://new.example/", "--secret-file", secret, "--types", "a", "b")
        self.assertEqual((code, len(lines)), (0, 1))
        self.assertIn(lines[0], [one.id for one in self.w.relay.endpoints()])
        code, lines, _ = self.relay("deliveries")
        self.assertEqual((code, [json.loads(line)["state"] for line in lines]), (0, ["dead", "pending"]))
        self.assertEqual(json.loads(lines[1])["next_attempt_at"], START + 30)
        self.assertEqual(self.relay("work", "--upstream-secret-file", secret), (0, ["1"], []))
