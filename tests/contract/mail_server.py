"""A mail server that asks for a password. Prints its port, then a line for each message; ends with its standard input."""

import email
import email.policy
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Handler:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(envelope.mail_from, ",".join(envelope.rcpt_tos), message["subject"], flush=True)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"lea", b"p@ss"))


controller = Controller(
    Handler(),
    hostname="127.0.0.1",
    port=0,
    authenticator=authenticate,
    auth_required=True,
    auth_require_tls=False,
)
# The controller looks whether its port answers, which it cannot know for port 0.
controller._trigger_server = lambda: None
controller.start()
print(controller.server.sockets[0].getsockname()[1], flush=True)
sys.stdin.read()
controller.stop()
