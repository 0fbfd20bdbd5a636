//! Systems on which no sandbox can be made: they say so, and what to do.
#![cfg(not(all(target_os = "linux", not(netdbspec_no_sandbox))))]

use std::collections::BTreeMap;

use netdbspec::sandbox::{Error, Identity, Program, Sandbox, Stdio, doctor};
use netdbspec::world::World;

#[test]
fn a_sandbox_is_refused_with_the_reason_and_the_remedy() {
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
    let world = World::bare("any");
    let error = Sandbox::build(&world, &program).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error}");
    assert!(error.to_string().starts_with("making a sandbox: "), "{error}");
    assert!(error.hint().unwrap().contains("Linux"));
}

#[test]
fn the_doctor_says_the_same() {
    let diagnosis = doctor();
    assert!(!diagnosis.usable);
    assert!(diagnosis.findings.iter().all(|finding| !finding.ok && finding.remedy.is_some()), "{diagnosis:?}");
}
