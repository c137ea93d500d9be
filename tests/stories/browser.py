"""Somebody at a browser without JavaScript: follows links and sends forms by their words.

No address is known to it but the first page. A form is sent as the page made it, hidden fields
and all, with what a person fills in; a field is found by its label.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask.testing import FlaskClient

from tests.stories.pages import Node, read_page

PASSWORD = "correct horse"
Answer = str | bool


@dataclass
class Browser:
    """One person's browser; `clicks` counts the links that were followed and forms sent."""

    client: FlaskClient
    email: str
    page: Node = field(default_factory=lambda: Node("page", {}))
    clicks: int = 0

    def arrive(self) -> None:
        """Open the first page, and sign in where it asks for that."""
        self._open("/")
        if self.title == "Sign in":
            self.press("Sign in", {"E-mail": self.email, "Password": PASSWORD})
        self.clicks = 0

    @property
    def title(self) -> str:
        return next(self.page.every("title")).text.split(" · ")[0]

    @property
    def said(self) -> str:
        """What the page says of what was just done, or of what is wrong."""
        shown = [
            one for one in self.page.every("p", "div") if {"flash", "summary"} & {*one.classes}
        ]
        return " ".join(one.text for one in shown)

    def follow(self, words: str, within: Node | None = None, *, last: bool = False) -> None:
        """Follow the link of these words, the only one of them there."""
        found = [
            one for one in (within or self.page).every("a") if words in (one.name, one.text)
        ]
        targets = {one.get("href") for one in found}
        assert len(targets) == 1 or (last and targets), (
            f"{len(targets)} links “{words}” on {self.title}: {self.said}"
        )
        self.clicks += 1
        self._open(found[-1].get("href"))

    def press(
        self,
        words: str,
        answers: Mapping[str, Answer] | None = None,
        *,
        within: Node | None = None,
        refused: bool | None = False,
    ) -> None:
        """Press the button of these words, with the fields of its form filled in.

        `refused`: whether the page is to come back with what stands against it; None: either.
        """
        found = [
            one
            for one in (within or self.page).every("button")
            if words in (one.name, one.text)
        ]
        assert len(found) == 1, f"{len(found)} buttons “{words}” on {self.title}: {self.said}"
        button = found[0]
        form = self._form_of(button)
        sent = Filled(self.page, form)
        for label, answer in (answers or {}).items():
            sent.fill(label, answer)
        if button.get("name"):
            sent.values.append((button.get("name"), button.get("value")))
        self.clicks += 1
        action = button.get("formaction") or form.get("action")
        data: dict[str, list[str]] = {}
        for name, value in sent.values:
            data.setdefault(name, []).append(value)
        answer = self.client.open(
            action, method=form.get("method").upper(), data=data, follow_redirects=True
        )
        self._read(answer, *([200, 422] if refused is None else [422 if refused else 200]))

    def _form_of(self, button: Node) -> Node:
        named = button.get("form")
        around = button.up_to("form")
        if named:
            around = next(one for one in self.page.every("form") if one.get("id") == named)
        assert around is not None, f"the button “{button.name}” belongs to no form"
        return around

    def _open(self, address: str) -> None:
        self._read(self.client.get(address.split("#")[0], follow_redirects=True), 200)

    def _read(self, answer: object, *status: int) -> None:
        self.page = read_page(answer.text)  # type: ignore[attr-defined]
        got = answer.status_code  # type: ignore[attr-defined]
        assert got in status, f"{got} on {self.title}: {self.said}"


class Filled:
    """The fields of a form as they would be sent, and filled in by their labels."""

    def __init__(self, page: Node, form: Node) -> None:
        self._fields = [one for one in form.every("input", "select", "textarea")]
        owned = form.get("id")
        if owned:
            tags = ("input", "select", "textarea")
            self._fields += [one for one in page.every(*tags) if one.get("form") == owned]
        self._labels = {one.get("for"): _plain(one) for one in form.every("label")}
        self.values = [pair for one in self._fields for pair in _as_made(one)]
        self._form = form

    def fill(self, label: str, answer: Answer) -> None:
        group, _, part = label.partition(": ")
        found = [
            one for one in self._fields if self._is_called(one, label, group, part, answer)
        ]
        assert len(found) == 1, (
            f"{len(found)} fields “{label}” for “{answer}”;"
            f" there are {sorted({self._called(one) for one in self._fields})}"
        )
        one = found[0]
        name, kind = one.get("name"), one.get("type")
        if kind == "checkbox":
            self.values = [pair for pair in self.values if pair != (name, one.get("value"))]
            self.values += [(name, one.get("value"))] if answer else []
            return
        self.values = [pair for pair in self.values if pair[0] != name]
        self.values.append((name, _typed(one, str(answer))))

    def _is_called(self, one: Node, label: str, group: str, part: str, answer: Answer) -> bool:
        legend = _legend(one)
        if one.get("type") == "radio":
            return legend == label and self._called(one) == answer
        called = self._called(one)
        return called == label or (bool(part) and legend == group and called == part)

    def _called(self, one: Node) -> str:
        around = one.up_to("label")
        return (
            one.get("aria-label")
            or (_plain(around) if around is not None else "")
            or self._labels.get(one.get("id"), "")
        )


def _plain(label: Node) -> str:
    return label.text.removesuffix(" optional")


def _legend(one: Node) -> str:
    around = one.up_to("fieldset")
    legend = next(around.every("legend"), None) if around is not None else None
    return _plain(legend) if legend is not None else ""


def _as_made(one: Node) -> list[tuple[str, str]]:
    """What a browser sends of a field that nobody touched."""
    name, kind = one.get("name"), one.get("type")
    if not name or "disabled" in one.attrs or kind == "submit":
        return []
    if one.tag == "select":
        options = list(one.every("option"))
        chosen = next((o for o in options if "selected" in o.attrs), options[0])
        return [(name, _value(chosen))]
    if one.tag == "textarea":
        return [(name, one.text)]
    if kind in {"radio", "checkbox"} and "checked" not in one.attrs:
        return []
    return [(name, one.get("value"))]


def _typed(one: Node, answer: str) -> str:
    if one.tag == "select":
        found = [o for o in one.every("option") if o.text == answer]
        assert found, f"“{answer}” is not offered"
        return _value(found[0])
    return one.get("value") if one.get("type") == "radio" else answer


def _value(option: Node) -> str:
    return option.attrs.get("value", option.text)
