//! What a program sees.

use netdbspec::sandbox::{Bound, Error, Exit, Sandbox, doctor};
use netdbspec::world::{FILES, File};

use super::given::{build, finish, nameserver, program, run, says, sh, succeeded, told, world};

#[test]
fn the_files_of_the_world_and_no_others() {
    let listing = says(&world(), "ls -A /etc");
    for name in FILES {
        let there = listing.lines().any(|line| line == name);
        assert_eq!(there, world().files.contains_key(name), "{name} in {listing}");
    }
    assert_eq!(says(&world(), "cat /etc/hosts /etc/resolv.conf"), "127.0.0.1 localhost inside\nnameserver 127.0.0.1\n");
}

#[test]
fn the_machines_other_files_stay_in_sight() {
    let machine = std::fs::read_to_string("/etc/passwd").unwrap();
    assert_eq!(says(&world(), "cat /etc/passwd"), machine);
}

#[test]
fn a_link_and_a_folder_where_a_file_is_expected() {
    let mut world = world();
    world.files.insert("resolv.conf".to_owned(), File::Link("/run/nowhere/resolv.conf".to_owned()));
    world.files.insert("hosts".to_owned(), File::Folder);
    let said = says(
        &world,
        "readlink /etc/resolv.conf; test -d /etc/hosts && ls -A /etc/hosts | wc -l; ! cat /etc/resolv.conf 2>&-",
    );
    assert_eq!(said, "/run/nowhere/resolv.conf\n0\n");
}

#[test]
fn a_file_that_nobody_may_read_is_closed_to_root_as_well() {
    let mut world = world();
    world.files.insert("hosts".to_owned(), File::Unreadable);
    let said = says(&world, "stat -c '%F %a' /etc/hosts; cat /etc/hosts 2>&- || echo no; cat /etc/resolv.conf");
    assert_eq!(said, "regular empty file 0\nno\nnameserver 127.0.0.1\n");
}

#[test]
fn files_are_regular_and_readable_by_everybody() {
    assert_eq!(says(&world(), "stat -c '%F %a %h' /etc/hosts /etc"), "regular file 644 1\ndirectory 755 1\n");
}

#[test]
fn the_host_name() {
    assert_eq!(says(&world(), "hostname; cat /proc/sys/kernel/domainname"), "box\n(none)\n");
}

#[test]
fn only_its_own_processes() {
    assert_eq!(says(&world(), "echo $$ /proc/[0-9]*"), "2 /proc/1 /proc/2\n");
}

#[test]
fn its_whole_environment_is_what_was_given() {
    let mut env = program(&["env"]);
    env.env.insert("RES_OPTIONS".into(), "ndots:3".into());
    assert_eq!(succeeded(run(&world(), &env)), "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nRES_OPTIONS=ndots:3\n");
}

#[test]
fn the_nameservers_sockets_are_handed_out() {
    let mut world = world();
    world.nameservers = vec![nameserver("127.0.0.1"), nameserver("::1"), nameserver("127.0.0.2")];
    world.nameservers[2].tcp = false;
    let mut sandbox = build(&world, &sh("cat /proc/net/udp /proc/net/udp6 /proc/net/tcp /proc/net/tcp6"));
    let bound = sandbox.take_bound();
    assert!(sandbox.take_bound().is_empty());
    let of = |bound: &Bound| {
        let udp = bound.udp.as_ref().map(|socket| socket.local_addr().unwrap().to_string());
        let tcp = bound.tcp.as_ref().map(|socket| socket.local_addr().unwrap().to_string());
        (bound.address.to_string(), udp.unwrap_or_default(), tcp.unwrap_or_default())
    };
    let expected = [
        ("127.0.0.1", "127.0.0.1:53", "127.0.0.1:53"),
        ("::1", "[::1]:53", "[::1]:53"),
        ("127.0.0.2", "127.0.0.2:53", ""),
    ];
    let expected = expected.map(|(address, udp, tcp)| (address.to_owned(), udp.to_owned(), tcp.to_owned()));
    assert_eq!(bound.iter().map(of).collect::<Vec<_>>(), expected);
    let accepted = bound[0].tcp.as_ref().unwrap().accept().unwrap_err();
    assert_eq!(accepted.kind(), std::io::ErrorKind::WouldBlock);
    assert!(bound.iter().all(|bound| bound.others.is_empty()));
    // In the listings of the namespace, in hexadecimal: 0035 is port 53.
    let said = succeeded(finish(&mut sandbox));
    assert_eq!(said.matches(":0035 ").count(), 5, "{said}");
}

#[test]
fn two_nameservers_at_one_address_are_refused() {
    let mut world = world();
    world.nameservers.push(nameserver("127.0.0.1"));
    let error = Sandbox::build(&world, &sh("true")).unwrap_err();
    assert!(told(&error).contains("bind port 53 of the nameserver 127.0.0.1: EADDRINUSE"), "{}", told(&error));
}

#[test]
fn a_world_that_cannot_be_is_refused() {
    let mut wrong = world();
    wrong.files.insert("../passwd".to_owned(), File::Folder);
    let error = Sandbox::build(&wrong, &sh("true")).unwrap_err();
    assert!(matches!(&error, Error::World { what, .. } if what.contains("../passwd")), "{error}");
    let mut wrong = world();
    wrong.hostname = "x".repeat(65);
    assert!(matches!(Sandbox::build(&wrong, &sh("true")), Err(Error::World { .. })));
}

#[test]
fn a_large_file() {
    let mut world = world();
    let large = "127.0.0.1 name\n".repeat(100_000);
    world.files.insert("hosts".to_owned(), File::Text(large.clone()));
    let said = run(&world, &sh("wc -c < /etc/hosts"));
    assert_eq!((said.stdout.trim(), said.exit), (large.len().to_string().as_str(), Exit::Status(0)));
}

#[test]
fn the_doctor_finds_it_usable() {
    let diagnosis = doctor();
    assert!(diagnosis.usable, "{diagnosis:#?}");
    let of = |what: &str| diagnosis.findings.iter().find(|finding| finding.what == what).unwrap();
    for what in ["namespaces, mounts and nameserver sockets", "/etc", "/proc", "IPv6", "further links"] {
        assert!(of(what).ok, "{:#?}", of(what));
    }
}
