"""What libraries write anew for every application and every engine, written once for a run.

Each test has an application and engines of its own, made by the product's own factories. Much
of its time went into the same texts again: patterns and functions for every address by
Werkzeug, a module for every template by Jinja, the SQL of every statement by SQLAlchemy. In a
clinic they are written once, too: it has one application and one engine for weeks. Nothing of
ours is replaced.

And a password that is to be hashed at another cost than argon2's own, as the tests' application
does, takes 64 KiB instead of 64 MiB: a hash says itself what it took.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from argon2 import PasswordHasher
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache, FileSystemBytecodeCache
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from tracker.sealing import KeyRing

MOST_STATEMENTS = 10_000  # ours: more than there are; an engine's own five hundred are too few
compile_rule = Rule.compile
make_environment = Environment.__init__
make_hasher = PasswordHasher.__init__


@contextmanager
def written_once(folder: Path) -> Iterator[None]:
    """Within it, what was written for one application or engine serves the next.

    In the folder lie the modules of templates, for the processes of this run and of later ones.
    """
    statements: LRUCache[Any, Any] = LRUCache(MOST_STATEMENTS)
    shared = property(lambda _engine: statements, lambda _engine, _own: None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", _compile_once({}))
        patch.setattr(Environment, "__init__", _keeping(_Templates(str(folder))))
        patch.setattr(PasswordHasher, "__init__", _little_memory)
        patch.setattr(Engine, "_compiled_cache", shared, raising=False)
        patch.setattr(DefaultDialect, "__eq__", _writes_alike)
        patch.setattr(DefaultDialect, "__hash__", lambda dialect: hash(dialect.name))
        yield


def _little_memory(hasher: PasswordHasher, **costs: Any) -> None:
    make_hasher(hasher, **({"memory_cost": 64} | costs if costs else costs))


def _writes_alike(one: DefaultDialect, other: object) -> bool:
    """Whether one's SQL serves the other: the same database, and the same keys to seal with."""
    if one is other or not isinstance(other, DefaultDialect):
        return one is other
    return _known_by(one) == _known_by(other)


def _known_by(dialect: DefaultDialect) -> tuple[object, ...]:
    ring: KeyRing | None = getattr(dialect, "ring", None)
    return (type(dialect), dialect.paramstyle, ring and tuple(ring._marking))


def _compile_once(made: dict[tuple[object, ...], tuple[Any, ...]]) -> Callable[[Rule], None]:
    """Compiles a rule, or takes over what was made of one with the same text and converters.

    A converter keeps nothing of what it converts; the defaults go into the text of the
    functions, so they are a part of what a rule is known by.
    """

    def compile_or_take(rule: Rule) -> None:
        assert rule.map is not None
        defaults = tuple(sorted((rule.defaults or {}).items()))
        text = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, defaults)
        known_by = (*text, rule.map.host_matching, *rule.map.converters.items())
        if known_by not in made:
            compile_rule(rule)
            functions = (rule._build.__func__, rule._build_unknown.__func__)
            made[known_by] = (rule._parts, rule._trace, rule._converters, *functions)
        rule._parts, rule._trace, rule._converters, build, build_unknown = made[known_by]
        rule.arguments |= rule._converters.keys()
        rule._build = build.__get__(rule, None)
        rule._build_unknown = build_unknown.__get__(rule, None)

    return compile_or_take


def _keeping(modules: BytecodeCache) -> Callable[..., None]:
    """Makes an environment of templates, of pages or messages, that keeps its modules there."""

    def make(environment: Environment, *options: Any, **named: Any) -> None:
        make_environment(environment, *options, **{"bytecode_cache": modules} | named)

    return make


class _Templates(FileSystemBytecodeCache):
    """The code of templates, known by name, text and what their environment makes of them."""

    def __init__(self, directory: str) -> None:
        super().__init__(directory)
        self._made: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._made.get(self._known_by(bucket))
        if bucket.code is None:
            super().load_bytecode(bucket)
            self._keep(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        super().dump_bytecode(bucket)
        self._keep(bucket)

    def _keep(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._made[self._known_by(bucket)] = bucket.code

    def _known_by(self, bucket: Bucket) -> tuple[str, str]:
        return (self._get_cache_filename(bucket), bucket.checksum)

    def _get_cache_filename(self, bucket: Bucket) -> str:
        one = bucket.environment
        escapes = getattr(one.autoescape, "__qualname__", one.autoescape)
        way = (escapes, one.trim_blocks, one.lstrip_blocks)
        return "-".join((super()._get_cache_filename(bucket), *map(str, way)))
