"""A mail server that asks for a password. Prints its port, then a line for each message; ends with its standard input."""

import email
import email.policy
import socket
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


def port():
    return controller.server.sockets[0].getsockname()[1]


def answers():
    """The controller looks whether its port answers; the number is known only now."""
    with socket.create_connection(("127.0.0.1", port()), timeout=5) as connection:
        connection.recv(1024)


controller._trigger_server = answers
controller.start()
print(port(), flush=True)
sys.stdin.read()
controller.stop()
