//! Worlds that are put together wrongly: all that is wrong is told where the world is used.

use netdbspec::fault::Fault;
use netdbspec::hermetic::{Stub, World};

use crate::support::Folder;

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let world =
        World::new().record("www.example. A 192.0.2.256").fault("@127.0.0.9:drop").file("passwd", "").zone_file("x");
    let told = world.check().unwrap_err().to_string();
    assert_eq!(told, world.start().unwrap_err().to_string());
    assert_eq!(told, Stub::start(&world).unwrap_err().to_string());
    insta::assert_snapshot!(told, @"
    putting the world together:
    adding a fault of the kind `drop`: the world has no nameserver 127.0.0.9
    putting `passwd` in place: a world has no such file
      help: the files of a world's /etc are gai.conf, host.conf, hosts, networks, nsswitch.conf, protocols, resolv.conf, services
    serving the zone `x`: its name does not say its origin
      help: name the file by its origin: example.test.zone
    further records:1:16: cannot read `192.0.2.256` in the data of this A record: expected IPv4 address
      help: A data is written: an IPv4 address in four decimal parts
    ");
    insta::assert_snapshot!(World::named("pymtow").command("true").unwrap_err(), @"
    putting the world together:
    looking for the world `pymtow`: there is none of that name
      help: did you mean `pymotw`?
    ");
}

#[test]
#[should_panic(expected = "the world has no nameserver 127.0.0.9")]
fn a_test_in_a_wrong_world_fails() {
    World::new().fault("@127.0.0.9:drop").test(|_| ());
}

#[test]
fn a_world_is_read_from_a_folder() {
    let folder = Folder::new();
    folder.put("world.toml", "about = \"one\"\nhostname = \"there\"\n");
    folder.put("example.zone", "@ SOA @ @ 1 1 1 1 1\nwww A 192.0.2.1\n");
    folder.put("other.zone", "@ SOA @ @ 1 1 1 1 1\nwww A 192.0.2.2\n");
    let world = World::load(folder.path()).start().unwrap();
    let output = world.command("cat").arg("/proc/sys/kernel/hostname").output().unwrap();
    assert_eq!(output.stdout, b"there\n");
    World::new().zone_file(folder.path().join("other.zone")).check().unwrap();
    folder.put("world.toml", "about = 7\n");
    let told = World::load(folder.path()).check().unwrap_err().to_string();
    insta::assert_snapshot!(told.replace(&folder.path().display().to_string(), "FOLDER"), @"
    putting the world together:
    FOLDER/world.toml:1:9: `about` is a text between quotes, not a number
    ");
}

#[test]
fn lines_of_resolv_conf_leave_the_nameservers_alone_unless_they_name_some() {
    let cat = |world: World| {
        let output = world.command("cat").unwrap().arg("/etc/resolv.conf").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(cat(World::new().resolv("options ndots:5")), "nameserver 127.0.0.1\noptions ndots:5\n");
    assert_eq!(
        cat(World::new().resolv("nameserver 10.96.0.10\nsearch a.example")),
        "nameserver 10.96.0.10\nsearch a.example\n"
    );
    let folder = Folder::new();
    folder.put("hosts", "192.0.2.7 printer\n");
    folder.put("resolv.conf", "nameserver ::1\n");
    assert_eq!(cat(World::new().etc(folder.path())), "nameserver ::1\n");
}

#[test]
fn the_faults_of_the_guide_are_faults() {
    let guide = include_str!("../../../src/lib.rs");
    let table = guide.split("| fault | what happens |").nth(1).unwrap().split("//!\n").next().unwrap();
    let faults: Vec<_> = table.lines().filter_map(|row| row.strip_prefix("//! | `")?.split('`').next()).collect();
    assert!(faults.len() > 4, "{faults:?}");
    for fault in faults {
        fault.parse::<Fault>().unwrap_or_else(|why| panic!("{fault}: {why}"));
    }
}
