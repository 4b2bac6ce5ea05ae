# SPDX-License-Identifier: MIT
"""The part of tools/demo in which a newcomer becomes a member."""

import dataclasses
import email
import email.policy
import re

from harness.members import ssh_key
from harness.stage import until
from harness.web import Visitor

# Who plays with the form asks more often than a newcomer does.
PLAYFUL = {"per-client": 1000, "per-mailbox": 1000, "per-hour": 10000,
           "tries": 1000, "proxies": []}


@dataclasses.dataclass
class Newcomer:
    """Somebody who asks for an address on the form, and must get it."""

    story: str
    userid: str
    mailbox: str
    note: str

    @property
    def expected(self):
        return f"a code and a welcome for {self.mailbox}"


def written_by_us(mail):
    """Envelope senders of the mailer's; see postward-mailer(8)."""
    return mail.sender.startswith("bounce+")


def body(mail):
    message = email.message_from_bytes(mail.text, policy=email.policy.default)
    return message.get_content().replace("\r\n", "\n")


def told(line):
    """Of a line of the log what the session has not shown yet."""
    about = ("route=", "template=", "result=")
    return " ".join(word for word in line.split() if word.startswith(about))


def cut(text, most):
    return text if len(text) <= most else text[:most - 3] + "..."


def sent(visitor, page, **typed):
    """What the browser shows after the form of that page was sent."""
    answer = visitor.send(page, **typed)
    return visitor.follow(answer) if answer.status == 303 else answer


def code_in(mail):
    found = re.search(r"^ +(\S{5}-\S{5})$", body(mail), re.MULTILINE)
    return found.group(1) if found else "no code"


class Members:
    """The form and the mailer, in the world of the demo."""

    def __init__(self, world, paper):
        self._world, self._paper = world, paper
        postward = world.postward
        self.url = "http://%s:%d/" % postward.signup_place
        postward.change({
            "mailer": {"smtp": f"smtp://127.0.0.1:{world.postfix.system_port}"},
            "signup": {**PLAYFUL, "url": self.url.rstrip("/")}})
        postward.start_mailer()
        postward.start_signup()
        self.programs = [postward.mailer, postward.signup]
        self._shown = 0  # mails

    def join(self, newcomer):
        """Did everything go as it must?"""
        self._shown = len(self._world.sink.mails)
        try:
            with Visitor(self._world.postward.signup_place) as visitor:
                page = self._ask(visitor, newcomer)
                code = code_in(self._mail(newcomer, "verify"))
                self._prove(visitor, page, code)
            self._approve(newcomer)
            self._mail(newcomer, "welcome")
        except (AssertionError, OSError) as otherwise:
            self._paper.aside(str(otherwise))
            return False
        return True

    def _ask(self, visitor, newcomer):
        paper = self._paper
        paper.aside(f"at {self.url}, as in a browser")
        key = ssh_key(b"n", f"{newcomer.userid}@laptop")
        typed = {"userid": newcomer.userid, "email": newcomer.mailbox,
                 "pubkey": key, "note": newcomer.note}
        for name, value in typed.items():
            paper.client(cut(f"{name}: {value}", 60))
        return self._shows(sent(visitor, visitor.get("/"), **typed),
                           "Check your mail", "route=join")

    def _prove(self, visitor, page, code):
        self._paper.client(f"code: {code}")
        self._shows(sent(visitor, page, code=code),
                    "Your mailbox is confirmed", "route=code")

    def _shows(self, answer, heading, logged):
        """The page, if it is the one that must come."""
        self._paper.server(f"{answer.status} {answer.page.heading}")
        self._tell("signup", self._world.postward.signup, logged)
        if (answer.status, answer.page.heading) != (200, heading):
            raise AssertionError(f'expected the page "{heading}"')
        return answer

    def _tell(self, name, program, words):
        """The last line of its log that has them, as soon as it is there."""
        line = until(f"{words} in the log of {name}", lambda: next(
            (line for line in reversed(program.log().splitlines())
             if words in line), None))
        self._paper.aside(f"{name}: {told(line)}")

    def _approve(self, newcomer):
        self._paper.aside("the administrator reads what is known, and agrees:")
        for line in self._run("request show", newcomer):
            self._paper.server(cut(line, 72))
        for line in self._run("request approve", newcomer):
            self._paper.server(line)

    def _run(self, words, newcomer):
        self._paper.client(f"postward {words} {newcomer.userid}")
        return self._world.postward.cli(words, newcomer.userid).splitlines()

    def _mail(self, newcomer, template):
        """The next that arrives."""
        mail = self._world.sink.wait(self._shown + 1)[self._shown]
        self._shown += 1
        self._tell("mailer", self._world.postward.mailer,
                   f"template={template} ")
        self._paper.aside(f"arrives elsewhere: from <{mail.sender}> "
                          f"to <{', '.join(mail.recipients)}>")
        self._paper.aside(mail.field("Subject"))
        if mail.recipients != [newcomer.mailbox] or not written_by_us(mail):
            raise AssertionError(f"expected mail for {newcomer.mailbox}")
        return mail

    def to_try(self, postward, swaks):
        """What there is to do for who wants to be a member.  postward: the
        command; swaks: how to send somebody a mail."""
        return {
            "Become a member: ask for an address, in a browser, at": self.url,
            "Type the code of the mail that arrives below; then see who waits":
                f"{postward} request list",
            "Agree, as the administrator: NAME is the user id":
                f"{postward} request approve NAME",
            "Write to the new member":
                swaks("NAME@remotes.club"),
        }
