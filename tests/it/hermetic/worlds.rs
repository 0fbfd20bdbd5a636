//! Worlds that are put together wrongly: all that is wrong is told where the world is used.

use netdbspec::hermetic::{Stub, World};

use crate::support::Folder;

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let world = World::new().record("www.example. A 192.0.2.256").fault("@127.0.0.9:drop").file("passwd", "").zone_file("x");
    let told = world.check().unwrap_err().to_string();
    assert_eq!(told, world.start().unwrap_err().to_string());
    assert_eq!(told, Stub::start(&world).unwrap_err().to_string());
    insta::assert_snapshot!(told, @"");
    insta::assert_snapshot!(World::named("pymtow").command("true").unwrap_err(), @"");
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
    insta::assert_snapshot!(World::load(folder.path()).check().unwrap_err().to_string().replace(&folder.path().display().to_string(), "FOLDER"), @"");
}

#[test]
fn lines_of_resolv_conf_leave_the_nameservers_alone_unless_they_name_some() {
    let cat = |world: World| {
        let output = world.command("cat").unwrap().arg("/etc/resolv.conf").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(cat(World::new().resolv("options ndots:5")), "nameserver 127.0.0.1\noptions ndots:5\n");
    assert_eq!(cat(World::new().resolv("nameserver 10.96.0.10\nsearch a.example")), "nameserver 10.96.0.10\nsearch a.example\n");
    let folder = Folder::new();
    folder.put("hosts", "192.0.2.7 printer\n");
    folder.put("resolv.conf", "nameserver ::1\n");
    assert_eq!(cat(World::new().etc(folder.path())), "nameserver ::1\n");
}
