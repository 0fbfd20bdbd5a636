//! Sandboxes inside sandboxes, and over an /etc with mount points, as containers have it: there an overlay is refused.

use std::fs;
use std::os::unix::net::UnixListener;

use netdbspec::sandbox::{Error, Sandbox, doctor};
use netdbspec::world::File;
use rustix::mount::MountFlags;
use rustix::thread::CapabilitySet;

use super::given::{build, deeper, depth, finish, passes, says, sh, succeeded, told, world};

/// How deep sandboxes are nested: an overlay over /etc is refused at the third at the latest, and the fourth finds an /etc
/// of links.
const DEEPEST: usize = 4;

#[test]
fn four_deep() {
    match depth() {
        0 => passes(&world(), &deeper("sandbox::nested::four_deep")),
        depth => one_deeper(depth),
    }
}

fn one_deeper(depth: usize) {
    let mut next = world();
    next.hostname = format!("box{depth}");
    let hosts = format!("127.0.0.1 level{depth}\n");
    next.files.insert("hosts".to_owned(), File::Text(hosts.clone()));
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    assert!(passwd.contains("root"));
    assert_eq!(says(&next, "hostname; cat /etc/hosts"), format!("box{depth}\n{hosts}"));
    assert_eq!(says(&next, "cat /etc/passwd"), passwd);
    assert_eq!(says(&next, "test -e /etc/gai.conf || echo none"), "none\n");
    if depth < DEEPEST - 1 {
        passes(&next, &deeper("sandbox::nested::four_deep"));
    } else {
        assert_eq!(says(&next, "readlink /etc/passwd"), ".below/passwd\n");
    }
}

#[test]
fn over_an_etc_with_a_mount_point() {
    match depth() {
        0 => passes(&world(), &deeper("sandbox::nested::over_an_etc_with_a_mount_point")),
        _ => with_resolv_conf_bound(),
    }
}

fn with_resolv_conf_bound() {
    rustix::mount::mount_bind(c"/etc/services", c"/etc/resolv.conf").unwrap();
    let before = fs::read_to_string("/etc/resolv.conf").unwrap();
    assert_eq!(before, "x 1/tcp\n");

    assert_eq!(says(&world(), "cat /etc/passwd"), fs::read_to_string("/etc/passwd").unwrap());
    let said = says(&world(), "cat /etc/resolv.conf; readlink /etc/passwd; stat -c '%F %a' /etc/hosts /etc");
    assert_eq!(said, "nameserver 127.0.0.1\n.below/passwd\nregular file 644\ndirectory 755\n");
    // Relative links lead where they did: /etc/mtab to ../proc/self/mounts, /etc/os-release to ../usr/lib.
    for link in ["mtab", "os-release"] {
        let path = format!("/etc/{link}");
        if let Ok(target) = fs::read_link(&path) {
            assert_eq!(says(&world(), &format!("readlink {path}")), format!("{}\n", target.display()));
            says(&world(), &format!("cat {path} > /dev/null"));
        }
    }
    let missing = says(&world(), "ls -A /etc");
    assert!(!missing.lines().any(|name| name == "gai.conf" || name == "nothing" || name == "upper"), "{missing}");

    let mut sandbox = build(&world(), &sh("cat /etc/resolv.conf; test -e /etc/hosts || echo none"));
    sandbox.write("resolv.conf", Some(&File::Text("nameserver 127.0.0.2\n".to_owned()))).unwrap();
    sandbox.write("hosts", None).unwrap();
    assert_eq!(succeeded(finish(&mut sandbox)), "nameserver 127.0.0.2\nnone\n");
    assert_eq!(fs::read_to_string("/etc/resolv.conf").unwrap(), before);
}

#[test]
fn over_a_machine_with_daemons() {
    match depth() {
        0 => passes(&world(), &deeper("sandbox::nested::over_a_machine_with_daemons")),
        _ => with_daemons(),
    }
}

fn with_daemons() {
    rustix::mount::mount(c"tmpfs", c"/run", c"tmpfs", MountFlags::empty(), None).unwrap();
    for folder in ["/run/nscd", "/run/systemd/resolve", "/run/systemd/userdb", "/run/dbus", "/run/other"] {
        fs::create_dir_all(folder).unwrap();
        UnixListener::bind(format!("{folder}/socket")).unwrap();
    }
    UnixListener::bind("/run/mdnsd").unwrap();
    let said = says(
        &world(),
        "cd /run; ls -A nscd systemd/resolve systemd/userdb dbus | grep -c socket; ls other; stat -c %F mdnsd",
    );
    assert_eq!(said, "0\nsocket\nregular empty file\n");
    let diagnosis = doctor();
    let found = diagnosis.findings.iter().find(|finding| finding.what == "daemons that answer for a resolver").unwrap();
    for path in ["/run/nscd", "/run/systemd/resolve", "/run/dbus", "/run/mdnsd"] {
        assert!(found.detail.contains(path), "{found:?}");
    }
}

#[test]
fn where_proc_is_masked_as_in_a_container() {
    match depth() {
        0 => passes(&world(), &deeper("sandbox::nested::where_proc_is_masked_as_in_a_container")),
        _ => with_proc_masked(),
    }
}

fn with_proc_masked() {
    rustix::mount::mount_bind(c"/proc/sys", c"/proc/sys").unwrap();
    rustix::mount::mount_remount(c"/proc/sys", MountFlags::BIND | MountFlags::RDONLY, c"").unwrap();
    assert_eq!(
        says(&world(), "cat /etc/resolv.conf; test -e /proc/self/exe && echo yes"),
        "nameserver 127.0.0.1\nyes\n"
    );
    let diagnosis = doctor();
    let proc = diagnosis.findings.iter().find(|finding| finding.what == "/proc").unwrap();
    assert!(diagnosis.usable && proc.ok && proc.detail.contains("EPERM"), "{diagnosis:#?}");

    let mut world = world();
    world.sysctls.insert("net/ipv6/bindv6only".to_owned(), "1".to_owned());
    let error = Sandbox::build(&world, &sh("true")).unwrap_err();
    assert!(matches!(error, Error::Step { errno: libc::EROFS, .. }), "{error}");
    assert!(error.hint().unwrap().contains("--privileged"), "{}", told(&error));
}

const FORBIDDEN: &str = "sandbox::nested::where_user_namespaces_are_forbidden";

#[test]
fn where_user_namespaces_are_forbidden() {
    match depth() {
        0 => passes(&world(), &deeper(FORBIDDEN)),
        1 => without_user_namespaces(),
        _ => without_any_right(),
    }
}

fn without_user_namespaces() {
    // The limit of this user namespace, not of the machine.
    fs::write("/proc/sys/user/max_user_namespaces", "0").unwrap();
    assert!(doctor().findings.iter().any(|finding| finding.detail == "as root, without a user namespace"));
    assert_eq!(says(&world(), "hostname; cat /etc/hosts"), "box\n127.0.0.1 localhost inside\n");
    // From here on no program that is executed gets a capability.
    for capability in (0..64).map(|bit| CapabilitySet::from_bits_retain(1 << bit)) {
        _ = rustix::thread::remove_capability_from_bounding_set(capability);
    }
    passes(&world(), &deeper(FORBIDDEN));
}

fn without_any_right() {
    let error = Sandbox::build(&world(), &sh("true")).unwrap_err();
    let expected = "make the namespaces: ENOSPC, No space left on device (user.max_user_namespaces is 0)";
    assert_eq!(error.to_string(), format!("building the world `small`: {expected}"));
    assert_eq!(error.hint().unwrap(), "sysctl -w user.max_user_namespaces=10000 as root");
    let diagnosis = doctor();
    assert!(!diagnosis.usable);
    let limits = diagnosis.findings.iter().find(|finding| finding.what == "limits of namespaces").unwrap();
    assert_eq!((limits.ok, limits.detail.as_str()), (false, "user.max_user_namespaces is 0"));
    assert_eq!(limits.remedy, error.hint());
}
