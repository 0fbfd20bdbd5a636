//! A resolver that takes the address of a nameserver (hickory-resolver here) is tested against the stub server of a world, in this
//! very process. No sandbox is needed.
//!
//! `cargo test --example custom_resolver` runs the tests; `cargo run --example custom_resolver` shows one look-up.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::error::Error;
use std::net::{IpAddr, SocketAddr};

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{Resolver, TokioResolver};
use netdbspec::hermetic::{Stub, World};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let stub = Stub::start(&World::new().record("www.example. A 192.0.2.1\nwww.example. AAAA 2001:db8::1"))?;
    println!("{:?}", addresses(&resolver(stub.addr())?, "www.example.").await?);
    println!("{}", stub.queries().join("\n"));
    Ok(())
}

/// A resolver that asks one nameserver.
fn resolver(server: SocketAddr) -> Result<TokioResolver, NetError> {
    let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    connections.iter_mut().for_each(|connection| connection.port = server.port());
    let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    Resolver::builder_with_config(config, TokioRuntimeProvider::default()).build()
}

/// What is under test.
async fn addresses(resolver: &TokioResolver, name: &str) -> Result<Vec<IpAddr>, NetError> {
    let mut found: Vec<_> = resolver.lookup_ip(name).await?.iter().collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_takes_a_truncated_reply_to_tcp() {
        let stub = Stub::start(&World::new().record("www.example. A 192.0.2.1").fault("udp:truncate")).unwrap();
        let found = addresses(&resolver(stub.addr()).unwrap(), "www.example.").await.unwrap();
        assert_eq!(found, ["192.0.2.1".parse::<IpAddr>().unwrap()]);
        let queries = stub.queries();
        assert!(queries.contains(&"udp A www.example.".to_owned()), "{queries:?}");
        assert!(queries.contains(&"tcp A www.example.".to_owned()), "{queries:?}");
    }

    #[tokio::test]
    async fn a_name_is_asked_for_once_while_its_record_lives() {
        let stub = Stub::start(&World::new().record("www.example. 60 A 192.0.2.1")).unwrap();
        let resolver = resolver(stub.addr()).unwrap();
        addresses(&resolver, "www.example.").await.unwrap();
        stub.forget();
        stub.record("www.example. 60 A 192.0.2.2");
        let found = addresses(&resolver, "www.example.").await.unwrap();
        assert_eq!(found, ["192.0.2.1".parse::<IpAddr>().unwrap()]);
        assert_eq!(stub.queries(), [""; 0]);
    }
}
