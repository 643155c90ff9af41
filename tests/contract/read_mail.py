"""Reads each .eml file of a folder with Python's own parser, and calendars with icalendar."""

import email
import email.policy
import pathlib
import sys

import icalendar

HEADERS = {
    "from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references",
    "auto-submitted", "list-unsubscribe", "list-unsubscribe-post", "mime-version",
    "content-type", "content-transfer-encoding",
}
HIDDEN = "\u202e\u2066\u200f\ufeff\u0000"

count = calendars = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml")):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert not message.defects, (path.name, message.defects)
    names = [name.lower() for name in message.keys()]
    assert len(names) == len(set(names)) and set(names) <= HEADERS, (path.name, names)
    for name, value in message.items():
        assert not value.defects, (path.name, name, value.defects)
        assert not any(c in value for c in HIDDEN), (path.name, name)
    assert [one.addr_spec for one in message["to"].addresses] == ["toni@example.org"], path.name
    assert [one.addr_spec for one in message["from"].addresses] == ["work@acme.example"], path.name
    assert len(message["subject"]) < 230, path.name
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds in (["text/plain", "text/html"], ["text/plain", "text/html", "text/calendar"]), (path.name, kinds)
    for part in message.walk():
        assert not part.defects, (path.name, part.defects)
        if part.is_multipart():
            continue
        text = part.get_content()
        if part.get_content_type() == "text/html":
            assert "<script" not in text and "<img" not in text, path.name
        if part.get_content_type() == "text/calendar":
            assert part.get_param("method") == "PUBLISH", path.name
            assert part.get_filename() == "due.ics", path.name
            calendar = icalendar.Calendar.from_ical(text)
            assert calendar["METHOD"] == "PUBLISH" and calendar["VERSION"] == "2.0"
            (event,) = calendar.walk("VEVENT")
            assert event["UID"].startswith("ws_") and event["SEQUENCE"] == 1
            assert event.decoded("DTEND").isoformat() == "2026-03-05T17:00:00+00:00"
            assert "ATTENDEE" not in event and not event.errors, path.name
            calendars += 1
    count += 1
print(f"{count} messages, {calendars} calendars")
assert count > 200 and calendars > 15
