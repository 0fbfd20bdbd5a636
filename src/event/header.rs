//! The first event of a run: who is asked, where, and what.

use serde::{Deserialize, Serialize};

use super::Shard;
use crate::snapshot::Owner;

/// What a run is about to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the JSON report's format, [`Header::FORMAT`] when written by this program.
    pub version: u32,
    /// The version of netdbspec.
    pub netdbspec: String,
    /// The subjects, in the order in which they were named.
    pub subjects: Vec<Who>,
    /// The system that everything runs on.
    pub system: System,
    /// The number of cases. Each is run once for each subject.
    pub cases: usize,
    /// The selectors as they were given; none when every case was wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selection: Vec<String>,
    /// The arguments besides selectors and subjects without which a command line would not find the same cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The part of the selection that these cases are; none where they are all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Whether known deviations count as new ones do.
    #[serde(default)]
    pub strict: bool,
    /// How worlds were kept apart from the machine, where not in sandboxes: [`Header::IN_PLACE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<String>,
}

impl Header {
    /// The version of the format that this program writes, and the highest that it reads.
    pub const FORMAT: u32 = 1;

    /// Worlds stood in place of the files of a container.
    pub const IN_PLACE: &'static str = "in-place";

    /// The header of a run of `cases` cases of this program on this system.
    #[must_use]
    pub fn new(subjects: Vec<Who>, cases: usize) -> Self {
        Self {
            version: Self::FORMAT,
            netdbspec: env!("CARGO_PKG_VERSION").to_owned(),
            subjects,
            system: System::here(),
            cases,
            ..Self::default()
        }
    }

    /// How many cases are run in all, counted once for each subject.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.cases * self.subjects.len()
    }
}

/// One subject of a run, by its own account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Who {
    /// The name it was asked for by: `libc`, `python`.
    pub name: String,
    /// The implementation it says it is: `glibc`.
    pub implementation: String,
    /// The version it says it is: `2.36`.
    pub version: String,
}

/// What stands between a subject's name and the run it is from, where runs are put side by side: `libc of debian`.
pub(crate) const OF: &str = " of ";

impl Who {
    /// Implementation and version: `glibc 2.36`.
    #[must_use]
    pub fn display(&self) -> String {
        self.owner().display()
    }

    /// Whose snapshots are its.
    #[must_use]
    pub fn owner(&self) -> Owner<'_> {
        Owner { name: &self.name, implementation: &self.implementation, version: &self.version }
    }
}

/// A subject's name as `--subject` takes it. A command may hold any words.
pub(crate) fn asked_for(name: &str) -> &str {
    if name.starts_with("cmd:") { name } else { name.split(OF).next().unwrap_or(name) }
}

/// The system that a run was made on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// The kernel's name: `Linux`.
    pub os: String,
    /// The kernel's release: `6.18.44`. Empty where it is not known.
    pub release: String,
    /// The machine's architecture: `x86_64`.
    pub machine: String,
    /// The distribution and its version: `Debian 12`. Empty where it is not known.
    #[serde(default)]
    pub distribution: String,
}

impl System {
    /// The system that this process runs on, from /proc/sys/kernel and os-release(5) where these exist.
    #[must_use]
    pub fn here() -> Self {
        let kernel = |name| {
            let text = std::fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default();
            text.trim().to_owned()
        };
        let os = Some(kernel("ostype")).filter(|os| !os.is_empty());
        Self {
            os: os.unwrap_or_else(|| std::env::consts::OS.to_owned()),
            release: kernel("osrelease"),
            machine: std::env::consts::ARCH.to_owned(),
            distribution: distribution(&std::fs::read_to_string("/etc/os-release").unwrap_or_default()),
        }
    }

    /// Kernel, architecture and distribution: `Linux 6.18 x86_64 (Debian 12)`.
    #[must_use]
    pub fn display(&self) -> String {
        let words = [self.os.clone(), self.short_release(), self.machine.clone()];
        let mut text = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        if !self.distribution.is_empty() {
            text = format!("{text} ({})", self.distribution);
        }
        text
    }

    /// The first two numbers of the release: `6.18`.
    #[must_use]
    pub fn short_release(&self) -> String {
        self.release.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
    }
}

/// `Debian 12` out of an os-release(5) file: the first word of NAME, and VERSION_ID where there is one.
fn distribution(os_release: &str) -> String {
    let field = |key: &str| {
        os_release
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
            .map(|value| value.trim_matches('"'))
    };
    let name = field("NAME").and_then(|name| name.split(' ').next()).unwrap_or_default();
    [name, field("VERSION_ID").unwrap_or_default()].join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_a_name_and_a_version() {
        assert_eq!(distribution("NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n"), "Debian 12");
        assert_eq!(distribution("NAME=Arch\n"), "Arch");
        assert_eq!(distribution(""), "");
    }

    #[test]
    fn a_release_is_cut_after_two_numbers() {
        let system = System { release: "6.18.44-cloud".to_owned(), ..System::default() };
        assert_eq!(system.short_release(), "6.18");
    }
}
