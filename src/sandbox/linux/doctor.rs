//! Finds out whether sandboxes can be made here, by making some.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::settings::{Settings, good};
use super::{Sandbox, confine, in_place, plan};
use crate::sandbox::error::describe;
use crate::sandbox::{Diagnosis, Error, Finding, Identity, Program, Stdio};
use crate::world::{Address, File, Link, Nameserver, World};

/// Says what would stop a sandbox here, or cost it a part of its worlds. Makes trial sandboxes and executes nothing.
#[must_use]
pub fn doctor() -> Diagnosis {
    let settings = Settings::read();
    let plain = trial(&world());
    let mut findings = vec![good("operating system", "Linux")];
    for finding in settings.findings() {
        // Whatever the settings say, a sandbox that was made says more.
        let harmless = !finding.ok && plain.is_ok();
        let detail = if harmless { format!("{}, but not for this process", finding.detail) } else { finding.detail };
        findings.push(Finding { ok: finding.ok || harmless, detail, ..finding });
    }
    if let Some(profile) = &settings.profile {
        findings.push(good("AppArmor profile", profile.clone()));
    }
    findings.push(good("seccomp", if settings.seccomp { "a filter is in force" } else { "no filter" }));
    match plain {
        Err(error) => {
            findings.push(bad("namespaces, mounts and nameserver sockets", &error));
            findings.push(match in_place::examine() {
                Ok((_, evidence)) => {
                    good("in place", format!("this is a container ({evidence}): --isolation in-place can be had"))
                }
                Err(error) => bad("in place", &error),
            });
            Diagnosis { findings, usable: false }
        }
        Ok(sandbox) => {
            findings.extend(found(&sandbox));
            drop(sandbox);
            findings.extend(parts());
            Diagnosis { findings, usable: true }
        }
    }
}

/// What a sandbox that could be made says about this machine.
fn found(sandbox: &Sandbox) -> Vec<Finding> {
    let facts = sandbox.facts;
    let user = if facts.user_namespace { "with a user namespace" } else { "as root, without a user namespace" };
    let etc = facts.overlay.map_or_else(
        || "an overlay over the machine's".to_owned(),
        |errno| format!("a folder of links, since an overlay is refused: {}", describe(errno)),
    );
    let proc = facts.proc.map_or_else(
        || "mounted anew".to_owned(),
        |errno| format!("the machine's own, with its processes, since a new one is refused: {}", describe(errno)),
    );
    let masks = plan::masks(None, false);
    let masked: Vec<_> = masks.iter().map(|mask| mask.path.to_string_lossy().into_owned()).collect();
    let masked = if masked.is_empty() { "there are none".to_owned() } else { format!("hidden: {}", masked.join(", ")) };
    vec![
        good("namespaces, mounts and nameserver sockets", user),
        good("/etc", etc),
        good("/proc", proc),
        good("daemons that answer for a resolver", masked),
        confinement(),
    ]
}

/// What harm a subject could do.
fn confinement() -> Finding {
    let what = "subjects";
    match confine::lacking().as_slice() {
        [] => good(what, format!("they find the machine read-only, and can start {} processes", confine::PROCESSES)),
        lacking => {
            let remedy =
                "Linux 6.14 or newer, and in a container --security-opt seccomp=unconfined; or trust the subjects";
            Finding::bad(what, lacking.join("; "), Some(remedy.to_owned()))
        }
    }
}

/// What some worlds need and others do not.
fn parts() -> Vec<Finding> {
    let ipv6 = World { nameservers: vec![Nameserver::at(Ipv6Addr::LOCALHOST.into())], ..world() };
    let ip = Ipv4Addr::new(192, 0, 2, 10).into();
    let address = vec![Address { ip, prefix: 24, deprecated: false, tentative: false, home: false }];
    let links = vec![Link { name: "v0".to_owned(), peer: None, address, peer_address: Vec::new() }];
    let linked = World { links, ..world() };
    [("IPv6", ipv6, "::1 answers inside"), ("further links", linked, "a veth pair can be made")]
        .into_iter()
        .map(|(what, world, detail)| match trial(&world) {
            Ok(_) => good(what, detail),
            Err(error) => bad(what, &error),
        })
        .collect()
}

fn bad(what: &str, error: &Error) -> Finding {
    Finding::bad(what, error.to_string(), error.hint())
}

/// Builds a sandbox whose program never leaves the gate.
fn trial(world: &World) -> Result<Sandbox, Error> {
    let program = Program {
        argv: vec!["true".into()],
        env: BTreeMap::new(),
        cwd: "/".into(),
        stdio: Stdio::Pipes,
        identity: Identity::Own,
        root: None,
        confined: false,
        own: false,
    };
    Sandbox::build(world, &program)
}

/// The smallest world.
fn world() -> World {
    World {
        about: "Shows whether a world can be built.".to_owned(),
        files: BTreeMap::from([("hosts".to_owned(), File::Text("127.0.0.1 localhost\n".to_owned()))]),
        nameservers: vec![Nameserver::at(Ipv4Addr::LOCALHOST.into())],
        ..World::bare("trial")
    }
}
