"""The command line. `main` takes its streams, clock and transport as arguments, so that tests can call it."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import List, Optional, TextIO

from relay.clock import Clock, SystemClock
from relay.model import RelayError
from relay.server import serve
from relay.service import Relay, Settings
from relay.store import Store
from relay.transport import HttpTransport, Transport


def main(
    arguments: List[str],
    out: Optional[TextIO] = None,
    err: Optional[TextIO] = None,
    clock: Optional[Clock] = None,
    transport: Optional[Transport] = None,
) -> int:
    """Runs one command. Returns 0, or 1 with a line on `err` where the relay refuses."""
    out, err = out or sys.stdout, err or sys.stderr
    options = parser().parse_args(arguments)
    store = None
    try:
        store = Store(options.db)
        secret = read_secret(options.upstream_secret_file) if options.upstream_secret_file else ""
        relay = Relay(
            store, clock or SystemClock(), transport or HttpTransport(), Settings(upstream_secret=secret)
        )
        options.command(relay, options, out)
        return 0
    except RelayError as error:
        print(f"{error.code}: {error}", file=err)
        return 1
    finally:
        if store is not None:
            store.close()


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="relay", description="Passes billing events on to customers.")
    top.add_argument("--db", required=True, help="the database file; created if it is not there")
    top.set_defaults(upstream_secret_file=None)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    add = commands.add_parser("add-endpoint", help="subscribe an address")
    add.add_argument("url")
    add.add_argument("--secret-file", required=True)
    add.add_argument("--types", nargs="*", default=[])
    add.set_defaults(command=add_endpoint)

    look = commands.add_parser("deliveries", help="every delivery, one JSON object a line")
    look.set_defaults(command=deliveries)

    dead = commands.add_parser("dead-letters", help="what is not tried any more, one JSON object a line")
    dead.add_argument("--endpoint", help="of this endpoint only")
    dead.set_defaults(command=dead_letters)

    again = commands.add_parser("replay", help="send a dead letter again with the next work")
    again.add_argument("delivery_id")
    again.set_defaults(command=replay)

    work = commands.add_parser("work", help="send what is due, then end")
    work.add_argument("--upstream-secret-file")
    work.set_defaults(command=lambda relay, options, out: print(relay.work(), file=out))

    listen = commands.add_parser("serve", help="receive events over HTTP")
    listen.add_argument("--port", type=int, default=8080)
    listen.add_argument("--upstream-secret-file", required=True)
    listen.set_defaults(command=lambda relay, options, out: serve(relay, options.port))
    return top


def read_secret(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").strip()


def add_endpoint(relay: Relay, options: argparse.Namespace, out: TextIO) -> None:
    endpoint = relay.add_endpoint(options.url, read_secret(options.secret_file), options.types)
    print(endpoint.id, file=out)


def deliveries(relay: Relay, options: argparse.Namespace, out: TextIO) -> None:
    for delivery in relay.deliveries():
        print(json.dumps(asdict(delivery)), file=out)


def dead_letters(relay: Relay, options: argparse.Namespace, out: TextIO) -> None:
    for letter in relay.dead_letters(options.endpoint):
        print(json.dumps(asdict(letter)), file=out)


def replay(relay: Relay, options: argparse.Namespace, out: TextIO) -> None:
    print(json.dumps(asdict(relay.replay(options.delivery_id))), file=out)
