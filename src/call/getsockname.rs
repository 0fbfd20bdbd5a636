//! getsockname(2) of an AF_UNIX socket: how long the address of a path, of an abstract name or of no name is. Scripts of
//! `sockets` record names, and these lengths are not seen there.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::mem::offset_of;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};

use super::ffi::sockaddr::{Place, Sockaddr};
use super::ffi::{errno, unset};
use super::sockaddr_unpack::Name;
use super::{Call, NoAnswer, Text};

/// The arguments of getsockname: what the socket is bound to first. With none of them it is not bound at all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Getsockname {
    /// A path of so many bytes.
    #[serde(default, skip_serializing_if = "unset")]
    pub path: Option<usize>,
    /// A name of the abstract namespace, without its leading NUL.
    #[serde(default, rename = "abstract", skip_serializing_if = "unset")]
    pub abstract_name: Option<Text>,
    /// The length of the address for bind; its own where it is left out.
    #[serde(default, skip_serializing_if = "unset")]
    pub length: Option<usize>,
}

/// What getsockname gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The length of the address.
    pub length: u32,
    /// What kind of name it is.
    pub kind: Name,
    /// How many bytes the name has: a path without its NUL, an abstract name without the NUL in front.
    pub bytes: usize,
    /// Whether a NUL behind the path is covered by the length.
    pub terminated: bool,
    /// The abstract name.
    pub name: Option<String>,
}

impl Call for Getsockname {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("length", "the length of the address"),
        ("kind", "`pathname`, `abstract` or `unnamed`"),
        ("bytes", "how many bytes the name has, without a NUL before or behind it"),
        ("terminated", "whether a NUL behind the path is covered by the length"),
        ("name", "the abstract name"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let path = self.path.map(path).transpose()?;
        let address = match (&path, &self.abstract_name) {
            (Some(path), _) => Some(Sockaddr::pathname(path.as_os_str().as_bytes())),
            (None, Some(name)) => Some(Sockaddr::abstract_name(name.as_bytes())),
            (None, None) => self.length.map(|_| Sockaddr::unnamed()),
        };
        let named = address.map_or_else(
            || named(None),
            |mut address| {
                address.set_length(self.length.unwrap_or_else(|| address.length() as usize));
                named(Some(&address))
            },
        );
        if let Some(path) = &path {
            // A file that stays behind spoils nothing: no other call takes its name.
            let _ = std::fs::remove_file(path);
        }
        let address = named?;
        let (kind, bytes, name) = match address.read() {
            Place::Pathname(path) => (Name::Pathname, path.len(), None),
            Place::Abstract(name) => (Name::Abstract, name.len(), Some(String::from_utf8_lossy(&name).into_owned())),
            _ => (Name::Unnamed, 0, None),
        };
        let behind = offset_of!(libc::sockaddr_un, sun_path) + bytes;
        let terminated = kind == Name::Pathname && address.bytes().get(behind) == Some(&0);
        Ok(Answer { length: address.length(), kind, bytes, terminated, name })
    }

    fn written(&self) -> String {
        let name = match (self.path, &self.abstract_name) {
            (Some(bytes), _) => format!("path of {bytes} bytes"),
            (None, Some(name)) => format!("abstract {name}"),
            (None, None) if self.length.is_some() => "AF_UNIX".to_owned(),
            (None, None) => "unbound".to_owned(),
        };
        match self.length {
            Some(length) => format!("{name}, {length}"),
            None => name,
        }
    }

    fn objection(&self) -> Option<String> {
        match (self.path, &self.abstract_name) {
            (Some(_), Some(_)) => Some("give either `path` or `abstract`".to_owned()),
            (Some(bytes), None) if bytes > Sockaddr::LONGEST_PATH => {
                Some(format!("`path` has at most {} bytes", Sockaddr::LONGEST_PATH))
            }
            _ => None,
        }
    }
}

/// A path of so many bytes at which there is nothing yet. The name is drawn by lot: process ids repeat from sandbox to
/// sandbox, and all of them see the same folder.
fn path(bytes: usize) -> Result<PathBuf, NoAnswer> {
    let lot = RandomState::new().build_hasher().finish();
    let path = std::env::temp_dir().join(format!("netdbspec.{lot:016x}."));
    match bytes.checked_sub(path.as_os_str().len()) {
        Some(missing) => Ok(PathBuf::from(format!("{}{}", path.display(), "x".repeat(missing)))),
        None => Err(NoAnswer::Unsupported(format!("{} is longer than {bytes} bytes", path.display()))),
    }
}

/// The address of a socket, after it was bound to this one.
fn named(bound_to: Option<&Sockaddr>) -> Result<Sockaddr, NoAnswer> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(|error| errno::io_failure(&error))?;
    if let Some(address) = bound_to {
        // SAFETY: as many bytes can be read there as are announced.
        let bound = errno::call(|| unsafe { libc::bind(socket.as_raw_fd(), address.pointer(), address.length()) });
        if bound.result != 0 {
            return Err(errno::failure(bound.errno).into());
        }
    }
    let named = socket.local_addr().map_err(|error| errno::io_failure(&error))?;
    // SAFETY: as many bytes can be read as it says it has.
    Ok(unsafe { Sockaddr::copy(named.as_ptr().cast(), named.len()) })
}
