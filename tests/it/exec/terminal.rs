//! Programs inside that have a terminal, and the shell outside that they were started from.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize};

use crate::support::{has, netdbspec, root};

/// How long a shell may take. Reached only where something is broken.
const DEADLINE: Duration = Duration::from_secs(20);

/// The prompts of the shell outside and of those inside.
const OUTSIDE: &str = "outside$ ";
const INSIDE: &str = "inside$ ";

/// A terminal with an interactive shell on it.
struct Terminal {
    /// The end of whoever types and looks.
    keys: File,
    shell: Child,
    /// All that was seen so far, and how much of it has been looked at.
    seen: String,
    looked: usize,
}

impl Terminal {
    /// One with a shell that has asked for its first command. Nothing where there is no such shell.
    fn new() -> Option<Self> {
        if !has("bash", "bash") || !has("setsid", "setsid") {
            return None;
        }
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&keys).and_then(|()| unlockpt(&keys)).expect("it is ours");
        let name = ptsname(&keys, Vec::new()).expect("it has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let screen = rustix::fs::openat(CWD, name, flags, Mode::empty()).expect("its other end");
        // Else an interrupt throws away what the terminal has not shown yet, the first words of its handler among it.
        let mut modes = rustix::termios::tcgetattr(&screen).expect("it is a terminal");
        modes.local_modes |= LocalModes::NOFLSH;
        rustix::termios::tcsetattr(&screen, OptionalActions::Now, &modes).expect("it is a terminal");
        let copy = |screen: &OwnedFd| screen.try_clone().expect("a descriptor");
        let mut shell = Command::new("setsid");
        // Whoever runs the tests in the background ignores some signals, and what is ignored stays so.
        shell.args(["--ctty", "env", "--default-signal=HUP,INT,QUIT"]).current_dir(root());
        shell.args(["bash", "--norc", "--noprofile", "--noediting", "-i"]);
        shell
            .env("PS1", OUTSIDE)
            .env("N", netdbspec())
            .env("P", "")
            .env("TERM", "dumb")
            .env_remove("ENV")
            .env_remove("PROMPT_COMMAND");
        let shell = shell.stdin(copy(&screen)).stdout(copy(&screen)).stderr(screen).spawn().expect("a shell");
        let mut terminal = Self { keys: keys.into(), shell, seen: String::new(), looked: 0 };
        terminal.until(OUTSIDE);
        Some(terminal)
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("somebody reads");
    }

    /// Looks until this is seen.
    #[track_caller]
    fn until(&mut self, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.seen[self.looked..].find(text) {
                self.looked += at + text.len();
                return;
            }
            let left = Timespec::try_from(deadline.saturating_duration_since(Instant::now())).expect("a time");
            let waited = rustix::event::poll(&mut [PollFd::new(&self.keys, PollFlags::IN)], Some(&left));
            let mut buffer = [0; 4096];
            let length = match waited {
                Ok(0) | Err(_) => 0,
                Ok(_) => rustix::io::read(&self.keys, &mut buffer).unwrap_or(0),
            };
            match length {
                1.. => self.seen += &String::from_utf8_lossy(&buffer[..length]),
                0 => panic!(
                    "{text:?} is not seen after\n{}\n---\n{}",
                    &self.seen[..self.looked],
                    &self.seen[self.looked..]
                ),
            }
        }
    }

    /// Has the shell run a command, until this is seen. What is typed is seen too.
    #[track_caller]
    fn runs(&mut self, command: &str, until: &str) {
        self.types(&format!("{command}\n"));
        self.until(until);
    }

    /// Waits until every `sh` of the terminal is stopped. The shell outside goes on when its own child is; whoever is not yet
    /// would take what is typed for the shell.
    #[track_caller]
    fn until_stopped(&self) {
        let deadline = Instant::now() + DEADLINE;
        let own = self.shell.id().to_string();
        let runs = |stat: &str| {
            let (head, tail) = stat.rsplit_once(") ").unwrap_or_default();
            let fields: Vec<&str> = tail.split(' ').collect();
            // The state, the parent, the process group, the session.
            head.ends_with("(sh") && fields.get(3) == Some(&own.as_str()) && fields.first() != Some(&"T")
        };
        let some_run = || {
            let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
            processes.filter_map(|of| std::fs::read_to_string(of.path().join("stat")).ok()).any(|stat| runs(&stat))
        };
        while some_run() {
            assert!(Instant::now() < deadline, "a process is not stopped: {}", self.seen);
            std::thread::yield_now();
        }
    }

    /// The status of the last command.
    #[track_caller]
    fn status(&mut self, expected: i32) {
        self.until(OUTSIDE);
        self.runs("echo sta''tus=$?.", &format!("status={expected}."));
        self.until(OUTSIDE);
    }

    /// What nobody wants to see was not seen; and the shell leaves.
    #[track_caller]
    fn ends(mut self) {
        self.types("exit 0\n");
        assert_eq!(self.shell.wait().expect("it ends").code(), Some(0), "{}", self.seen);
        let seen = self.seen.to_lowercase();
        for complaint in ["cannot set", "can't access tty", "job control", "ioctl", "no such process"] {
            assert!(!seen.contains(complaint), "{}", self.seen);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        _ = self.shell.kill();
        _ = self.shell.wait();
    }
}

#[test]
fn an_interactive_shell_has_the_terminal() {
    for shell in ["sh -i", "bash --norc --noediting -i"] {
        let Some(mut terminal) = Terminal::new() else { return };
        terminal.runs(&format!("PS1='ins''ide$ ' $N exec -- {shell}"), INSIDE);
        terminal.runs("tty; echo te''xt >/dev/tty", "/dev/pts/");
        terminal.until("text");
        terminal.until(INSIDE);
        // What is typed goes to the job in front, and to nobody else.
        terminal.runs("sleep 600 & cat", "cat\r\n");
        // Once as it is typed and once by cat; the shell may number its job in between.
        terminal.runs("mir''ror", "mir''ror");
        terminal.until("mir''ror");
        terminal.types("\x1a");
        terminal.until("Stopped");
        terminal.runs("fg", "\r\n");
        terminal.runs("aga''in", "aga''in");
        terminal.until("aga''in");
        terminal.types("\x03");
        terminal.until(INSIDE);
        terminal.types("exit 3\n");
        terminal.status(3);
        terminal.ends();
    }
}

#[test]
fn a_shell_that_suspends_itself_comes_back_with_the_terminal() {
    let Some(mut terminal) = Terminal::new() else { return };
    terminal.runs("PS1='ins''ide$ ' $N exec -- bash --norc --noediting -i", INSIDE);
    for _ in 0..2 {
        terminal.runs("suspend", "Stopped");
        terminal.until(OUTSIDE);
        terminal.runs("fg", INSIDE);
    }
    terminal.types("exit 4\n");
    terminal.status(4);
    terminal.ends();
}

#[test]
fn a_program_is_stopped_from_the_terminal_and_goes_on_with_it() {
    let Some(mut terminal) = Terminal::new() else { return };
    terminal.runs("P='trap \"exit 5\" INT; echo rea\"\"dy; read x; echo got=$x; read x'", OUTSIDE);
    // Alone, with another program of its group, and from a script.
    for (how, status) in [
        ("$N exec -- sh -c \"$P\"", 5),
        ("$N exec -- sh -c \"$P\" | cat", 130),
        ("sh -c '$N exec -- sh -c \"$0\"; exit 7' \"$P\"", 130),
    ] {
        terminal.runs(how, "ready\r\n");
        terminal.types("\x1a");
        terminal.until("Stopped");
        terminal.until(OUTSIDE);
        terminal.until_stopped();
        terminal.runs("fg", "\r\n");
        terminal.runs("some''thing", "got=some''thing");
        terminal.types("\x03");
        terminal.status(status);
    }
    terminal.ends();
}

#[test]
fn an_interrupt_from_the_terminal_comes_once() {
    let Some(mut terminal) = Terminal::new() else { return };
    if !has("python", "python3") {
        return terminal.ends();
    }
    // The kernel's own signals have the code SI_KERNEL, those that somebody sends on have not.
    let script = "import signal, sys; s = [signal.SIGINT]; signal.pthread_sigmask(signal.SIG_BLOCK, s); \
                  print(\"rea\" \"dy\", flush=True); \
                  [print(\"int by %x\" % signal.sigwaitinfo(s).si_code, flush=True) for _ in range(3)]; \
                  sys.exit(6 if signal.sigtimedwait(s, 0) is None else 7)";
    terminal.runs(&format!("P='{script}'"), OUTSIDE);
    // Alone, and with another program of its group, which does not mind.
    for how in ["$N exec -- python3 -c \"$P\"", "$N exec -- python3 -c \"$P\" | (trap '' INT; cat)"] {
        terminal.runs(how, "ready\r\n");
        for _ in 0..3 {
            terminal.types("\x03");
            terminal.until("int by 80\r\n");
        }
        terminal.status(if how.contains('|') { 0 } else { 6 });
    }
    assert_eq!(terminal.seen.matches("int by 80").count(), 6, "{}", terminal.seen);
    terminal.ends();
}

#[test]
fn the_size_of_the_terminal_and_its_change() {
    let Some(mut terminal) = Terminal::new() else { return };
    let resize = |terminal: &Terminal, rows, columns| {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&terminal.keys, size).expect("it is a terminal");
    };
    resize(&terminal, 31, 91);
    let script = "trap 'stty size; exit 0' WINCH; stty size; while :; do sleep 600 & wait; done";
    terminal.runs(&format!("$N exec -- sh -c \"{script}\""), "31 91");
    resize(&terminal, 32, 92);
    terminal.until("32 92");
    terminal.status(0);
    terminal.ends();
}

#[test]
fn a_program_inside_makes_terminals_of_its_own() {
    let Some(mut terminal) = Terminal::new() else { return };
    if has("python", "python3") {
        let spawn = "$N exec -- python3 -c 'import pty; pty.spawn([\"tty\"])'";
        terminal.runs(spawn, "/dev/pts/");
        terminal.status(0);
    }
    terminal.ends();
}

#[test]
fn a_terminal_that_is_closed_takes_everything_with_it() {
    let Some(mut terminal) = Terminal::new() else { return };
    terminal.runs("$N exec -- sh -c 'echo rea\"\"dy; exec sleep 600'", "ready");
    let mut shell = std::mem::replace(&mut terminal.shell, Command::new("true").spawn().expect("true"));
    drop(terminal);
    // The shell is told that its terminal is gone, and does not leave before its job has.
    shell.wait().expect("it ends");
}
