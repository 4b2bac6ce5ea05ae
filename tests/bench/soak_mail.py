# SPDX-License-Identifier: MIT
"""soak_mail - what mail comes to the site, what has to become of each, and an
account of what did.  A message is known by its field X-Soak, wherever it comes
to."""

import collections
import dataclasses
import heapq
import random
import smtplib
import threading
import time

import soak_site as site_of
from harness import smtp
from harness.smtp import Peer
from soak_site import OURS

try:
    import dkim
except ImportError:
    dkim = None  # python3-dkim

WORKERS = 16
BACKLOG = 150  # so many that are due: no new ones come
AGAIN = 5      # seconds until one that was put off comes again

TEXT = ("From: Ann <{sender}>\r\nTo: Members <members@remotes.club>\r\n"
        "Subject: Lunch\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000\r\n"
        "Message-ID: <1@{domain}>\r\n\r\nAt one?\r\n")

# How often they come; must pass in the end; never may.  What is in neither may
# pass while nobody can be asked about it.
KINDS = {
    "store": (30, True, False), "directory": (18, True, False),
    "chain": (3, True, False), "rewritten": (5, True, False),
    "plain": (5, True, False), "new": (8, True, False),
    "domain": (6, True, False), "bounce": (4, True, False),
    "fails": (2, True, False), "outgoing": (4, True, False),
    "sender": (4, False, False), "junk": (3, False, False),
    "forged": (3, False, False), "unknown": (8, False, True),
    "relay": (1, False, True),
}


@dataclasses.dataclass(order=True)
class Letter:
    due: float
    number: int
    kind: str = dataclasses.field(compare=False)
    peer: Peer = dataclasses.field(compare=False)
    sender: str = dataclasses.field(compare=False)
    left: list = dataclasses.field(compare=False)  # recipients
    text: str = dataclasses.field(compare=False)
    home: str = dataclasses.field(compare=False, default="")  # of a bounce


class Account:
    """What was accepted, and what has come; told of by many threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.expected = {}  # (number, target): kind
        self.got = collections.Counter()
        # Mail of our own, by recipient: [(when, Message-ID)]
        self.codes = collections.defaultdict(list)
        self.notifications = 0
        self.unsigned = collections.Counter()
        self.replies = collections.Counter()  # (kind, code)
        self.reasons = collections.Counter()  # why mail was put off
        self.way_back = collections.deque(maxlen=300)  # (SRS, who it is)
        self.senders = {}  # of letters on their way
        self.wrong = []

    def arrived(self, mail):
        number = mail.field("X-Soak").rpartition(" ")[2]
        with self.lock:
            if not number.isdigit():
                self.other_mail(mail)
                return
            number = int(number)
            for recipient in mail.recipients:
                self.got[number, recipient.lower()] += 1
            if mail.sender.startswith(("SRS0", "SRS1")):
                self.way_back.append((mail.sender, self.senders[number]))
            self.look_at(mail)

    def other_mail(self, mail):
        for recipient in mail.recipients:
            if recipient.endswith(f"@{site_of.CODES}"):
                self.codes[recipient].append((time.time(),
                                              mail.field("Message-ID")))
            else:
                self.notifications += 1

    def look_at(self, mail):
        if not mail.fields("ARC-Seal") and mail.sender.startswith("SRS0"):
            self.unsigned["no ARC seal"] += 1
        if mail.recipients[0].endswith(site_of.OUTSIDE) and not any(
                f"d={OURS}" in field for field in
                mail.fields("DKIM-Signature")):
            self.unsigned["no signature of a member's mail"] += 1

    def lost(self):
        return [key for key in self.expected if not self.got[key]]

    def doubled(self):
        return [key for key, count in self.got.items() if count > 1]

    def unasked(self):
        return [key for key in self.got if key not in self.expected]


class Writer:
    """Makes letters of each kind."""

    def __init__(self, site, account, domains):
        self._site, self._account, self._domains = site, account, domains
        self._chance = random.Random(1)
        self._numbers = 0
        self._texts = {}
        self._kinds = list(KINDS)
        self._weights = [KINDS[kind][0] for kind in self._kinds]

    def letter(self):
        """None: just now there is nothing of the kind whose turn it is."""
        kind, = self._chance.choices(self._kinds, self._weights)
        made = getattr(self, f"_{kind}")()
        return made and self._number(kind, *made)

    def _number(self, kind, peer, sender, recipients, text=None, home=""):
        self._numbers += 1
        text = text or TEXT.format(sender=sender or "mailer@g0.test",
                                   domain="g0.test")
        with self._account.lock:
            self._account.senders[self._numbers] = sender
        return Letter(time.monotonic(), self._numbers, kind, peer, sender,
                      recipients, f"X-Soak: {self._numbers}\r\n{text}", home)

    def _member(self, letter, count):
        return f"{letter}{self._chance.randrange(count)}@{OURS}"

    def _signed(self):
        """(peer, sender, text) of one who signs."""
        number = self._chance.randrange(site_of.SIGNED)
        sender = f"ann@g{number}.test"
        if number % 7 == 3:  # too long for an SRS address without a token
            sender = f"{'a' * 60}@g{number}.test"
        if sender not in self._texts:
            text = TEXT.format(sender=sender, domain=f"g{number}.test")
            if dkim:
                text = dkim.sign(text.encode(), b"s1", f"g{number}.test"
                                 .encode(), self._site.key.pem).decode() + text
            self._texts[sender] = text
        return site_of.peer_of("g", number), sender, self._texts[sender]

    def _to(self, *recipients):
        peer, sender, text = self._signed()
        return peer, sender, list(dict.fromkeys(recipients)), text

    def _store(self):
        return self._to(*(self._member("m", site_of.MEMBERS)
                          for _ in range(self._chance.choice((1, 1, 2, 3)))))

    def _directory(self):
        return self._to(*(self._member("l", site_of.LISTED)
                          for _ in range(self._chance.choice((1, 1, 2)))))

    def _chain(self):
        return self._to(self._member("c", site_of.CHAINS))

    def _fails(self):
        return self._to(f"fails@{OURS}")

    def _unknown(self):
        return self._to(f"nobody{self._chance.randrange(200)}@{OURS}")

    def _relay(self):
        return self._to("somebody@elsewhere.test")

    def _domain(self):
        name = self._domains.one_of(self._chance)
        return name and self._to(f"any{self._chance.randrange(9)}@{name}")

    def _unsigned(self, kind, count):
        number = self._chance.randrange(count)
        sender = f"u{self._chance.randrange(4)}@{kind}{number}.test"
        return (site_of.peer_of(kind, number), sender,
                [self._member("m", site_of.MEMBERS)],
                TEXT.format(sender=sender, domain=f"{kind}{number}.test"))

    def _rewritten(self):
        return self._unsigned("r", site_of.ALIGNED)

    def _plain(self):
        return self._unsigned("p", site_of.PLAIN)

    def _forged(self):
        return self._unsigned("f", site_of.FAILING)

    def _new(self):
        number = self._chance.randrange(100000)
        name = f"n{number}.many.test"
        peer = Peer(f"100.{number >> 16}.{number >> 8 & 255}.{number & 255}",
                    f"mta.{name}")
        return (peer, f"u@{name}", [self._member("m", site_of.MEMBERS)],
                TEXT.format(sender=f"u@{name}", domain=name))

    def _junk(self):
        return site_of.JUNK, "x@p1.test", [self._member(
            "m", site_of.MEMBERS)]

    def _sender(self):
        """One who is authenticated, and sends more than he may."""
        sender = f"m1@{OURS}"
        return (Peer(site_of.peer_of("p", 1).address,
                     f"mta.p1.test LOGIN={sender}", "mta.p1.test"), sender,
                [self._member("l", site_of.LISTED)],
                TEXT.format(sender=sender, domain=OURS))

    def _outgoing(self):
        sender = self._member("m", site_of.MEMBERS)
        to = f"o{self._chance.randrange(100)}@{site_of.OUTSIDE}"
        return (site_of.HOME, sender, [to],
                TEXT.format(sender=sender, domain=OURS))

    def _bounce(self):
        with self._account.lock:
            if not self._account.way_back:
                return None
            address, whose = self._chance.choice(self._account.way_back)
        if not whose:
            return None
        number = self._chance.randrange(site_of.SIGNED)
        return site_of.peer_of("g", number), "", [address], None, whose


class Post:
    """Workers that bring letters, and bring again what was put off."""

    def __init__(self, site, account, domains, rate):
        self._site, self._account = site, account
        self.writer = Writer(site, account, domains)
        self._rate = rate
        self._heap, self._alive = [], {}
        self._changed = threading.Condition()
        self.over, self._done = threading.Event(), False
        self._threads = [threading.Thread(target=self._guard, args=(work,))
                         for work in [self._write] + [self._work] * WORKERS]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self):
        """Letters on their way."""
        with self._changed:
            return len(self._alive)

    def holds(self, domain):
        """Is a letter to it on its way?"""
        with self._changed:
            return any(it.left[0].endswith(f"@{domain}")
                       for it in self._alive.values())

    def put(self, letter):
        with self._changed:
            self._alive[letter.number] = letter
            heapq.heappush(self._heap, letter)
            self._changed.notify()

    def close(self):
        self.over.set()
        self._done = True
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _guard(self, work):
        try:
            work()
        except Exception as trouble:  # pylint: disable=broad-except
            self._account.wrong.append(f"the soak itself: {trouble!r}")
            raise

    def _write(self):
        due = time.monotonic()
        while not self.over.is_set():
            due = max(due + 1 / self._rate, time.monotonic() - 1)
            self.over.wait(max(due - time.monotonic(), 0))
            letter = self._due() < BACKLOG and self.writer.letter()
            if letter:
                self.put(letter)

    def _due(self):
        now = time.monotonic()
        with self._changed:
            return sum(it.due <= now for it in self._heap)

    def _take(self):
        """The next one that is due; None at the end."""
        with self._changed:
            while not self._done:
                now = time.monotonic()
                if self._heap and self._heap[0].due <= now:
                    return heapq.heappop(self._heap)
                self._changed.wait(
                    min(self._heap[0].due - now, 1) if self._heap else 1)
            return None

    def _work(self):
        chance = random.Random(threading.get_ident())
        while letter := self._take():
            put_off = self._bring(letter, chance.choice(self._site.hosts))
            with self._changed:
                if put_off and not self._done:
                    letter.left = put_off
                    letter.due = time.monotonic() + AGAIN
                    heapq.heappush(self._heap, letter)
                else:
                    self._alive.pop(letter.number)

    def _bring(self, letter, host):
        """To whom it has to come again."""
        try:
            with smtp.session(host.postfix.port, letter.peer) as session:
                said = session.from_(letter.sender)
                replies = [(to, said if said[0] != "2" else session.to(to))
                           for to in letter.left]
                if any(reply[0] == "2" for _, reply in replies):
                    replies = self._content(letter, session, replies)
        except (OSError, smtplib.SMTPException) as trouble:
            with self._account.lock:
                self._account.replies[letter.kind, "none"] += 1
                self._account.reasons[f"no answer: {trouble!r}"[:100]] += 1
            return letter.left
        return [to for to, reply in replies if self._judge(letter, to, reply)]

    def _content(self, letter, session, replies):
        """What was said to the whole counts for whom it was to go to."""
        taken = [to for to, reply in replies if reply[0] == "2"]
        with self._account.lock:  # it may be there before the answer is
            for to in taken:
                for target in self._targets(letter, to):
                    self._account.expected[letter.number, target] = letter.kind
        try:
            end = session.content(letter.text)
        except (OSError, smtplib.SMTPException):
            end = "000 nobody knows"
            self._account.wrong.append(f"no answer to {letter.kind} "
                                       f"{letter.number} at its end")
        if end[0] != "2":
            with self._account.lock:
                for to in taken:
                    for target in self._targets(letter, to):
                        del self._account.expected[letter.number, target]
        return [(to, end if reply[0] == "2" else reply)
                for to, reply in replies]

    def _targets(self, letter, to):
        name, _, domain = to.partition("@")
        if letter.kind == "bounce":
            return [letter.home]
        if domain == site_of.OUTSIDE:
            return [to]
        if domain != OURS:
            return [f"all.{domain.partition('.')[0]}@{site_of.BOX}"]
        if name == "fails":
            return [site_of.STAYS]
        return site_of.targets_of(name.replace("c", "m"))

    def _judge(self, letter, to, reply):
        """Counts it; must it come again?"""
        _, must, never = KINDS[letter.kind]
        account = self._account
        with account.lock:
            account.replies[letter.kind, reply[0]] += 1
            wrong = reply[0] == "5" and must or reply[0] == "2" and never
            if wrong:
                account.wrong.append(f"{letter.kind} {letter.number} from "
                                     f"{letter.sender} to {to}: {reply}")
            if reply[0] == "4" and letter.kind != "sender":
                account.reasons[
                    f"{reply[:9]} {site_of.words_of(reply[10:])}"] += 1
        return reply[0] in "40" and must
