//! Tests whose bodies run inside a world: whatever a test may be, it is that there too.

use std::process;
use std::thread;
use std::time::Duration;

use netdbspec::hermetic::World;
use netdbspec::outcome::Transport;
use rstest::rstest;

use super::{addresses, ip};

#[test]
fn it_resolves_what_the_world_has_and_sees_the_queries() {
    let world = World::new().record("www.example. A 192.0.2.1\nwww.example. AAAA 2001:db8::1").hostname("there");
    world.test(|net| {
        let mut found = addresses("www.example");
        found.sort();
        assert_eq!(found, [ip("192.0.2.1"), ip("2001:db8::1")]);
        assert_eq!(net.queries(), ["udp A www.example.", "udp AAAA www.example."]);
        assert!(net.log().iter().all(|query| query.transport == Transport::Udp && query.reply == "NOERROR 1"));
        assert_eq!(std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap(), "there\n");
    });
}

#[test]
fn what_the_nameservers_do_is_changed_from_within() {
    World::new().record("www.example. A 192.0.2.1").test(|net| {
        net.fault("rcode=SERVFAIL");
        assert!(addresses("www.example").is_empty());
        net.well();
        net.forget();
        assert_eq!(addresses("www.example"), [ip("192.0.2.1")]);
        assert_eq!(net.queries().len(), 2);
        net.record("other.example. A 192.0.2.2");
        assert_eq!(addresses("other.example"), [ip("192.0.2.2")]);
        net.zone("example.", "@ SOA @ @ 2 1 1 1 1\nwww A 192.0.2.3\nother A 192.0.2.4\n");
        net.file("hosts", "192.0.2.9 www.example\n");
        assert_eq!(addresses("www.example"), [ip("192.0.2.9")]);
        net.without("hosts");
        let mut found = addresses("www.example");
        found.sort();
        assert_eq!(found, [ip("192.0.2.1"), ip("192.0.2.3")]);
    });
}

#[test]
#[should_panic(expected = "reading the fault `dorp`")]
fn a_fault_that_there_is_not_fails_the_test() {
    World::new().test(|net| net.fault("dorp"));
}

#[test]
#[should_panic(expected = "192.0.2.256")]
fn a_record_that_is_none_fails_the_test() {
    World::new().test(|net| net.record("www.example. A 192.0.2.256"));
}

#[test]
#[should_panic(expected = "assertion `left == right` failed: as it should")]
fn a_panic_is_a_panic() {
    World::new().test(|_| assert_eq!(1, 2, "as it should"));
}

#[test]
#[should_panic(expected = "this is the body of a test inside one already")]
fn a_world_in_a_body_is_refused() {
    World::new().test(|_| World::new().test(|_| ()));
}

#[test]
fn a_body_may_return_a_result() -> Result<(), std::io::Error> {
    World::new().hosts("192.0.2.1 www.example\n").test(|_| {
        let hosts = std::fs::read_to_string("/etc/hosts")?;
        assert_eq!(hosts, "192.0.2.1 www.example\n");
        Ok(())
    })
}

#[rstest]
#[case::one("192.0.2.1")]
#[case::other("192.0.2.2")]
fn a_test_may_have_parameters(#[case] address: &str, #[values("a.example", "b.example")] name: &str) {
    let world = World::new().record(&format!("{name}. A {address}"));
    world.test(|net| {
        assert_eq!(addresses(name), [ip(address)]);
        assert_eq!(net.queries()[0], format!("udp A {name}."));
    });
}

#[test]
fn a_test_may_enter_several_worlds_in_turn() {
    let own = process::id();
    for number in 1..=3 {
        let address = format!("192.0.2.{number}");
        World::new().record(&format!("www.example. A {address}")).test(|_| {
            assert_eq!(addresses("www.example"), [ip(&address)]);
        });
    }
    assert_eq!(own, process::id());
}

#[tokio::test]
async fn a_body_may_wait() {
    let world = World::new().record("www.example. A 192.0.2.1");
    let body = world.test_async(async |net| {
        let found: Vec<_> = tokio::net::lookup_host(("www.example", 80)).await.unwrap().collect();
        assert_eq!(found, ["192.0.2.1:80".parse().unwrap()]);
        assert_eq!(net.queries(), ["udp A www.example.", "udp AAAA www.example."]);
    });
    body.await;
}

#[tokio::test]
#[should_panic(expected = "after a while")]
async fn a_body_that_waits_may_panic() {
    let body = World::new().test_async(async |_| {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(1, 2, "after a while");
    });
    body.await;
}

#[test]
fn a_thread_without_a_name_is_told_why_it_cannot() {
    let panicked = thread::spawn(|| World::new().test(|_| ())).join().unwrap_err();
    let told = panicked.downcast_ref::<&str>().copied().unwrap_or_default();
    assert!(told.contains("this thread has no name"), "{told}");
    let named = thread::Builder::new().name("no-test".to_owned()).spawn(|| World::new().test(|_| ()));
    let panicked = named.unwrap().join().unwrap_err();
    let told = panicked.downcast_ref::<String>().map_or("", String::as_str);
    assert!(told.contains("this test did not come as far as its body"), "{told}");
}
