"""A page as its reader sees it: words, links and forms, read by the standard library."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "img", "input", "link", "meta", "use", "hr", "wbr", "path", "circle", "rect"}
# What a start tag ends though nobody wrote so, as HTML allows; up to the nearest of the second.
ENDS = {
    "td": ({"td", "th"}, {"tr"}),
    "th": ({"td", "th"}, {"tr"}),
    "tr": ({"tr"}, {"table"}),
    "tbody": ({"tbody", "thead"}, {"table"}),
    "option": ({"option"}, {"select"}),
    "li": ({"li"}, {"ul", "ol"}),
}


@dataclass(slots=True, eq=False)
class Node:
    """An element, with the elements and texts within it in their order."""

    tag: str
    attrs: dict[str, str]
    parent: "Node | None" = None
    inside: list["Node | str"] = field(default_factory=list)
    _read: str | None = None  # its words, once they were asked for: a page that is read stays

    def get(self, name: str) -> str:
        return self.attrs.get(name, "")

    @property
    def classes(self) -> list[str]:
        return self.get("class").split()

    @property
    def text(self) -> str:
        """All words in it, with single spaces."""
        if self._read is None:
            self._read = " ".join("".join(self._texts()).split())
        return self._read

    @property
    def name(self) -> str:
        """What it is called: by its label for those who hear the page, else by its words."""
        return self.get("aria-label") or self.text

    def _texts(self) -> Iterator[str]:
        for one in self.inside:
            if isinstance(one, str):
                yield one
            else:
                yield from one._texts()
                yield "" if one.tag in {"b", "strong", "span", "a"} else " "

    def every(self, *tags: str) -> Iterator["Node"]:
        for one in self.inside:
            if isinstance(one, Node):
                if one.tag in tags:
                    yield one
                yield from one.every(*tags)

    def up_to(self, tag: str) -> "Node | None":
        """The nearest element of this name around it."""
        at = self.parent
        while at is not None and at.tag != tag:
            at = at.parent
        return at


class Reader(HTMLParser):
    """Builds the tree."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Node("page", {})
        self._at = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ENDS:
            self._end_before(*ENDS[tag])
        node = Node(tag, {name: value or "" for name, value in attrs}, self._at)
        self._at.inside.append(node)
        if tag not in VOID:
            self._at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._at.inside.append(
            Node(tag, {name: value or "" for name, value in attrs}, self._at)
        )

    def handle_endtag(self, tag: str) -> None:
        at: Node | None = self._at
        while at is not None and at.tag != tag:
            at = at.parent
        if at is not None and at.parent is not None:
            self._at = at.parent

    def handle_data(self, data: str) -> None:
        self._at.inside.append(data)

    def _end_before(self, ended: set[str], within: set[str]) -> None:
        at: Node | None = self._at
        while at is not None and at.tag not in ended and at.tag not in within:
            at = at.parent
        if at is not None and at.tag in ended and at.parent is not None:
            self._at = at.parent


def read_page(text: str) -> Node:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader.root
