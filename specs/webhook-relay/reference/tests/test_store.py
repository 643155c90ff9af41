import sqlite3
import tempfile
import unittest
from pathlib import Path

from relay import Store, UnknownSchema
from relay.store import SCHEMA_1
from tests.support import ScriptedTransport, a_relay, an_event, receive


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(Path(folder.name) / "relay.db")

    def file_of_schema_1(self):
        connection = sqlite3.connect(self.path)
        connection.executescript(SCHEMA_1 + "PRAGMA user_version = 1;")
        connection.execute("INSERT INTO endpoints VALUES ('end_a', 'https://a.example/', 's', '')")
        for seq in (1, 2):
            connection.execute("INSERT INTO events VALUES (?, 'evt_1', 'x', ?, 100)", (seq, an_event()))
        connection.execute("INSERT INTO deliveries VALUES ('del_1', 1, 'end_a', 'failed', 1, 500, NULL)")
        connection.execute("INSERT INTO deliveries VALUES ('del_2', 2, 'end_a', 'pending', 0, NULL, NULL)")
        connection.commit()
        connection.close()

    def test_a_file_of_schema_1_comes_along_with_what_failed_and_what_waits(self):
        self.file_of_schema_1()
        relay, _, transport = a_relay(path=self.path)
        (letter,) = relay.dead_letters()
        self.assertEqual((letter.delivery_id, letter.reason, letter.died_at), ("del_1", "before_retries", 100))
        self.assertEqual(relay.work(), 1)
        self.assertEqual(receive(relay, an_event()).delivery_ids, ("del_1",))

    def test_a_newer_file_is_refused(self):
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA user_version = 3")
        connection.close()
        with self.assertRaises(UnknownSchema):
            Store(self.path)

    def test_another_connection_can_write_while_a_request_is_under_way(self):
        class WritesMeanwhile(ScriptedTransport):
            def send(transport, request):
                other = sqlite3.connect(self.path, timeout=0)
                other.execute("CREATE TABLE elsewhere (n)")
                other.close()
                return super().send(request)

        relay, _, _ = a_relay(path=self.path)
        relay._transport = WritesMeanwhile()
        relay.add_endpoint("https://a.example/", "s1")
        receive(relay, an_event())
        self.assertEqual(relay.work(), 1)
