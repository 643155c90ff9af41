import io
import json
import tempfile
import unittest
from pathlib import Path

from relay import Relay, Settings, Store
from relay.cli import main
from tests.support import UPSTREAM_SECRET, ScriptedTransport, StillClock, an_event, receive


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.db = str(self.folder / "relay.db")
        (self.folder / "secret").write_text("customer secret\n", encoding="utf-8")

    def run_relay(self, *arguments, transport=None):
        out, err = io.StringIO(), io.StringIO()
        code = main(["--db", self.db, *arguments], out, err, StillClock(), transport or ScriptedTransport())
        return code, out.getvalue(), err.getvalue()

    def receive_one(self):
        store = Store(self.db)
        receipt = receive(Relay(store, StillClock(), ScriptedTransport(), Settings(UPSTREAM_SECRET)), an_event())
        store.close()
        return receipt.delivery_ids

    def test_an_endpoint_that_was_added_gets_what_was_received_before_work(self):
        code, endpoint_id, _ = self.run_relay(
            "add-endpoint", "https://a.example/", "--secret-file", str(self.folder / "secret")
        )
        self.assertEqual(code, 0)
        self.receive_one()
        self.assertEqual(self.run_relay("work"), (0, "1\n", ""))
        _, lines, _ = self.run_relay("deliveries")
        delivery = json.loads(lines)
        self.assertEqual((delivery["endpoint_id"], delivery["state"]), (endpoint_id.strip(), "delivered"))


if __name__ == "__main__":
    unittest.main()
