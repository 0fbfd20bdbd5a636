//! What can go wrong with a sandbox.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// Why a sandbox could not be made or used. [`Error::hint`] says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This system has nothing that a sandbox could be made of.
    #[error("making a sandbox: {0}")]
    Unsupported(String),
    /// The world asks for something that cannot be.
    #[error("building the world `{world}`: {what}")]
    World {
        /// The world's name.
        world: String,
        /// What it asks for, and why that cannot be.
        what: String,
    },
    /// A step of the building failed.
    #[error("building the world `{world}`: {step}: {}{}", describe(*errno), because.as_ref().map_or_else(String::new, |because| format!(" ({because})")))]
    Step {
        /// The world's name.
        world: String,
        /// What was being done: `mount a tmpfs over /etc`.
        step: String,
        /// The error number.
        errno: i32,
        /// What lies behind it, where that is known: `user.max_user_namespaces is 0`.
        because: Option<String>,
        /// What to do about it.
        remedy: Option<String>,
    },
    /// The kernel chooses other source addresses than the world presumes.
    #[error("building the world `{world}`: the kernel's own choice of source addresses: {}", others.join("; "))]
    Sources {
        /// The world's name.
        world: String,
        /// Each destination with the source it got and the one that is presumed.
        others: Vec<String>,
    },
    /// The files of this very system cannot be swapped, or not any more.
    #[error("running in place: {what}")]
    InPlace {
        /// What stands in the way.
        what: String,
        /// What to do about it.
        remedy: Option<String>,
    },
    /// A part of the program holds a NUL byte or is missing.
    #[error("preparing the program {program:?}: {what}")]
    Program {
        /// The program as it was given.
        program: OsString,
        /// What is wrong with it.
        what: String,
    },
    /// The folder that is to be the root of the program cannot be that.
    #[error("making {} the root of the program: {what}", folder.display())]
    Root {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        what: String,
    },
    /// The working directory of the program does not exist inside.
    #[error("entering the folder {} inside the sandbox: {}", folder.display(), describe(*errno))]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The error number.
        errno: i32,
    },
    /// The program could not be executed.
    #[error("executing {program:?} inside the sandbox: {}", describe(*errno))]
    Exec {
        /// The program as it was given.
        program: OsString,
        /// The error number of execve(2).
        errno: i32,
    },
    /// A file of the running world could not be replaced.
    #[error("replacing /etc/{file} inside the sandbox: {}", describe(*errno))]
    Write {
        /// The name of the file.
        file: String,
        /// The error number.
        errno: i32,
    },
    /// A signal could not be sent.
    #[error("sending the signal {signal} to the program: {}", describe(*errno))]
    Signal {
        /// The signal.
        signal: i32,
        /// The error number.
        errno: i32,
    },
    /// The program has ended, and with it everything inside.
    #[error("{doing}: the program has ended already")]
    Ended {
        /// What was being done.
        doing: String,
    },
    /// The sandbox is gone without a word, or silent for too long.
    #[error("{doing}: {what}")]
    Lost {
        /// What was being done.
        doing: String,
        /// What happened.
        what: String,
    },
    /// This process could not prepare what a sandbox needs.
    #[error("{doing}: {}", describe(*errno))]
    System {
        /// What was being done.
        doing: String,
        /// The error number.
        errno: i32,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unsupported(_) => "run it on Linux; cases that need no world run here too",
            Self::Step { remedy, .. } | Self::InPlace { remedy, .. } => return remedy.clone(),
            Self::World { .. } => "correct the world's `world.toml` or the case",
            Self::Sources { .. } => {
                "this says nothing about the subject: correct the links, routes, labels or `source` of the case; \
                 to look at `ip route get` inside, take `source` out and use `netdbspec exec`"
            }
            Self::Program { .. } => return None,
            Self::Root { .. } => "give the folder that an image was unpacked into",
            Self::Folder { .. } => {
                "the sandbox covers /etc and the sockets of resolver daemons below /run: start in another folder"
            }
            Self::Exec { errno: libc::ENOENT, .. } => {
                "give the path of the program, or a PATH in its environment that leads to it; \
                 for a script, see that the interpreter in its first line exists"
            }
            Self::Exec { errno: libc::EACCES, .. } => {
                "see that the program is executable and that every folder above it may be entered"
            }
            Self::Exec { errno: libc::ENOEXEC, .. } => "a script needs a first line that names its interpreter",
            Self::System { doing, errno: libc::ENOENT } if doing.contains("/proc/") => {
                "mount -t proc proc /proc as root"
            }
            Self::System { errno: libc::EMFILE, .. } => "raise the limit of open files: ulimit -n 4096",
            Self::Lost { .. } => "see the kernel's log for a process that was killed for want of memory",
            Self::Exec { .. } | Self::Write { .. } | Self::Signal { .. } | Self::Ended { .. } | Self::System { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}

/// An error number by its C name, where it is a frequent one, and in words.
pub(super) fn describe(errno: i32) -> String {
    let words = io::Error::from_raw_os_error(errno).to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    NAMES
        .iter()
        .find(|(number, _)| *number == errno)
        .map_or_else(|| format!("error number {errno}, {words}"), |(_, name)| format!("{name}, {words}"))
}

macro_rules! names {
    ($($name:ident)*) => { [$((libc::$name, stringify!($name))),*] };
}

const NAMES: [(i32, &str); 37] = names! {
    E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EBADF EBUSY ECHILD EEXIST EFAULT EINTR EINVAL EIO EISDIR
    ELOOP EMFILE ENAMETOOLONG ENETUNREACH ENFILE ENODEV ENOENT ENOEXEC ENOMEM ENOSPC ENOSYS ENOTDIR ENOTEMPTY
    EOPNOTSUPP EPERM EPIPE EPROTONOSUPPORT EROFS ESRCH ETIMEDOUT EXDEV ERANGE
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_number_reads_by_name_and_in_words() {
        assert_eq!(describe(libc::EPERM), "EPERM, Operation not permitted");
        assert!(describe(4095).starts_with("error number 4095"));
    }

    #[test]
    fn a_failed_step_names_the_step_the_errno_and_the_setting() {
        let error = Error::Step {
            world: "default".to_owned(),
            step: "make the namespaces".to_owned(),
            errno: libc::ENOSPC,
            because: Some("user.max_user_namespaces is 0".to_owned()),
            remedy: Some("sysctl -w user.max_user_namespaces=10000".to_owned()),
        };
        assert_eq!(
            error.to_string(),
            "building the world `default`: make the namespaces: ENOSPC, No space left on device \
             (user.max_user_namespaces is 0)"
        );
        assert_eq!(error.hint().as_deref(), Some("sysctl -w user.max_user_namespaces=10000"));
    }
}
