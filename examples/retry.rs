//! A retry policy is tested against nameservers that fail for a while.
//!
//! `cargo test --example retry` runs the tests; `cargo run --example retry -- NAME` is the program itself.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::env;
use std::error::Error;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::thread;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let name = env::args().nth(1).ok_or("usage: retry NAME")?;
    println!("{:?}", addresses(&name, 3, || thread::sleep(Duration::from_millis(200)))?);
    Ok(())
}

/// What is under test: looks a name up, and again after a pause where that fails, so many times in all.
fn addresses(name: &str, tries: usize, pause: impl Fn()) -> io::Result<Vec<IpAddr>> {
    let mut failure = io::ErrorKind::InvalidInput.into();
    for number in 0..tries {
        if number > 0 {
            pause();
        }
        match (name, 0).to_socket_addrs() {
            Ok(found) => return Ok(found.map(|address| address.ip()).collect()),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use netdbspec::hermetic::World;

    use super::*;

    fn world() -> World {
        World::new().record("www.example. A 192.0.2.1").fault("rcode=SERVFAIL")
    }

    #[test]
    fn it_survives_a_nameserver_that_fails_for_a_while() {
        world().test(|net| {
            let pauses = Cell::new(0);
            let found = addresses("www.example", 5, || {
                pauses.set(pauses.get() + 1);
                if pauses.get() == 2 {
                    net.well();
                }
            });
            assert_eq!(found.unwrap(), ["192.0.2.1".parse::<IpAddr>().unwrap()]);
            assert_eq!(pauses.get(), 2);
        });
    }

    #[test]
    fn it_gives_up_in_the_end() {
        world().test(|net| {
            assert!(addresses("www.example", 3, || ()).is_err());
            let asked = net.queries().iter().filter(|query| *query == "udp A www.example.").count();
            assert_eq!(asked, 3);
        });
    }
}
