# SPDX-License-Identifier: MIT
"""web - a visitor of the web form: a browser without JavaScript."""

import html.parser
import http.client
import http.cookies
import socket
import urllib.parse

from .stage import PATIENCE

FORM = "application/x-www-form-urlencoded"
VOID = {"meta", "link", "input", "br", "hr", "img"}
# What would be code, or be fetched from elsewhere.
FORBIDDEN = {"script", "style", "img", "iframe", "object", "embed", "base",
             "svg", "video", "audio"}


class Form:
    def __init__(self, action, method):
        self.action, self.method = action, method
        self.fields = {}  # name: value


class Page(html.parser.HTMLParser):
    """What a page holds, and in `problems` what it should not."""

    def __init__(self, text):
        super().__init__()
        self.title = self.heading = self.text = ""
        self.lang = None
        self.forms, self.links, self.problems = [], [], []
        self.labels, self.controls, self.by_id = {}, {}, {}
        self._open, self._ids = [], []
        self.feed(text)
        self.close()
        self._check()

    def handle_starttag(self, tag, attributes):
        attrs = dict(attributes)
        if tag in FORBIDDEN:
            self.problems.append(f"<{tag}>")
        for name, value in attributes:
            if name.startswith("on") or name == "style":
                self.problems.append(f"{tag} {name}=")
            if name in ("src", "href", "action") and (
                    ":" in value or value.startswith("/")):
                self.problems.append(f"{tag} {name}={value}")
        if attrs.get("id") in self.by_id:
            self.problems.append(f"id {attrs['id']} twice")
        if "id" in attrs:
            self.by_id[attrs["id"]] = ""
        if tag == "html":
            self.lang = attrs.get("lang")
        elif tag == "form":
            self.forms.append(Form(attrs["action"], attrs["method"]))
        elif tag == "a":
            self.links.append(attrs["href"])
        elif tag == "label":
            self.labels[attrs["for"]] = True
        elif tag in ("input", "textarea"):
            self.forms[-1].fields[attrs["name"]] = attrs.get("value", "")
            if attrs.get("type") != "hidden":
                self.controls[attrs["id"]] = attrs
        if tag not in VOID:
            self._open.append((tag, attrs))

    def handle_endtag(self, tag):
        if not self._open or self._open.pop()[0] != tag:
            self.problems.append(f"</{tag}> out of order")

    def handle_data(self, data):
        tags = [tag for tag, _ in self._open]
        if "title" in tags:
            self.title += data
        if "h1" in tags:
            self.heading += data
        if "main" in tags:
            self.text += data
        for tag, attrs in self._open:
            if "id" in attrs:
                self.by_id[attrs["id"]] += data
            if tag == "textarea":
                value = self.forms[-1].fields[attrs["name"]] + data
                # The first line break is not part of the text.
                self.forms[-1].fields[attrs["name"]] = value
        if tags and tags[-1] == "textarea" and data.startswith("\n"):
            name = self._open[-1][1]["name"]
            if self.forms[-1].fields[name] == data:
                self.forms[-1].fields[name] = data[1:]

    def _check(self):
        if self._open:
            self.problems.append(f"not closed: {self._open}")
        if self.lang != "en" or not self.title or not self.heading:
            self.problems.append("no lang, title or h1")
        for control, attrs in self.controls.items():
            if control not in self.labels:
                self.problems.append(f"{control} has no label")
            for told in attrs.get("aria-describedby", "").split():
                if told not in self.by_id:
                    self.problems.append(f"{control}: no {told}")
        for link in self.links:
            if link.startswith("#") and link[1:] not in self.by_id:
                self.problems.append(f"{link} leads nowhere")

    def error(self, field=None):
        """Beside the field, or in the summary."""
        return self.by_id.get(f"{field}-error")

    def value(self, field):
        return next(form.fields[field] for form in self.forms
                    if field in form.fields)


class Answer:
    def __init__(self, response, path):
        self.status, self.path = response.status, path
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def page(self):
        page = Page(self.text)
        assert page.problems == [], page.problems
        return page

    @property
    def location(self):
        """Where a redirect leads to, from the server's root."""
        relative = self.headers["Location"]
        assert not relative.startswith(("/", "http")), relative
        return urllib.parse.urljoin(self.path, relative)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("remotes.club", timeout=PATIENCE)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Visitor:
    """One keep-alive connection, one cookie jar, one address."""

    def __init__(self, place, client="198.51.100.1"):
        self.place, self.client = place, client
        self.cookies = {}
        self.connection = (
            http.client.HTTPConnection(*place, timeout=PATIENCE)
            if isinstance(place, tuple) else UnixConnection(place))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.connection.close()

    def ask(self, method, path, body=None, headers=None):
        all_headers = {"X-Forwarded-For": self.client, **(headers or {})}
        if self.cookies:
            all_headers.setdefault("Cookie", "; ".join(
                f"{k}={v}" for k, v in self.cookies.items()))
        given = {k: v for k, v in all_headers.items() if v is not None}
        try:
            self.connection.request(method, path, body, given)
            answer = Answer(self.connection.getresponse(), path)
        except (BrokenPipeError, http.client.RemoteDisconnected):
            # It was idle for too long, on a busy machine: as browsers do.
            self.connection.close()
            self.connection.request(method, path, body, given)
            answer = Answer(self.connection.getresponse(), path)
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, fields, **headers):
        return self.ask("POST", path, urllib.parse.urlencode(fields),
                        {"Content-Type": FORM,
                         **{k.replace("_", "-"): v
                            for k, v in headers.items()}})

    def send(self, answer, _form=0, **typed):
        """The form of a page, as it was shown, with what is typed."""
        form = answer.page.forms[_form]
        assert form.method == "post"
        return self.post(urllib.parse.urljoin(answer.path, form.action),
                         {**form.fields, **typed})

    def follow(self, answer):
        assert answer.status == 303, (answer.status, answer.text)
        return self.get(answer.location)
