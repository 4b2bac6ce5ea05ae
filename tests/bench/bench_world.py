# SPDX-License-Identifier: MIT
"""bench_world - a world of domains, lists and clients to be asked about; the
same on every machine."""

import random

DOMAINS = 1000
HOSTERS = 10
LISTS = {"bl1.test": 0.10, "bl2.test": 0.03, "bl3.test": 0.01, "bl4.test": 0.0}
NAMES = "names.test"  # a list of domains
STRANGERS = 0.2       # clients that no SPF record allows
CLUB = "club.test"    # whose members get the mail

MANY = "many.test"    # any name below it is a domain with SPF

POLICY = """\
expect={expected}
request=smtpd_access_policy
protocol_state=RCPT
protocol_name=ESMTP
client_address={client}
client_name={name}
reverse_client_name={name}
helo_name={helo}
sender={sender}
recipient={recipient}
recipient_count=0
queue_id=
instance={number:x}.1.0
size=2048
sasl_username=
client_port=40000
server_address=127.0.0.1
server_port=25

"""


def address(number, host):
    """Four of each domain's own."""
    return f"198.18.{number // 64}.{number % 64 * 4 + host}"


def of_hoster(hoster, host):
    return f"198.19.{hoster}.{host % 250 + 1}"


def reversed_of(client):
    return ".".join(reversed(client.split(".")))


def spf_of(number):
    """The record of a domain, and an address that it allows: eight shapes, of
    none to five questions, as they are met in the wild."""
    name, hoster = f"d{number}.test", number % HOSTERS
    first, hosted = address(number, 0), of_hoster(hoster, number)
    shapes = (
        (f"v=spf1 ip4:{first} ip4:192.0.2.0/24 -all", first),
        (f"v=spf1 include:spf.hoster{hoster}.test -all", hosted),
        ("v=spf1 mx -all", first),
        (f"v=spf1 a:mail.{name} ~all", first),
        (f"v=spf1 redirect=spf.hoster{hoster}.test", hosted),
        (f"v=spf1 include:all.hoster{hoster}.test ip4:{first} -all", hosted),
        (f"v=spf1 exists:%{{ir}}.ok.{name} -all", first),
        (None, first),
    )
    return shapes[number // HOSTERS % len(shapes)]


def is_known_for_junk(number):
    return number % 50 == 7


def listed():
    """{list: the domains whose first address it knows}."""
    chance = random.Random(1)
    return {zone: {number for number in range(DOMAINS)
                   if chance.random() < part}
            for zone, part in LISTS.items()}


def records_of(number):
    name, first = f"d{number}.test", address(number, 0)
    record, allowed = spf_of(number)
    yield f"{name}. A {first}"
    yield f"{name}. MX 10 mail.{name}."
    yield f"mail.{name}. A {first}"
    yield f"mta.{name}. A {first}"
    if record:
        yield f'{name}. TXT "{record}"'
    if record and "exists:" in record:
        yield f"{reversed_of(allowed)}.ok.{name}. A 127.0.0.2"
    if is_known_for_junk(number):
        yield f"{name}.{NAMES}. A 127.0.1.2"
        yield f'{name}.{NAMES}. TXT "known for junk"'


def records():
    """Lines of a zone file."""
    for hoster in range(HOSTERS):
        own = f"spf.hoster{hoster}.test"
        following = f"spf.hoster{(hoster + 1) % HOSTERS}.test"
        yield (f'{own}. TXT "v=spf1 ip4:198.19.{hoster}.0/24 '
               f'ip4:203.0.113.0/24 ~all"')
        yield (f'all.hoster{hoster}.test. TXT "v=spf1 include:{following} '
               f'include:{own} ~all"')
    for number in range(DOMAINS):
        yield from records_of(number)
    # RFC 5782 5.
    yield f"test.{NAMES}. A 127.0.1.2"
    for zone, numbers in listed().items():
        yield f"2.0.0.127.{zone}. A 127.0.0.2"
        for number in numbers:
            name = f"{reversed_of(address(number, 0))}.{zone}"
            yield f"{name}. A 127.0.0.2"
            yield f'{name}. TXT "sent junk"'
    yield f"*.{MANY}. MX 10 mail.{MANY}."
    yield f"*.{MANY}. A 192.0.2.1"
    yield f'*.{MANY}. TXT "v=spf1 ip4:100.0.0.0/8 -all"'


def is_refused(number, client, lists):
    """By a list of domains or of clients, or by SPF."""
    record, allowed = spf_of(number)
    if is_known_for_junk(number):
        return True
    if client == address(number, 0):
        return any(number in numbers for numbers in lists.values())
    return client != allowed and record is not None and "-all" in record


def steps(n, seed=2):
    """(client, client name, HELO, sender, recipient, "accept" or "refuse") of n
    sessions, each domain as often as any other."""
    chance, lists = random.Random(seed), listed()
    order = [number % DOMAINS for number in range(n)]
    chance.shuffle(order)
    for number in order:
        name = f"d{number}.test"
        stranger = chance.random() < STRANGERS
        client = address(number, 3) if stranger else spf_of(number)[1]
        refused = is_refused(number, client, lists)
        yield (client, f"mail.{name}", f"mta.{name}",
               f"user{chance.randrange(50)}@{name}",
               f"member{chance.randrange(100)}@{CLUB}",
               "refuse" if refused else "accept")


def write_policy(path, n):
    """Each request is a message of its own."""
    path.write_text("".join(
        POLICY.format(number=number, client=client, name=name, helo=helo,
                      sender=sender, recipient=recipient, expected=expected)
        for number, (client, name, helo, sender, recipient, expected)
        in enumerate(steps(n))))


def write_names(path):
    """One request with other names each time; see bench_load.c."""
    path.write_text(POLICY.format(
        number=1, client="100.%", name=f"mail.n#.{MANY}",
        helo=f"mta.n#.{MANY}", sender=f"user@n#.{MANY}",
        recipient=f"member@{CLUB}", expected="accept").replace(
            "instance=1.", "instance=#."))


def write_sessions(path, n):
    path.write_text("".join("\t".join(step) + "\n" for step in steps(n)))


def write_members(path, n):
    path.write_text("".join(f"{step[4]}\n" for step in steps(n)))


def write_senders(path, n):
    path.write_text("".join(f"{step[3]}\n" for step in steps(n)))


def settings():
    """Every check on; {section: {key: value}}."""
    return {
        "": {"hostname": "mx.club.test", "domains": [CLUB],
             "forward-cache": "60s", "forward-stale": "1h"},
        "spf": {"header": True},
        **{f'dnsbl "{zone}"': {"action": "reject"} for zone in LISTS},
        f'rhsbl "{NAMES}"': {"action": "reject"},
    }
