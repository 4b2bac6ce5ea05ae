# SPDX-License-Identifier: MIT
"""bench_forwarding - Postfix servers that forward signed mail of strangers:
with Postward, with a milter that does nothing, with what Debian offers."""

import bench_signed as signed
import bench_world as world
from bench_debian import DebianStack
from bench_mail import MailServer
from bench_stage import make_postward, tool
from harness.stage import Stage, until

# Whose mail is looked at, not counted: at a sink that keeps it.
CHECKED, CHECKED_TARGET = f"checked@{world.CLUB}", "somebody@checked.test"
FORWARDS = {f"@{world.CLUB}": "somebody@sink.test", CHECKED: CHECKED_TARGET}

def forwarding(maps, checked):
    """Settings of a server that forwards the club's mail."""
    return ("relay_domains =", f"virtual_alias_domains = {world.CLUB}",
            f"virtual_alias_maps = {maps}",
            "transport_maps = inline:{ { checked.test = "
            f"smtp:[127.0.0.1]:{checked.port} }} }}")


def inline_forwards():
    rows = ", ".join(f"{{ {name} = {target} }}"
                     for name, target in FORWARDS.items())
    return f"inline:{{ {rows} }}"


def forwarding_postward(stage, resolver, checked):
    server = MailServer(stage, *forwarding(
        "socketmap:unix:postward/forwarder:forward", checked))
    group = {"group": "postfix"}
    postward = make_postward(stage, resolver, server.sockets, policyd=group,
                             milter=group, forwarder=group)
    postward.cli("account add", CHECKED)
    postward.cli("forward add --confirmed", CHECKED, CHECKED_TARGET)
    postward.start()
    server.asked += [postward.policyd, postward.milter, postward.forwarder]
    return server


def forwarding_null(stage, checked):
    """Asks nobody but a milter that does nothing."""
    server = MailServer(stage, *forwarding(inline_forwards(), checked),
                        "smtpd_recipient_restrictions =")
    socket = server.sockets / "milter"
    server.asked.append(stage.start("null-forwarding", tool("bench_null"),
                                    "milter", socket))
    until("the null milter", socket.exists)
    return server


def forwarding_debian(stage, checked):
    stack = DebianStack(stage.keep(Stage()), "mx.club.test", world.CLUB)
    server = MailServer(stage, *forwarding(inline_forwards(), checked),
                        "non_smtpd_milters =", *stack.settings,
                        services=stack.services)
    stack.start_milters(server.sockets)
    server.asked += stack.programs
    return server


def check_forwarded(server, checked, sessions):
    """That it knows who has written the mail, and has made the sender its
    own."""
    file = sessions.with_name("checked.sessions")
    file.write_text(sessions.read_text().splitlines()[0].replace(
        f"\t{signed.RECIPIENT}\t", f"\t{CHECKED}\t") + "\n")
    before = len(checked.wait(0))
    server.send(file, 1, "message", 1, True)
    mail = checked.wait(before + 1)[-1]
    said = " ".join(mail.fields("Authentication-Results")
                    + mail.fields("Received-SPF")).lower().replace(
                        "received-spf: pass", "spf=pass")
    wrong = [word for word in signed.RESULTS if word not in said]
    if wrong or not mail.sender.startswith("SRS0"):
        raise OSError(f"no {wrong} of {mail.sender}: {said}")
