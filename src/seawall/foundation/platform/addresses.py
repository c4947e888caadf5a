"""Which IP addresses belong to the public Internet. Pure.

The tables are written out from IANA's special-purpose address registries (IPv4: RFC 6890 and updates;
IPv6: RFC 6890, RFC 9637 and updates; both as of 2026), because ``ipaddress.is_global`` of Python 3.11 calls 15 of
35 addresses that are not public global. Where a registry says "globally reachable" for a block that
carries no web service (AS112, AMT, 6to4 relays), the block is refused all the same.

IPv6 is an allow list with exceptions: only 2000::/3 was ever given out. That alone refuses the forms
that hide an IPv4 address: mapped (::ffff:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96 and
64:ff9b:1::/48); 6to4 (2002::/16) and Teredo (2001::/32) lie inside 2000::/3 and are listed.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

NOT_PUBLIC_4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(block), why)
    for block, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private use"),
        ("100.64.0.0/10", "shared between a carrier and its customers"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local, where clouds answer with credentials"),
        ("172.16.0.0/12", "private use"),
        ("192.0.0.0/24", "IETF protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT relays"),
        ("192.88.99.0/24", "6to4 relays, deprecated"),
        ("192.168.0.0/16", "private use"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved, and limited broadcast"),
    )
)
GIVEN_OUT_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(block), why)
    for block, why in (
        ("2001::/23", "IETF protocol assignments: Teredo, benchmarking, AMT, ORCHID"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
    )
)


def is_public(address: str | IpAddress, permitted: tuple[IpNetwork, ...] = ()) -> bool:
    """Whether a connection to the address leaves for the public Internet.

    Args:
        address: An address, or its text as a resolver gives it. Text that is no address is not public.
        permitted: Networks that the operator of this server allows besides, such as a mirror's.
    """
    if isinstance(address, str):
        try:
            address = ip_address(address)
        except ValueError:
            return False
    if any(address in network for network in permitted if network.version == address.version):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in block for block, _ in NOT_PUBLIC_4)
    if address.scope_id is not None:
        return False
    return address in GIVEN_OUT_6 and not any(address in block for block, _ in NOT_PUBLIC_6)
