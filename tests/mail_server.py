"""A small real mail server on this machine: it keeps what it took, or refuses as it is told."""

import contextlib
import socketserver
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event, Thread
from typing import Any


def _set() -> Event:
    event = Event()
    event.set()
    return event


@dataclass
class Taken:
    """refuse: what it answers to a message instead of taking it; hang_up: ends the line after taking one, without a yes.

    yes: while it is cleared, a message is taken and the answer waits.
    """

    messages: list[EmailMessage] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    refuse: str = ""
    hang_up: bool = False
    yes: Event = field(default_factory=_set)


class Conversation(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self.answer("220 mail.test")
        recipients: list[str] = []
        while line := self.rfile.readline():
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"RCPT":
                recipients.append(line.decode().partition(":")[2].strip())
            if verb == b"DATA":
                if not self.data(recipients):
                    return
                recipients = []
            elif verb == b"QUIT":
                self.answer("221 bye")
                return
            else:
                self.answer("250 ok")

    def data(self, recipients: list[str]) -> bool:
        self.answer("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        taken = self.server.taken
        if taken.refuse:
            self.answer(taken.refuse)
            return True
        taken.messages.append(message_from_bytes(b"".join(lines), policy=policy.default))
        taken.envelopes.append(recipients)
        if taken.hang_up:
            return False
        taken.yes.wait(60)
        with contextlib.suppress(OSError):
            self.answer("250 taken")
        return True

    def answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.taken = Taken()
        super().__init__(("127.0.0.1", 0), Conversation)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Any:
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
