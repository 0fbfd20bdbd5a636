//! The suite on a machine that has next to nothing in common with the one that was recorded.

use netdbspec::world::{File, World};

use super::given::{program, run};
use crate::support::netdbspec;

/// What of the suite looks at files, links and addresses, and not at the clock.
const AREAS: [&str; 8] =
    ["addrinfo/num", "addrinfo/svc", "hosts/", "nameinfo/", "order/", "protocols/", "services/", "sockets/"];

/// No services, protocols, host.conf and gai.conf; resolv.conf a link to nowhere; sources that are not installed, an own
/// opinion on everything; names that the cases use, on 500 lines; no IPv6 and no nameserver.
fn host() -> World {
    let hosts = (0..500).map(|n| format!("198.51.100.{} host{n}.test both.test alpha localhost\n", n % 250 + 1));
    let nsswitch = "hosts: files mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns myhostname\n\
                    networks: files\nservices: db files\nprotocols: db files\n";
    let mut world = World::bare("unusual");
    world.hostname = "localhost".to_owned();
    world.files.insert("hosts".to_owned(), File::Text(hosts.collect()));
    world.files.insert("nsswitch.conf".to_owned(), File::Text(nsswitch.to_owned()));
    world.files.insert("resolv.conf".to_owned(), File::Link("/run/nowhere/resolv.conf".to_owned()));
    world.sysctls.insert("net/ipv6/conf/all/disable_ipv6".to_owned(), "1".to_owned());
    world
}

#[test]
fn no_outcome_depends_on_the_machine() {
    let netdbspec = netdbspec().display().to_string();
    let audit = [netdbspec.as_str(), "audit", "--jobs", "4"];
    let selected: Vec<&str> = audit.into_iter().chain(AREAS).collect();
    let said = run(&host(), &program(&selected));
    assert_eq!(said.exit, netdbspec::sandbox::Exit::Status(0), "{}\n{}", said.stdout, said.stderr);
}
