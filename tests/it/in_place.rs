//! `--isolation in-place`, in a container of the project's own: a root file system with the marks of one, an /etc of its own,
//! the capabilities of plain `docker run`, and no further namespace to be had. Never on the machine itself.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so does what it is made of")]
#![cfg(all(target_os = "linux", not(netdbspec_no_sandbox)))]

use std::collections::BTreeMap;

use netdbspec::sandbox::{Exit, Identity, Program, Root};
use netdbspec::world::World;
use serde_json::Value;

use crate::rootfs;
use crate::sandbox::given::{Said, deeper_outside, depth, link, run, sh, world};
use crate::support::{self, Folder, has, json, netdbspec, redacted};

/// Where the program under test is inside.
const INSIDE: &str = "/opt/netdbspec";

/// What every script begins with: no further namespaces, files of all kinds in /etc, one of them a mount point as in every
/// container; `$run` is the program with what Docker gives a container, and `look` shows all of /etc.
const BEGIN: &str = r#"set -e
for limit in /proc/sys/user/max_*_namespaces; do echo 0 > $limit; done
printf '127.0.0.1 localhost own\n' > /etc/hosts
printf 'x 1/tcp\n\377\0' > /etc/services
chmod 640 /etc/services
ln -s ../run/none /etc/nsswitch.conf
echo 'nameserver 127.0.0.9' > /tmp/own
touch -d 2001-02-03 /etc/hosts /tmp/own
mount --bind /tmp/own /etc/resolv.conf
run="setpriv --bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap /opt/netdbspec"
look() {
    for file in /etc/.[a-z]* /etc/*; do
        if [ -L $file ]; then stat -c '%N %u:%g' $file
        elif [ -f $file ]; then stat -c '%n %a %u:%g %y' $file; cat $file
        else echo "$file is no file"; fi
    done
}
look > /tmp/before
"#;

/// A case that waits for longer than anybody waits for it here.
const SLOW: &str = r#"about = "Waits"
world = "default"

[[case]]
name = "silent"
about = "Nobody answers."
env = { RES_OPTIONS = "timeout:30 attempts:5" }
timeout = "60s"
fault = [{ drop = {} }]
ask.getaddrinfo = { node = "both.test", family = "AF_INET" }
unspecified = [{ clause = "resolv.conf(5)", failure = "EAI_AGAIN" }]
"#;

/// A root file system with what the scripts need, and the mark of a container.
fn image(mark: Option<&str>) -> Folder {
    let root = rootfs::with(&["sh", "cat", "chmod", "cmp", "ln", "mount", "setpriv", "stat", "touch"]);
    rootfs::add_libraries_of(&root, &netdbspec());
    if let Some(mark) = mark {
        root.put(mark, "");
    }
    root.put("cases/wait/silence.toml", SLOW);
    root
}

/// A container's network: a link that leads out, as it seems, and a name that Docker might have made up.
fn network() -> World {
    let links = vec![link("eth0", &["172.17.0.2/16"])];
    World { links, nameservers: Vec::new(), hostname: "3f1c20ab".to_owned(), ..world() }
}

/// A script as root in the container, after [`BEGIN`].
fn contained(image: &Folder, script: &str) -> Said {
    let root = Root { folder: image.path().to_owned(), files: vec![(netdbspec(), INSIDE.into())] };
    let program = Program { root: Some(root), ..sh(&format!("{BEGIN}{script}")) };
    run(&network(), &program)
}

const MARK: Option<&str> = Some(".dockerenv");

/// What a run said of each case, without what differs from run to run.
fn cases(text: &str) -> BTreeMap<String, Value> {
    let mut cases = BTreeMap::new();
    for mut line in json(text).into_iter().filter(|line| line["kind"] == "case") {
        let id = line["id"].as_str().unwrap().to_owned();
        for asked in line["outcome"]["asked"].as_array_mut().unwrap() {
            for passing in ["at", "elapsed"] {
                asked.as_object_mut().unwrap().remove(passing);
            }
        }
        for query in line["outcome"]["wire"].as_array_mut().unwrap() {
            for passing in ["at", "id", "late", "sent", "source"] {
                query.as_object_mut().unwrap().remove(passing);
            }
        }
        for passing in ["elapsed", "rerun"] {
            line.as_object_mut().unwrap().remove(passing);
        }
        cases.insert(id, line);
    }
    cases
}

const CHOSEN: &[&str] = &[
    "dns/basic",
    "dns/tcp",
    "dns/truncation/retried-over-tcp",
    "dns/servers",
    "hosts/file",
    "hosts/special",
    "services/file",
    "nameinfo/mapped",
    "hostent/byaddr",
    "inet/aton",
    "addrinfo/ac",
    "order/misc",
];

#[test]
fn it_comes_out_as_in_sandboxes() {
    if !has("setpriv", "setpriv") {
        return;
    }
    let script = format!(
        "status=0; $run {} --isolation in-place --jobs 8 --format json || status=$?
        look > /tmp/after; cmp /tmp/before /tmp/after; exit $status",
        CHOSEN.join(" ")
    );
    let said = contained(&image(MARK), &script);
    let broken: Vec<_> = json(&said.stdout).into_iter().filter(|line| line["status"] == "broken").collect();
    assert_eq!(said.exit, Exit::Status(0), "{}{broken:#?}", said.stderr);
    assert_eq!(said.stderr, "--jobs is 1 in place: there is one /etc\n");
    assert_eq!(json(&said.stdout)[0]["isolation"], "in-place");

    let folder = Folder::new();
    let sandboxed = support::run(folder.path(), CHOSEN.iter().chain(&["--format", "json"]));
    assert!(json(&sandboxed.out)[0].get("isolation").is_none());
    let (in_place, sandboxed) = (cases(&said.stdout), cases(&sandboxed.out));
    assert!(in_place.keys().eq(sandboxed.keys()));
    let (mut left_out, mut same) = (Vec::new(), 0);
    for (id, case) in &in_place {
        if case["status"] == "unsupported" {
            let why = case["outcome"]["asked"][0]["reply"]["unsupported"].as_str().unwrap();
            assert!(why.starts_with("in place"), "{id}: {why}");
            left_out.push(id.as_str());
        } else if case["varies"].is_null() {
            assert_eq!(case, &sandboxed[id], "{id}");
            same += 1;
        }
    }
    assert!(same > 100, "only {same} were asked; left out: {left_out:#?}");
    for beyond in ["addrinfo/ac/no-v6-dns", "hosts/file/absent@inet", "order/misc"] {
        assert!(left_out.iter().any(|id| id.starts_with(beyond)), "{beyond} was asked: {left_out:#?}");
    }
}

#[test]
fn whatever_ends_it_the_files_come_back() {
    if !has("setpriv", "setpriv") {
        return;
    }
    let said = contained(
        &image(MARK),
        r#"begin() {
            $run wait --cases /cases --isolation in-place -q & pid=$!
            turns=0
            while cmp -s /etc/resolv.conf /tmp/first; do turns=$((turns + 1)); [ $turns != 20000 ]; done
        }
        cat /etc/resolv.conf > /tmp/first
        set -- /proc/[0-9]*; processes=$#
        begin
        echo "second: $($run inet --isolation in-place -q 2>&1 || echo "exit $?")"
        $run list inet/lnaof > /tmp/list
        cmp -s /etc/resolv.conf /tmp/first && echo 'a run that goes on was disturbed'
        kill -9 $pid; status=0; wait $pid || status=$?; echo "killed: $status"
        cmp -s /etc/resolv.conf /tmp/first || echo 'the files stay swapped'
        turns=0; set -- /proc/[0-9]*
        while [ $# != $processes ] && [ $turns != 100000 ]; do turns=$((turns + 1)); set -- /proc/[0-9]*; done
        [ $# = $processes ] || echo "left: $*"
        $run doctor 2>&1 | while read -r line; do case $line in an\ earlier*) echo "$line";; esac; done
        look > /tmp/after; cmp /tmp/before /tmp/after && echo 'all is back'
        for signal in INT TERM HUP; do
            begin
            kill -$signal $pid; status=0; wait $pid || status=$?; echo "$signal: $status"
            look > /tmp/after; cmp /tmp/before /tmp/after && echo 'all is back'
        done
        begin; kill -9 $pid; wait $pid || true
        $run inet/lnaof --isolation in-place -q 2>&1
        look > /tmp/after; cmp /tmp/before /tmp/after && echo 'all is back'
        "#,
    );
    insta::assert_snapshot!(redacted(&said.stdout), @r"
    second:   × running in place: another run is at it
      help: wait until it has ended: there is one at a time

    exit 3
    killed: 137
    the files stay swapped
    an earlier run in place was killed: its files are put back: /etc/host.conf, /etc/hosts, /etc/networks, /etc/nsswitch.conf, /etc/protocols, /etc/resolv.conf, /etc/services
    all is back
    INT: 130
    all is back
    TERM: 143
    all is back
    HUP: 129
    all is back
    an earlier run in place was killed: its files are put back: /etc/host.conf, /etc/hosts, /etc/networks, /etc/nsswitch.conf, /etc/protocols, /etc/resolv.conf, /etc/services
    ✓ ok: 1 case in TIME s: 0 required rules broken (0 new), 0 recommendations not followed, 0 could not be run
    all is back
    ");
}

#[test]
fn it_is_refused_outside_a_container() {
    const TEST: &str = "in_place::it_is_refused_outside_a_container";
    if !has("setpriv", "setpriv") {
        return;
    }
    if depth() == 0 {
        // What started the tests may say `container=` in their environment, which is that of process 1 inside.
        let done = deeper_outside(TEST).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
        return;
    }
    let script = "status=0; $run inet --isolation in-place || status=$?; look > /tmp/after; cmp /tmp/before /tmp/after
        exit $status";
    let said = contained(&image(None), script);
    assert_eq!((said.exit, said.stdout.as_str()), (Exit::Status(3), ""));
    let words = said.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("this is no disposable container: there is no mark of one"), "{words}");
    assert!(words.contains("leave out --isolation"), "{words}");
}

#[test]
fn it_is_refused_without_root() {
    if !has("setpriv", "setpriv") {
        return;
    }
    let image = image(MARK);
    let audit = "/opt/netdbspec inet --isolation in-place";
    let said = if rustix::process::geteuid().is_root() {
        contained(&image, &format!("setpriv --reuid=12345 --clear-groups {audit}"))
    } else {
        let root = Root { folder: image.path().to_owned(), files: vec![(netdbspec(), INSIDE.into())] };
        run(&network(), &Program { root: Some(root), identity: Identity::Own, ..sh(audit) })
    };
    assert_eq!(said.exit, Exit::Status(3), "{said:?}");
    assert!(said.stderr.contains("it takes root"), "{said:?}");
}

#[test]
fn a_server_on_port_53_is_in_the_way() {
    if !has("setpriv", "setpriv") {
        return;
    }
    let root = image(MARK);
    let folder = Root { folder: root.path().to_owned(), files: vec![(netdbspec(), INSIDE.into())] };
    let script = format!("{BEGIN} $run dns/case --isolation in-place -q || echo $?");
    // The world around it has a nameserver there.
    let said =
        run(&World { nameservers: world().nameservers, ..network() }, &Program { root: Some(folder), ..sh(&script) });
    assert!(said.stdout.ends_with("3\n"), "{said:?}");
    assert!(said.stderr.contains("opening UDP port 53 of 127.0.0.1 for the stub server"), "{said:?}");
    assert!(said.stderr.contains("try: stop the server that listens there"), "{said:?}");
}

#[test]
fn the_doctor_names_it_where_no_sandbox_can_be_made() {
    if !has("setpriv", "setpriv") {
        return;
    }
    let said = contained(&image(MARK), "status=0; $run doctor || status=$?; echo $status");
    let words = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("in place this is a container (/.dockerenv (Docker)): --isolation in-place can be had"),
        "{words}"
    );
    assert!(words.ends_with("--isolation in-place runs what files alone decide 3"), "{words}");
}
