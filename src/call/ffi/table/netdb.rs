//! `<netdb.h>`: the flags and errors of getaddrinfo and getnameinfo, and the values of h_errno.

use super::{Entry, table};

/// Flags of getaddrinfo.
pub(crate) const AI: &[Entry] = table![
    AI_PASSIVE,
    AI_CANONNAME,
    AI_NUMERICHOST,
    AI_NUMERICSERV,
    AI_V4MAPPED,
    AI_ALL,
    AI_ADDRCONFIG,
    AI_IDN = gnu(0x40),
    AI_CANONIDN = gnu(0x80),
    AI_IDN_ALLOW_UNASSIGNED = gnu(0x100),
    AI_IDN_USE_STD3_ASCII_RULES = gnu(0x200),
];

/// Flags of getnameinfo.
pub(crate) const NI: &[Entry] = table![
    NI_NUMERICHOST,
    NI_NUMERICSERV,
    NI_NOFQDN,
    NI_NAMEREQD,
    NI_DGRAM,
    NI_NUMERICSCOPE = musl(0x100),
    NI_IDN = gnu(32),
    NI_IDN_ALLOW_UNASSIGNED = gnu(64),
    NI_IDN_USE_STD3_ASCII_RULES = gnu(128),
];

/// The buffer sizes that getnameinfo never asks more than, and the character before a zone.
pub(crate) const NI_LENGTHS: &[Entry] =
    table![NI_MAXHOST = either(1025, 255), NI_MAXSERV = (32), SCOPE_DELIMITER = gnu('%' as i64)];

/// Errors of getaddrinfo and getnameinfo.
pub(crate) const EAI: &[Entry] = table![
    EAI_BADFLAGS,
    EAI_NONAME,
    EAI_AGAIN,
    EAI_FAIL,
    EAI_NODATA,
    EAI_FAMILY,
    EAI_SOCKTYPE,
    EAI_SERVICE,
    EAI_ADDRFAMILY = (-9),
    EAI_MEMORY,
    EAI_SYSTEM,
    EAI_OVERFLOW,
    EAI_INPROGRESS = (-100),
    EAI_CANCELED = (-101),
    EAI_NOTCANCELED = (-102),
    EAI_ALLDONE = (-103),
    EAI_INTR = (-104),
    EAI_IDN_ENCODE = (-105),
];

/// Values of h_errno.
pub(crate) const H_ERRNO: &[Entry] = table![
    HOST_NOT_FOUND = (1),
    TRY_AGAIN = (2),
    NO_RECOVERY = (3),
    NO_DATA = (4),
    NO_ADDRESS = (4),
    NETDB_INTERNAL = gnu(-1),
    NETDB_SUCCESS = gnu(0),
];
