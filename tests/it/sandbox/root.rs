//! Programs that live in a root file system of their own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use netdbspec::sandbox::{Error, Identity, Program, Root, Sandbox};
use netdbspec::world::{File, World};
use rustix::mount::MountFlags;

use super::given::{build, deeper, depth, finish, passes, run, sh, succeeded, told, world};
use crate::rootfs;
use crate::support::Folder;

/// A root with a shell and a few tools.
fn small() -> Folder {
    rootfs::with(&["sh", "cat", "ls", "rm", "stat", "mkdir", "readlink", "chmod", "head", "wc"])
}

/// A shell script that runs in a root.
fn script(root: &Folder, script: &str) -> Program {
    Program { root: Some(Root { folder: root.path().to_owned(), files: Vec::new() }), ..sh(script) }
}

fn says_in(root: &Folder, world: &World, text: &str) -> String {
    succeeded(run(world, &script(root, text)))
}

#[test]
fn nothing_of_the_machine_is_in_sight() {
    let root = small();
    assert_eq!(says_in(&root, &world(), "ls -A /; pwd"), "bin\ndev\netc\nlib\nlib64\nproc\nsys\ntmp\nusr\n/\n");
    assert_eq!(says_in(&root, &world(), "ls -A /etc"), "hosts\nresolv.conf\nservices\n");
    assert_eq!(says_in(&root, &world(), "ls -A /sys /tmp; cd /; cd ..; ls -d usr"), "/sys:\n\n/tmp:\nusr\n");
    assert_eq!(says_in(&root, &world(), "echo /proc/[0-9]*; cat /proc/sys/kernel/hostname"), "/proc/1 /proc/2\nbox\n");
    // Where each mount is; the machine's own folders are in none of them.
    let mounts = says_in(&root, &world(), "while read -r a b c d at rest; do echo $at; done < /proc/self/mountinfo");
    let known = ["/", "/dev/", "/etc", "/proc", "/usr"];
    for at in mounts.lines() {
        assert!(known.iter().any(|known| at == *known || known.ends_with('/') && at.starts_with(known)), "{mounts}");
    }
    // Nor does process 1, which is this program, hold anything open.
    assert_eq!(says_in(&root, &world(), "readlink /proc/1/root /proc/1/cwd; cd /proc/1/cwd; ls -d usr"), "/\n/\nusr\n");
}

#[test]
fn the_folder_stays_what_it_is() {
    let root = small();
    root.put("etc/passwd", "root:x:0:0::/:/bin/sh\n");
    root.put("var/lib/x", "x\n");
    root.put("probe", "p\n");
    let before = rootfs::all(root.path());
    let destroy = "echo x > /etc/hosts; echo x > /etc/new; echo x > /tmp/x; echo x > /new; chmod 700 / /etc /usr
        echo x > /var/lib/x; mkdir /var/y; chmod 7 /probe; echo x >> /probe; rm -rf /var /usr/lib64 /probe /etc/passwd";
    for identity in [Identity::Root, Identity::Own] {
        let mut sandbox = build(&world(), &Program { identity, ..script(&root, destroy) });
        sandbox.write("hosts", Some(&File::Text("never outside\n".to_owned()))).unwrap();
        let said = finish(&mut sandbox);
        assert!(said.stderr.contains("/var/lib/x: Read-only file system"), "{said:?}");
        assert!(rootfs::all(root.path()) == before, "the folder has changed");
    }
}

#[test]
fn etc_and_tmp_can_be_written_to() {
    let root = small();
    root.put("etc/passwd", "its own\n");
    let said = "cat /etc/passwd; echo x > /etc/passwd; cat /etc/passwd; echo y > /tmp/y; cat /tmp/y; stat -c %a /tmp";
    assert_eq!(says_in(&root, &world(), said), "its own\nx\ny\n1777\n");
}

#[test]
fn the_usual_devices() {
    let said = "echo x > /dev/null; head -c 3 /dev/zero | wc -c; echo err > /dev/stderr; echo out > /dev/fd/1";
    let said = run(&world(), &script(&small(), said));
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("3\nout\n", "err\n"));
}

#[test]
fn etc_is_a_folder_wherever_its_link_leads() {
    for (target, own) in [
        ("/usr/share/etc", "its own\n"),
        ("usr/share/etc", "its own\n"),
        ("/usr/share/other", "its own\n"),
        ("/nowhere", ""),
        ("etc", ""),
        ("/usr/bin/sh", ""),
        ("/", ""),
        ("../../../../../../../../../../etc", ""),
    ] {
        let root = small();
        root.put("usr/share/etc/passwd", "its own\n");
        root.put("usr/share/etc/hosts", "never\n");
        symlink("etc", root.path().join("usr/share/other")).unwrap();
        symlink(target, root.path().join("etc")).unwrap();
        let said =
            says_in(&root, &world(), "cat /etc/hosts; test ! -e /etc/passwd || cat /etc/passwd; test -d /usr/bin");
        assert_eq!(said, format!("127.0.0.1 localhost inside\n{own}"), "{target}");
    }
}

#[test]
fn hostile_links_lead_nowhere() {
    let root = small();
    let machine = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let up = format!("../../../../../../../../../..{}", machine.display());
    for (target, link) in [
        (machine.to_str().unwrap(), "out"),
        (up.as_str(), "up"),
        ("/proc/1/root", "init"),
        ("/", "tmp"),
        ("/etc", "dev"),
        (machine.to_str().unwrap(), "proc"),
        ("/run", "sys"),
    ] {
        symlink(target, root.path().join(link)).unwrap();
    }
    fs::create_dir(root.path().join("var")).unwrap();
    symlink(machine.join("src"), root.path().join("var/run")).unwrap();
    let before = rootfs::all(root.path());
    let said =
        "test ! -e /out && test ! -e /up && test ! -e /var/run && ls /init/usr; echo x > /tmp/x; echo y > /dev/y";
    assert_eq!(says_in(&root, &world(), said), "bin\nlib\nlib64\n");
    assert!(rootfs::all(root.path()) == before, "the folder has changed");
}

#[test]
fn files_of_the_machine_come_along() {
    let root = small();
    let outside = Folder::new();
    outside.put("probe", "here\n");
    symlink("probe", outside.path().join("link")).unwrap();
    let files = vec![
        (outside.path().join("link"), "/.netdbspec/adapter/probe".into()),
        (outside.path().join("probe"), "/.netdbspec/adapter/again".into()),
    ];
    let mut program = script(&root, "cat /.netdbspec/adapter/*; echo x > /.netdbspec/adapter/probe || echo no");
    program.root = Some(Root { folder: root.path().to_owned(), files });
    let said = run(&world(), &program);
    assert_eq!(said.stdout, "here\nhere\nno\n");
    assert_eq!(outside.read("probe"), "here\n");
    let Some(Root { files, .. }) = &mut program.root else { unreachable!() };
    files.push((outside.path().join("gone"), "/.netdbspec/gone".into()));
    let error = Sandbox::build(&world(), &program).unwrap_err();
    assert!(matches!(&error, Error::Root { what, .. } if what.contains("gone: ENOENT")), "{error}");
}

#[test]
fn a_folder_that_is_no_root() {
    let empty = Folder::new();
    let error = Sandbox::build(&world(), &script(&empty, "true")).unwrap_err();
    let expected = format!("making {} the root of the program: it is empty", empty.path().display());
    assert_eq!(told(&error), format!("{expected}\ngive the folder that an image was unpacked into"));
    // A folder without the program is a root all the same.
    empty.put("usr/share/x", "");
    let error = build(&world(), &script(&empty, "true")).release().unwrap_err();
    assert!(matches!(error, Error::Exec { errno: libc::ENOENT, .. }), "{error}");
}

#[test]
fn its_daemons_are_hidden_too() {
    let root = small();
    root.put("run/nscd/socket", "");
    root.put("run/other", "");
    fs::create_dir(root.path().join("var")).unwrap();
    symlink("/run", root.path().join("var/run")).unwrap();
    assert_eq!(
        says_in(&root, &world(), "ls /run /run/nscd /var/run/nscd"),
        "/run:\nnscd\nother\n\n/run/nscd:\n\n/var/run/nscd:\n"
    );
}

#[test]
fn a_root_inside_sandboxes_and_without_a_new_proc() {
    const THIS: &str = "sandbox::root::a_root_inside_sandboxes_and_without_a_new_proc";
    match depth() {
        // Further in, an overlay over /etc is refused.
        0..=2 => passes(&world(), &deeper(THIS)),
        _ => {
            let root = small();
            root.put("etc/passwd", "its own\n");
            assert_eq!(says_in(&root, &world(), "cat /etc/hosts /etc/passwd"), "127.0.0.1 localhost inside\nits own\n");
            rustix::mount::mount_bind(c"/proc/sys", c"/proc/sys").unwrap();
            rustix::mount::mount_remount(c"/proc/sys", MountFlags::BIND | MountFlags::RDONLY, c"").unwrap();
            assert_eq!(
                says_in(&root, &world(), "cat /etc/hosts; test -e /proc/self/exe"),
                "127.0.0.1 localhost inside\n"
            );
        }
    }
}

#[test]
fn a_folder_with_mounts_below_it() {
    const THIS: &str = "sandbox::root::a_folder_with_mounts_below_it";
    if depth() == 0 {
        return passes(&world(), &deeper(THIS));
    }
    let (root, other) = (small(), Folder::new());
    other.put("file", "mounted\n");
    let place = root.path().join("srv/below");
    fs::create_dir_all(&place).unwrap();
    rustix::mount::mount_bind(other.path(), &place).unwrap();
    let said = run(&world(), &script(&root, "cat /srv/below/file; echo x > /srv/below/file || echo no"));
    assert_eq!(said.stdout, "mounted\nno\n");
    assert_eq!(other.read("file"), "mounted\n");
    rustix::mount::unmount(&place, rustix::mount::UnmountFlags::DETACH).unwrap();
}

#[test]
fn not_with_the_rights_of_the_machines_root() {
    const THIS: &str = "sandbox::root::not_with_the_rights_of_the_machines_root";
    if depth() == 0 {
        return passes(&world(), &deeper(THIS));
    }
    // Only a foreign root needs a user namespace in any case.
    fs::write("/proc/sys/user/max_user_namespaces", "0").unwrap();
    assert_eq!(succeeded(run(&world(), &sh("echo done"))), "done\n");
    let error = Sandbox::build(&world(), &script(&small(), "true")).unwrap_err();
    assert!(told(&error).contains("user.max_user_namespaces is 0"), "{}", told(&error));
}
