//! The bare program that cases are held against: in C, since it has to be as fast as a program can be, compiled here.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// The program, compiled.
pub(crate) struct Bare {
    pub(crate) path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Bare {
    /// Compiles it. `None`: there is no C compiler.
    ///
    /// # Panics
    /// When the compiler does not take it.
    pub(crate) fn compile() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/limits/bare/world.c");
        let path = folder.path().join("world");
        let done = Command::new("cc").arg("-O2").arg("-o").arg(&path).arg(source).status().ok()?;
        assert!(done.success(), "the bare program does not compile");
        Some(Self { path, _folder: folder })
    }

    /// Starts it, to make worlds. With `times` the program in each asks so many times.
    ///
    /// # Panics
    /// When it does not start.
    pub(crate) fn start(&self, times: Option<usize>) -> Lane {
        let mut command = Command::new(&self.path);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/worlds/default"));
        command.args(times.map(|times| times.to_string()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the bare program starts");
        let stdin = child.stdin.take().expect("it has a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("it has a pipe"));
        Lane { child, stdin: Some(stdin), stdout }
    }
}

/// The program at work.
pub(crate) struct Lane {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Lane {
    /// Has it make so many worlds.
    fn order(&mut self, worlds: usize) {
        let stdin = self.stdin.as_mut().expect("it is open until the end");
        stdin.write_all("\n".repeat(worlds).as_bytes()).expect("the bare program listens");
    }

    /// What it says of the next world.
    ///
    /// # Panics
    /// When it could not make it.
    fn word(&mut self) -> String {
        let mut line = String::new();
        let length = self.stdout.read_line(&mut line).expect("the bare program speaks");
        assert!(length > 0, "the bare program could not make its world");
        line
    }

    /// What the program in one world says.
    pub(crate) fn make(&mut self) -> String {
        self.order(1);
        self.word()
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.stdin = None;
        _ = self.child.wait();
    }
}

/// The time for one of so many worlds, made on these lanes at once.
pub(crate) fn make(lanes: &mut [Lane], worlds: usize) -> Duration {
    let begun = Instant::now();
    let each = |lane: usize, count: usize| worlds / count + usize::from(lane < worlds % count);
    let count = lanes.len();
    for (nth, lane) in lanes.iter_mut().enumerate() {
        lane.order(each(nth, count));
    }
    for (nth, lane) in lanes.iter_mut().enumerate() {
        (0..each(nth, count)).for_each(|_| _ = lane.word());
    }
    begun.elapsed().div_f64(worlds as f64)
}
