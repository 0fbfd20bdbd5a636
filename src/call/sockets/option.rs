//! Socket options and multicast groups of a socket script.

use std::ffi::c_int;
use std::net::IpAddr;
use std::os::fd::AsRawFd;

use serde_json::Value;
use socket2::{InterfaceIndexOrAddress, Socket};

use super::arguments::{Getsockopt, Join, Setsockopt};
use super::place::result;
use crate::call::ffi::errno;
use crate::call::{Constant, Family, Link, NoAnswer, Protocol, SocketOption, Socktype};

const INT: libc::socklen_t = size_of::<c_int>() as libc::socklen_t;

/// Sets an option that is an int.
pub(super) fn set(socket: &Socket, set: &Setsockopt) -> Result<(), NoAnswer> {
    let (level, option) = (level(&set.option), set.option.int()?);
    let value = (&raw const set.value).cast();
    // SAFETY: the value is an int, and as long as said.
    let called = errno::call(|| unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, value, INT) });
    if called.result == 0 { Ok(()) } else { Err(errno::failure(called.errno).into()) }
}

/// Reads an option that is an int. One that is a constant is given by its C name.
pub(super) fn read(socket: &Socket, get: &Getsockopt) -> Result<Value, NoAnswer> {
    let (level, option) = (level(&get.option), get.option.int()?);
    let (mut value, mut length): (c_int, _) = (0, INT);
    // SAFETY: the value is an int, and as long as said.
    let called = errno::call(|| unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, option, (&raw mut value).cast(), &raw mut length)
    });
    if called.result != 0 {
        return Err(errno::failure(called.errno).into());
    }
    let number = i64::from(value);
    Ok(match get.option.name() {
        Some("SO_DOMAIN") => named(&Constant::<Family>::of(number)),
        Some("SO_TYPE") => named(&Constant::<Socktype>::of(number)),
        Some("SO_PROTOCOL") => named(&Constant::<Protocol>::of(number)),
        Some("SO_ERROR") if value != 0 => errno::name(value).into(),
        _ => number.into(),
    })
}

/// Joins a multicast group on a link.
pub(super) fn join(socket: &Socket, join: &Join) -> Result<(), NoAnswer> {
    let link = join.interface.as_ref().map_or(Ok(0), Link::index)?;
    result(match join.group {
        IpAddr::V4(group) => socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(link)),
        IpAddr::V6(group) => socket.join_multicast_v6(&group, link),
    })
}

fn named<K>(constant: &Constant<K>) -> Value {
    serde_json::to_value(constant).unwrap_or_default()
}

/// The level of an option, which its name tells.
fn level(option: &Constant<SocketOption>) -> c_int {
    match option.name().and_then(|name| name.split('_').next()) {
        Some("IPV6") => libc::IPPROTO_IPV6,
        Some("IP") => libc::IPPROTO_IP,
        Some("TCP") => libc::IPPROTO_TCP,
        _ => libc::SOL_SOCKET,
    }
}
