//! `<sys/socket.h>`, `<netinet/in.h>` and `<netinet/tcp.h>`: socket options, their levels and values, and message flags.

use super::{Entry, table};

/// Options of the level SOL_SOCKET that are whole numbers.
pub(crate) const SOCKET: &[Entry] = table![
    SO_ACCEPTCONN,
    SO_BROADCAST,
    SO_DEBUG,
    SO_DOMAIN,
    SO_DONTROUTE,
    SO_ERROR,
    SO_KEEPALIVE,
    SO_MARK,
    SO_OOBINLINE,
    SO_PASSCRED,
    SO_PRIORITY,
    SO_PROTOCOL,
    SO_RCVBUF,
    SO_RCVLOWAT,
    SO_REUSEADDR,
    SO_REUSEPORT,
    SO_SNDBUF,
    SO_SNDLOWAT,
    SO_TIMESTAMP,
    SO_TYPE
];

/// Options of the level IPPROTO_IPV6.
pub(crate) const IPV6: &[Entry] = table![
    IPV6_V6ONLY,
    IPV6_ADDRFORM,
    IPV6_ADDR_PREFERENCES,
    IPV6_ADD_MEMBERSHIP,
    IPV6_AUTOFLOWLABEL,
    IPV6_CHECKSUM,
    IPV6_DONTFRAG,
    IPV6_DROP_MEMBERSHIP,
    IPV6_DSTOPTS,
    IPV6_FREEBIND,
    IPV6_HOPLIMIT,
    IPV6_HOPOPTS,
    IPV6_JOIN_GROUP = (20),
    IPV6_LEAVE_GROUP = (21),
    IPV6_MINHOPCOUNT,
    IPV6_MTU,
    IPV6_MTU_DISCOVER,
    IPV6_MULTICAST_HOPS,
    IPV6_MULTICAST_IF,
    IPV6_MULTICAST_LOOP,
    IPV6_NEXTHOP,
    IPV6_PATHMTU,
    IPV6_PKTINFO,
    IPV6_RECVDSTOPTS,
    IPV6_RECVERR,
    IPV6_RECVHOPLIMIT,
    IPV6_RECVHOPOPTS,
    IPV6_RECVPATHMTU,
    IPV6_RECVPKTINFO,
    IPV6_RECVRTHDR,
    IPV6_RECVTCLASS,
    IPV6_RTHDR,
    IPV6_RTHDRDSTOPTS,
    IPV6_TCLASS,
    IPV6_TRANSPARENT,
    IPV6_UNICAST_HOPS,
    IPV6_UNICAST_IF,
    IPV6_USE_MIN_MTU = nowhere()
];

/// Options of the level IPPROTO_IP.
pub(crate) const IP: &[Entry] = table![
    IP_ADD_MEMBERSHIP,
    IP_BIND_ADDRESS_NO_PORT,
    IP_DROP_MEMBERSHIP,
    IP_FREEBIND,
    IP_HDRINCL,
    IP_MTU,
    IP_MTU_DISCOVER,
    IP_MULTICAST_ALL,
    IP_MULTICAST_IF,
    IP_MULTICAST_LOOP,
    IP_MULTICAST_TTL,
    IP_PKTINFO,
    IP_RECVERR,
    IP_RECVTOS,
    IP_RECVTTL,
    IP_TOS,
    IP_TRANSPARENT,
    IP_TTL,
    IP_UNICAST_IF
];

/// Options of the level IPPROTO_TCP.
pub(crate) const TCP: &[Entry] = table![
    TCP_CORK,
    TCP_DEFER_ACCEPT,
    TCP_FASTOPEN,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
    TCP_LINGER2,
    TCP_MAXSEG,
    TCP_NODELAY,
    TCP_QUICKACK,
    TCP_SYNCNT,
    TCP_USER_TIMEOUT
];

/// Levels of options, and the ways to shut a connection down.
pub(crate) const LEVELS: &[Entry] =
    table![SOL_SOCKET, SOL_IP, SOL_IPV6, SOL_ICMPV6, SOL_RAW, SOL_TCP, SHUT_RD, SHUT_WR, SHUT_RDWR];

/// Values of IPV6_RTHDR, IPV6_ADDR_PREFERENCES (RFC 5014) and IPV6_MTU_DISCOVER.
pub(crate) const IPV6_VALUES: &[Entry] = table![
    IPV6_RTHDR_LOOSE,
    IPV6_RTHDR_STRICT,
    IPV6_RTHDR_TYPE_0 = (0),
    IPV6_PREFER_SRC_TMP = musl(1),
    IPV6_PREFER_SRC_PUBLIC = musl(2),
    IPV6_PREFER_SRC_COA = musl(4),
    IPV6_PREFER_SRC_CGA = musl(8),
    IPV6_PREFER_SRC_HOME = musl(1024),
    IPV6_PREFER_SRC_NONCGA = musl(2048),
    IPV6_PREFER_SRC_PUBTMP_DEFAULT = musl(256),
    IPV6_PMTUDISC_DO,
    IPV6_PMTUDISC_DONT,
    IPV6_PMTUDISC_PROBE,
    IPV6_PMTUDISC_WANT
];

/// Flags of send and recv.
pub(crate) const MESSAGES: &[Entry] = table![
    MSG_CONFIRM,
    MSG_CTRUNC,
    MSG_DONTROUTE,
    MSG_DONTWAIT,
    MSG_EOR,
    MSG_ERRQUEUE,
    MSG_MORE,
    MSG_NOSIGNAL,
    MSG_OOB,
    MSG_PEEK,
    MSG_TRUNC,
    MSG_WAITALL
];
