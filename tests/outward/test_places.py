"""Which addresses a call may reach: pure, but for the names, which the system resolves."""

import socket

import pytest

from tracker.outward.places import Inside, Reach, addresses_of, is_loopback, may_reach

INSIDE = [
    "127.0.0.1",
    "127.9.9.9",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2001:0:7f00:1::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "2001:db8::1",
]
NOBODYS = [
    "0.0.0.0",
    "::",
    "::ffff:0.0.0.0",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "fe80::1%lo",
    "224.0.0.1",
    "ff02::1",
    "fd00:ec2::254",
    "168.63.129.16",
    "100.100.100.200",
]
OUTSIDE = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", INSIDE)
def test_the_house_is_for_those_who_run_it_only(address):
    assert not may_reach(address, Reach.OUTSIDE)
    assert may_reach(address, Reach.ANYWHERE)


@pytest.mark.parametrize("address", NOBODYS)
def test_what_hands_out_secrets_of_the_machine_is_for_nobody(address):
    assert not may_reach(address, Reach.OUTSIDE)
    assert not may_reach(address, Reach.ANYWHERE)


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_world_is_for_all(address):
    assert may_reach(address, Reach.OUTSIDE)
    assert may_reach(address, Reach.ANYWHERE)


@pytest.mark.parametrize(
    "spelling",
    [
        *("localhost", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001"),
        *("0177.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:127.0.0.1"),
    ],
)
def test_no_spelling_of_this_machine_gets_past(spelling):
    with pytest.raises(Inside):
        addresses_of(spelling, 443, Reach.OUTSIDE)


def test_a_name_with_one_address_inside_is_refused_whole(monkeypatch):
    both = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)

    with pytest.raises(Inside):
        addresses_of("two.example", 443, Reach.OUTSIDE)
    assert addresses_of("two.example", 443, Reach.ANYWHERE) == ["1.1.1.1", "10.0.0.1"]


@pytest.mark.parametrize("host", ["a..b", "a" * 70 + ".example", ""])
def test_what_is_no_name_has_no_address(host):
    with pytest.raises((OSError, Inside)):
        addresses_of(host, 443, Reach.OUTSIDE)


def test_a_setting_that_names_this_machine_is_known():
    assert all(is_loopback(one) for one in ("localhost", "127.0.0.1", "::1", "[::1]"))
    assert not any(is_loopback(one) for one in ("mail", "10.0.0.1", "localhost.example"))
