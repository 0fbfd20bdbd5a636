//! `--fall-through`: names outside all zones, asked of real nameservers. Every verb that can do so takes it.

use std::net::{IpAddr, SocketAddr};

use clap::Args;

use crate::server::machine_nameservers;

/// Whether names outside all zones are asked outside, and of whom.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct FallThrough {
    /// Ask real nameservers for names outside all zones: those of this machine's resolv.conf, or these
    #[arg(
        long = "fall-through",
        value_name = "ADDRESS[:PORT],…",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        value_delimiter = ',',
        value_parser = nameserver,
    )]
    nameservers: Option<Vec<Upstream>>,
}

/// One of the nameservers, or this machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upstream {
    Machine,
    At(SocketAddr),
}

impl FallThrough {
    /// The nameservers that are asked; none: nobody is.
    pub(super) fn nameservers(&self) -> Vec<SocketAddr> {
        let given = self.nameservers.iter().flatten();
        given
            .flat_map(|upstream| match upstream {
                Upstream::Machine => machine_nameservers(),
                Upstream::At(address) => vec![*address],
            })
            .collect()
    }
}

fn nameserver(text: &str) -> Result<Upstream, String> {
    if text.is_empty() {
        return Ok(Upstream::Machine);
    }
    let address = text.parse().or_else(|_| text.parse::<IpAddr>().map(|address| (address, 53).into()));
    address.map(Upstream::At).map_err(|_| "write an address, or ADDRESS:PORT; of IPv6 [ADDRESS]:PORT".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        fall_through: FallThrough,
        rest: Vec<String>,
    }

    fn given(words: &[&str]) -> Vec<SocketAddr> {
        let line = Line::try_parse_from(["netdbspec"].iter().chain(words)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(line.rest, ["x"]);
        line.fall_through.nameservers()
    }

    #[test]
    fn nameservers_are_this_machines_or_those_that_are_given() {
        assert_eq!(given(&["x"]), []);
        assert_eq!(given(&["--fall-through", "x"]), machine_nameservers());
        let addresses = given(&["--fall-through=192.0.2.1,[2001:db8::1]:5353,2001:db8::2", "x"]);
        assert_eq!(
            addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>(),
            ["192.0.2.1:53", "[2001:db8::1]:5353", "[2001:db8::2]:53"]
        );
        assert!(Line::try_parse_from(["netdbspec", "--fall-through=ns.example"]).is_err());
    }
}
