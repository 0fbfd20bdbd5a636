//! Where the stub listens, and as which nameserver of its world.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use clap::Args;

use crate::cli::exit::{Exit, stop_with_help, with_exit};
use crate::outcome::Transport;
use crate::server::{Error, Listener};
use crate::world::World;

/// Where to listen.
#[derive(Args, Clone, Debug)]
pub(super) struct Listen {
    /// Listen here for both transports; port 0: a free one. Repeatable
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5353", value_parser = place)]
    listen: Vec<SocketAddr>,
    /// Listen on addresses that others can reach, too: any of them may then ask
    #[arg(long)]
    public: bool,
}

impl Listen {
    /// Binds the sockets: the first listener is the first nameserver of the world, the second the second; those beyond are
    /// the first again.
    pub(super) fn bind(&self, world: &World) -> miette::Result<Vec<Listener>> {
        if let Some(public) = self.listen.iter().find(|place| !place.ip().to_canonical().is_loopback() && !self.public)
        {
            let text = format!(
                "listening on {public}: others can reach that address. This stub answers whoever asks, and sends its \
                 replies to whatever address a query says that it comes from"
            );
            let help = "listen on 127.0.0.1 or [::1]; or add --public, in a network where that does no harm";
            return Err(stop_with_help(Exit::USAGE, text, help));
        }
        let Some(first) = world.nameservers.first() else {
            let help = "choose a world that has one, such as `default`";
            return Err(stop_with_help(Exit::USAGE, format!("serving `{}`: it has no nameserver", world.name), help));
        };
        let servers = world.nameservers.iter().chain(std::iter::repeat(first));
        self.listen
            .iter()
            .zip(servers)
            .map(|(place, server)| {
                let bound = Listener::bind(*place)?;
                let further = |port: &u16| {
                    let address = SocketAddr::from((place.ip(), *port));
                    let failed = |source| Error::Bind { address, transport: Transport::Udp, source };
                    UdpSocket::bind(address).map_err(failed)
                };
                let others = server.other_ports.iter().map(further).collect::<Result<_, _>>()?;
                let (udp, tcp) = (bound.udp.filter(|_| server.udp), bound.tcp.filter(|_| server.tcp));
                Ok(Listener { address: server.address, udp, tcp, others, raw: None })
            })
            .collect::<Result<_, _>>()
            .map_err(|error: Error| with_exit(Exit::UNABLE, error))
    }

    /// Refuses to pass queries on to oneself: they would go round for ever.
    pub(super) fn refuse_circle(&self, to: &[SocketAddr]) -> miette::Result<()> {
        let meets = |own: &SocketAddr, to: &SocketAddr| {
            own == to || own.port() == to.port() && own.ip().is_unspecified() && is_here(to.ip())
        };
        let Some(to) = to.iter().find(|to| self.listen.iter().any(|own| meets(own, to))) else { return Ok(()) };
        let text =
            format!("falling through to {to}: that is this stub itself, and its queries would go round for ever");
        Err(stop_with_help(Exit::USAGE, text, "name another nameserver: --fall-through=ADDRESS:PORT"))
    }
}

/// What a program that runs on this machine asks to reach a listener.
pub(super) fn reached_at(bound: SocketAddr) -> IpAddr {
    match bound.ip() {
        IpAddr::V4(any) if any.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(any) if any.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    }
}

/// Whether an address is surely this machine's.
fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

fn place(text: &str) -> Result<SocketAddr, String> {
    let hint = |_| "write ADDRESS:PORT, as 127.0.0.1:5353 or [::1]:5353".to_owned();
    text.parse().map_err(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Nameserver;

    fn listen(places: &[&str], public: bool) -> Listen {
        Listen { listen: places.iter().map(|text| place(text).unwrap()).collect(), public }
    }

    #[test]
    fn listeners_are_the_nameservers_in_order_and_then_the_first_again() {
        let mut world = World::bare("two");
        assert!(listen(&["127.0.0.1:0"], false).bind(&world).is_err());
        let addresses = [[127, 0, 0, 1], [192, 0, 2, 53]].map(IpAddr::from);
        world.nameservers = addresses.map(Nameserver::at).to_vec();
        world.nameservers[1].tcp = false;
        let listeners = listen(&["127.0.0.1:0"; 4], false).bind(&world).unwrap();
        let served: Vec<_> = listeners.iter().map(|listener| (listener.address, listener.tcp.is_some())).collect();
        let [first, second] = addresses;
        assert_eq!(served, [(first, true), (second, false), (first, true), (first, true)]);
    }

    #[test]
    fn addresses_that_others_reach_take_a_word() {
        for place in ["0.0.0.0:0", "[::]:0", "192.0.2.1:5353", "[::ffff:192.0.2.1]:53"] {
            let error = listen(&[place], false).bind(&World::bare("x")).unwrap_err();
            assert!(error.to_string().starts_with(&format!("listening on {place}: others can reach")), "{error}");
            assert!(error.help().unwrap().to_string().contains("--public"));
        }
        let error = listen(&["127.0.0.9:0", "[::ffff:127.0.0.1]:0"], false).bind(&World::bare("x")).unwrap_err();
        assert_eq!(error.to_string(), "serving `x`: it has no nameserver");
    }

    #[test]
    fn nothing_is_passed_on_in_a_circle() {
        let places = |texts: &[&str]| texts.iter().map(|text| place(text).unwrap()).collect::<Vec<_>>();
        let circle = |own: &[&str], to: &[&str]| listen(own, true).refuse_circle(&places(to)).is_err();
        assert!(circle(&["127.0.0.1:53"], &["192.0.2.1:53", "127.0.0.1:53"]));
        assert!(circle(&["0.0.0.0:53"], &["127.0.0.53:53"]));
        assert!(!circle(&["127.0.0.1:5353"], &["127.0.0.1:53"]));
        assert!(!circle(&["0.0.0.0:5353"], &["192.0.2.1:5353"]));
    }

    #[test]
    fn a_program_here_reaches_every_listener() {
        let reached = |text: &str| reached_at(place(text).unwrap()).to_string();
        assert_eq!(["0.0.0.0:5353", "[::]:53", "127.0.0.2:1"].map(reached), ["127.0.0.1", "::1", "127.0.0.2"]);
        assert!(place("5353").unwrap_err().contains("write ADDRESS:PORT"));
    }
}
