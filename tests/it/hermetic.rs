//! Worlds for other people's tests and programs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so does what it is made of")]
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

mod body;
mod outside;
mod programs;
mod stub;
mod worlds;

use std::net::{IpAddr, ToSocketAddrs};

/// The addresses of a name, as a program gets them.
fn addresses(name: &str) -> Vec<IpAddr> {
    let found = (name, 0).to_socket_addrs();
    found.map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}
