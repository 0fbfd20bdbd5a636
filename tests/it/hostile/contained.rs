//! Nobody gets out of a world: what is tried inside, by a script that tries everything, succeeds on the machine itself.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::{Child, Command};
use std::thread;

use rustix::mount::MountFlags;

use super::{in_a_machine, netdbspec};
use crate::support::{Folder, Ran, has, json};

/// The way to daemons of the machine that answer for a resolver, and to one that does not.
const DAEMONS: [&str; 4] =
    ["/run/dbus/system_bus_socket", "/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve", "/run/docker.sock"];

/// What nobody must get at from any world, whoever he is there.
const NEVER: [&str; 9] = ["loopback", "address", "abstract", "dbus", "nscd", "resolved", "signal", "see", "trace"];

/// What no subject must get at besides. A program under `exec` has the machine's folders, as it would have without.
const NOT_A_SUBJECT: [&str; 5] = ["engine", "setting", "tmp", "mount", "unmount"];

/// A machine with servers, daemons and a process.
struct Outside {
    server: TcpListener,
    victim: Child,
}

impl Outside {
    fn new() -> Self {
        rustix::mount::mount(c"tmpfs", c"/run", c"tmpfs", MountFlags::empty(), None).unwrap();
        let abstract_name = SocketAddr::from_abstract_name("netdbspec-outside").unwrap();
        serve(UnixListener::bind_addr(&abstract_name).unwrap());
        for path in DAEMONS {
            fs::create_dir_all(path.rsplit_once('/').unwrap().0).unwrap();
            serve(UnixListener::bind(path).unwrap());
        }
        // A number that nothing inside has: those there are small.
        fs::write("/proc/sys/kernel/ns_last_pid", "900").unwrap();
        let victim = Command::new("sleep").arg("600.25").spawn().unwrap();
        Self { server: TcpListener::bind("0.0.0.0:0").unwrap(), victim }
    }

    /// The script and what it has to know.
    fn script(&self) -> [String; 4] {
        let port = self.server.local_addr().unwrap().port();
        let script = crate::support::root().join("tests/it/hostile/attempts.py");
        ["python3".to_owned(), script.display().to_string(), port.to_string(), self.victim.id().to_string()]
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        _ = self.victim.kill();
        _ = self.victim.wait();
    }
}

/// Takes every stream and closes it: glibc itself asks an nscd that is there, and would wait for its answer.
fn serve(listener: UnixListener) {
    thread::spawn(move || listener.incoming().for_each(drop));
}

/// What of the attempts came to something.
fn successes(said: &str) -> BTreeSet<&str> {
    assert!(said.contains(" came to "), "{said}");
    said.lines().filter_map(|line| line.strip_suffix(" came to something")).collect()
}

/// Whether the attempts succeed outside that shall not inside: else nothing is shown.
fn succeed_outside(outside: &Outside, names: &[&str]) {
    let script = outside.script();
    let ran = Ran::of(Command::new(&script[0]).args(&script[1..]).args(names));
    let missing: Vec<_> = names.iter().filter(|name| !successes(&ran.out).contains(**name)).collect();
    assert!(missing.is_empty(), "{missing:?} fail outside too: {}{}", ran.out, ran.err);
}

#[test]
fn a_program_under_exec_gets_at_nothing_of_the_machine() {
    if !has("python", "python3") {
        return;
    }
    in_a_machine(|| {
        let (outside, folder) = (Outside::new(), Folder::new());
        succeed_outside(&outside, &NEVER);
        let hosts = fs::read("/etc/hosts").unwrap();
        let attempts = NEVER.iter().map(|name| (*name).to_owned()).chain(["append".to_owned()]);
        let program: Vec<_> = outside.script().into_iter().chain(attempts).collect();
        for option in [None, Some("--as-root")] {
            let exec = ["exec"].into_iter().chain(option).chain(["--"]).map(str::to_owned);
            let ran = Ran::of(&mut netdbspec(folder.path(), exec.chain(program.iter().cloned())));
            assert_eq!(successes(&ran.out), BTreeSet::from(["append"]), "{option:?}: {}{}", ran.out, ran.err);
            assert_eq!(fs::read("/etc/hosts").unwrap(), hosts, "{option:?}: what was written has come out");
        }
    });
}

#[test]
fn a_subject_gets_at_nothing_of_the_machine() {
    if !has("python", "python3") {
        return;
    }
    in_a_machine(|| {
        let (outside, folder) = (Outside::new(), Folder::new());
        let mut never: Vec<&str> = NEVER.into_iter().chain(NOT_A_SUBJECT).collect();
        // The machine's own /etc lies over another, too: let it be written to without that.
        never.retain(|name| *name != "unmount");
        // Settings of the machine are root's, whoever is root here.
        let of_root = fs::File::options().write(true).open("/proc/sys/kernel/domainname").is_ok();
        let controls: Vec<&str> = never.iter().copied().filter(|name| *name != "setting" || of_root).collect();
        succeed_outside(&outside, &controls);
        let hosts = fs::read("/etc/hosts").unwrap();
        let subject = format!("cmd:{} subject", outside.script().join(" "));
        folder.put("worlds/default/world.toml", "about = \"The base\"\n");
        let case = "name = \"x\"\nabout = \"A case\"\nworld = \"default\"\nask.gethostname = {}\nunspecified = [{}]\n";
        folder.put("cases/area/topic.toml", &format!("about = \"A topic\"\n\n[[case]]\n{case}"));
        let suite = ["--cases", "cases", "--worlds", "worlds"].map(str::to_owned);
        let audit = ["audit", "--subject", &subject, "--format", "json"].map(str::to_owned);
        let ran = Ran::of(netdbspec(folder.path(), audit.into_iter().chain(suite)).current_dir(folder.path()));
        let lines = json(&ran.out);
        let lost = &lines.iter().find(|line| line["kind"] == "case").unwrap()["outcome"]["asked"][0]["reply"]["lost"];
        let said = lost["exited"]["stderr"].as_str().unwrap_or_default();
        assert_eq!(successes(said), BTreeSet::from(["append"]), "{said}");
        assert_eq!(fs::read("/etc/hosts").unwrap(), hosts, "what was written has come out");
        // No attempt was cut off.
        assert!(said.starts_with("loopback") && said.contains("unmount came to nothing"), "{said}");
    });
}
