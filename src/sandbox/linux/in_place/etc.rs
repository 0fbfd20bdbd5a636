//! What stands under a name in /etc: read, put there, and put back.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown, symlink};
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::world;

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Content {
    /// Nothing.
    Absent,
    /// A regular file.
    File {
        #[serde(with = "hex")]
        bytes: Vec<u8>,
        mode: u32,
        /// User and group, where they are not this process's.
        owner: Option<(u32, u32)>,
        /// When it was last written to, where that is to be kept.
        written: Option<SystemTime>,
    },
    /// A symbolic link.
    Link {
        #[serde(with = "hex")]
        target: Vec<u8>,
        owner: Option<(u32, u32)>,
    },
    /// An empty folder.
    Folder,
}

impl Content {
    /// What the world has under a name.
    pub(super) fn of(file: Option<&world::File>) -> Self {
        let text = |text: &str, mode| Self::File { bytes: text.into(), mode, owner: None, written: None };
        match file {
            None => Self::Absent,
            Some(world::File::Text(contents)) => text(contents, 0o644),
            Some(world::File::Unreadable) => text("", 0),
            Some(world::File::Link(target)) => Self::Link { target: target.as_bytes().to_vec(), owner: None },
            Some(world::File::Folder) => Self::Folder,
        }
    }

    /// What stands at `path`.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let at = match fs::symlink_metadata(path) {
            Ok(at) => at,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::Absent),
            Err(error) => return Err(error),
        };
        let owner = Some((at.uid(), at.gid()));
        if at.is_symlink() {
            return Ok(Self::Link { target: fs::read_link(path)?.into_os_string().into_vec(), owner });
        }
        if !at.is_file() {
            return Err(io::Error::other("it is neither a file nor a symbolic link"));
        }
        let (mode, written) = (at.mode() & 0o7777, Some(at.modified()?));
        Ok(Self::File { bytes: fs::read(path)?, mode, owner, written })
    }

    /// Whether it can stand under the name of a mount point, which takes no other file in its place.
    pub(super) fn fits_mount_point(&self) -> bool {
        matches!(self, Self::File { .. })
    }

    /// Makes it stand at `path`: whole at once, by way of `draft`, a free name of the same file system; but written into the
    /// file that is there where `path` is a mount point.
    pub(super) fn put(&self, path: &Path, draft: &Path, mount_point: bool) -> io::Result<()> {
        if mount_point {
            return match self {
                Self::File { .. } => self.write(OpenOptions::new().write(true).truncate(true).open(path)?),
                _ => Err(io::Error::other("it is a mount point, which can only be written to")),
            };
        }
        remove(draft)?;
        // Nothing is renamed over a folder.
        if fs::symlink_metadata(path).is_ok_and(|at| at.is_dir()) {
            fs::remove_dir_all(path)?;
        }
        match self {
            Self::Absent => return remove(path),
            Self::Folder => {
                remove(path)?;
                fs::create_dir(path)?;
                return fs::set_permissions(path, Permissions::from_mode(0o755));
            }
            Self::File { .. } => {
                self.write(OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?)?
            }
            Self::Link { target, owner } => {
                symlink(OsString::from_vec(target.clone()), draft)?;
                if let Some((user, group)) = owner {
                    lchown(draft, Some(*user), Some(*group))?;
                }
            }
        }
        fs::rename(draft, path)
    }

    fn write(&self, mut into: File) -> io::Result<()> {
        let Self::File { bytes, mode, owner, written } = self else { return Ok(()) };
        into.write_all(bytes)?;
        if let Some((user, group)) = owner {
            fchown(&into, Some(*user), Some(*group))?;
        }
        into.set_permissions(Permissions::from_mode(*mode))?;
        if let Some(written) = written {
            into.set_modified(*written)?;
            // What is put back outlives a crash of the machine; what a case swaps need not.
            into.sync_all()?;
        }
        Ok(())
    }
}

/// Takes away what stands at `path`, if anything does.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(at) if at.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Content> {
        let of = |file| Content::of(Some(&file));
        vec![
            of(world::File::Text("127.0.0.1 a\n".to_owned())),
            of(world::File::Unreadable),
            of(world::File::Link("../run/none".to_owned())),
            of(world::File::Folder),
            Content::of(None),
        ]
    }

    #[test]
    fn whatever_stood_there_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, draft) = (folder.path().join("hosts"), folder.path().join("draft"));
        fs::write(folder.path().join("plain"), b"\xff\x00 old\n").unwrap();
        fs::set_permissions(folder.path().join("plain"), Permissions::from_mode(0o640)).unwrap();
        symlink("../gone", folder.path().join("link")).unwrap();
        for original in ["plain", "link", "nothing"] {
            let original = Content::read(&folder.path().join(original)).unwrap();
            original.put(&path, &draft, false).unwrap();
            for other in all() {
                other.put(&path, &draft, false).unwrap();
                assert!(other == original || Content::read(&path).ok().as_ref() != Some(&original), "{other:?}");
                original.put(&path, &draft, false).unwrap();
                assert_eq!(Content::read(&path).unwrap(), original, "after {other:?}");
                assert!(!draft.exists());
            }
        }
    }

    #[test]
    fn a_mount_point_is_written_to_and_stays_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, draft) = (folder.path().join("hosts"), folder.path().join("draft"));
        fs::write(&path, "a longer text than the other\n").unwrap();
        let (original, inode) = (Content::read(&path).unwrap(), fs::metadata(&path).unwrap().ino());
        for other in all() {
            let put = other.put(&path, &draft, true);
            assert_eq!(put.is_ok(), other.fits_mount_point(), "{other:?}");
            // Root, who alone works in place, may write to any.
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            original.put(&path, &draft, true).unwrap();
            assert_eq!((Content::read(&path).unwrap(), fs::metadata(&path).unwrap().ino()), (original.clone(), inode));
        }
    }

    #[test]
    fn a_folder_of_the_machine_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Content::read(folder.path()).unwrap_err().to_string().contains("neither a file nor"));
    }
}
