//! A harness that is killed at any moment takes all that it has begun with it.

use std::hint::spin_loop;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread;

use super::left::Left;
use super::{in_a_machine, netdbspec};
use crate::support::{Folder, root};

/// How many at once, and how often each lane kills.
const LANES: u64 = 4;
const TIMES: u32 = 50;

/// How many cases a run has.
const CASES: u64 = 8;

/// A subject with children, some of which leave its session.
const SUBJECT: &str = "sleep 600 & (setsid sleep 600 &)\nhear; introduce\nhear; answer 1\npart\n";

#[test]
fn nothing_is_left_of_200_runs_that_are_killed_at_random() {
    in_a_machine(|| {
        let folder = Folder::new();
        let lines = suite(&folder);
        let before = Left::now(&[folder.path()]);
        let whole = thread::scope(|scope| {
            let path = folder.path();
            let lanes: Vec<_> = (1..=LANES).map(|lane| scope.spawn(move || kill_some(path, lane, lines))).collect();
            lanes.into_iter().map(|lane| lane.join().unwrap()).sum::<u32>()
        });
        before.is_all_again(&[folder.path()]);
        assert!(whole < 50, "{whole} of 200 had told all before they were killed");
    });
}

/// Starts runs and kills each after a random number of the lines that it tells, and a random while. Gives how many had told
/// all by then.
fn kill_some(home: &Path, seed: u64, lines: u64) -> u32 {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut below = |limit: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % limit
    };
    let mut whole = 0;
    for _ in 0..TIMES {
        let subject = format!("cmd:sh {}", home.join("subject.sh").display());
        let options = ["audit", "--format", "json", "--jobs", "4", "--subject", "libc", "--subject", &subject];
        let mut run = netdbspec(home, options);
        run.args(["--cases", "cases", "--worlds", "worlds"])
            .current_dir(home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut run = run.spawn().unwrap();
        let mut told = BufReader::new(run.stdout.take().unwrap()).lines();
        let heard = told.by_ref().take(usize::try_from(below(lines)).unwrap()).count();
        for _ in 0..below(300_000) {
            spin_loop();
        }
        run.kill().unwrap();
        run.wait().unwrap();
        whole += u32::from(heard as u64 + told.count() as u64 == lines);
    }
    whole
}

/// A small suite, which is read in no time: a case that looks at nothing, and some in worlds. Gives how many lines a run of
/// two subjects tells.
fn suite(folder: &Folder) -> u64 {
    let manners = root().join("tests/it/vices/manners");
    folder.put("subject.sh", &format!(". '{}'\n{SUBJECT}", manners.display()));
    folder.put("worlds/default/world.toml", "about = \"The base\"\n[[nameserver]]\naddress = \"127.0.0.1\"\n");
    folder.put("worlds/default/nsswitch.conf", "hosts: files dns\n");
    let mut cases = "about = \"A topic\"\n".to_owned();
    for number in 0..CASES {
        let world = if number == 0 { "" } else { "world = \"default\"\n" };
        cases += &format!(
            "\n[[case]]\nname = \"c{number}\"\nabout = \"A case\"\n{world}ask.gethostname = {{}}\n\
             unspecified = [{{ clause = \"POSIX gethostname\", answer.name = {{ pattern = \".*\" }} }}]\n"
        );
    }
    folder.put("cases/area/topic.toml", &cases);
    // A header, a line for each case of each subject, and a footer.
    2 + 2 * CASES
}
