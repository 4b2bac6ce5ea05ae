# SPDX-License-Identifier: MIT
"""members - newcomers who ask for an address, and what the store says."""

import base64
import contextlib
import email
import email.policy
import json
import re
import sqlite3
import struct

from .stage import until
from .web import Visitor


def ssh_key(fill=b"k", comment="ann@laptop"):
    """A well-formed ed25519 key; nobody knows its private half."""
    name, body = b"ssh-ed25519", fill * 32
    blob = (struct.pack(">I", len(name)) + name +
            struct.pack(">I", len(body)) + body)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} {comment}"


def typed(userid="nina", **changes):
    return {"userid": userid, "email": f"{userid}@elsewhere.example",
            "pubkey": ssh_key(), "note": "Grüße, Nina", **changes}


def rows(postward, sql, *values):
    with contextlib.closing(sqlite3.connect(postward.database)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql, values)]


def change(postward, sql, *values):
    with contextlib.closing(sqlite3.connect(postward.database)) as db, db:
        db.execute(sql, values)


def requests(postward):
    return rows(postward, "SELECT * FROM request ORDER BY created")


def code_of(postward, about):
    """The newest that was mailed about that."""
    mail = rows(postward, "SELECT texts FROM outbox WHERE about = ? "
                "ORDER BY created DESC, rowid DESC", about)
    return json.loads(mail[0]["texts"])["code"]


def ask(visitor, **changes):
    """Fills in the form and sends it."""
    return visitor.send(visitor.get("/"), **typed(**changes))


def asked(postward, client="198.51.100.1", **changes):
    """Somebody whose request is taken: the visitor, the request's page."""
    visitor = Visitor(postward.signup_place, client)
    return visitor, visitor.follow(ask(visitor, **changes))


def id_of(page):
    return page.path.split("/")[2]


def letter(sink, recipient, subject):
    """The last one that has arrived there and is about that."""
    return until(f'"{subject}" for {recipient}', lambda: [
        mail for mail in sink.mails if recipient in mail.recipients
        and subject in mail.field("Subject")])[-1]


def text_of(mail):
    """What its reader sees."""
    return email.message_from_bytes(
        mail.text.replace(b"\r\n", b"\n"),
        policy=email.policy.default).get_content()


def code_in(mail):
    return re.search(r"^ {4}(\w{5}-\w{5})$", text_of(mail), re.M)[1]


def link_in(mail):
    return re.search(r"^http://\S+$", text_of(mail), re.M)[0]


def sign_in(visitor, postward, address="ann@remotes.club"):
    """The member's first page, in that visitor's browser."""
    page = visitor.send(visitor.get("/member"), address=address)
    assert page.status == 200, page.text
    answer = visitor.send(page, code=code_of(postward, f"member:{address}"))
    return visitor.follow(answer)


def signed_in(postward, address="ann@remotes.club", client="198.51.100.1"):
    """A member's browser, and the first page there."""
    visitor = Visitor(postward.signup_place, client)
    return visitor, sign_in(visitor, postward, address)


def press(visitor, page, action, **typed):
    """The form of the page that leads there, with that among what it sends."""
    for number, form in enumerate(page.page.forms):
        if form.action.endswith(action) and all(
                form.fields.get(name) in ("", None, value)
                for name, value in typed.items()
                if name in ("target", "sender")):
            return visitor.send(page, number, **typed)
    raise AssertionError(f"no form leads to {action}: {page.text}")
