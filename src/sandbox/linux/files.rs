//! Files of the /etc inside, written by the child and replaced by the reaper. Nothing here allocates.

use std::ffi::CStr;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::packet::Replacement;
use super::step::Content;

/// The mode of every file that may be read: as on any machine, whatever the mask for new files is.
const MODE: Mode = Mode::from_raw_mode(0o644);

/// The mode of every folder.
pub(super) const FOLDER_MODE: Mode = Mode::from_raw_mode(0o755);

/// Under which name a replacement is made before it takes the place of a file.
const NEW: &CStr = c".netdbspec-new";

/// Puts `content` under a name that is still free in `folder`.
pub(super) fn put(folder: BorrowedFd<'_>, name: &CStr, content: &Content<'_>) -> Result<(), Errno> {
    match content {
        Content::Text(text) => write_all(&create(folder, name)?, text),
        Content::Link(target) => rustix::fs::symlinkat(target.as_c_str(), folder, name),
        Content::Folder => rustix::fs::mkdirat(folder, name, FOLDER_MODE),
        Content::Unreadable => lock(&create(folder, name)?),
        Content::Absent => Ok(()),
    }
}

/// Makes the mark by which an overlay hides a file of its lower layer: a character device 0/0.
pub(super) fn white_out(upper: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
    rustix::fs::mknodat(upper, name, FileType::CharacterDevice, Mode::empty(), 0)
}

/// Replaces a file of `etc` by a new one, which is there at once and whole; only a folder leaves a moment with nothing.
pub(super) fn replace(
    etc: BorrowedFd<'_>,
    name: &CStr,
    by: Replacement,
    target: Option<&CStr>,
    text: Option<&OwnedFd>,
) -> Result<(), Errno> {
    match by {
        Replacement::Nothing => return remove(etc, name),
        Replacement::Folder => {
            remove(etc, name)?;
            return rustix::fs::mkdirat(etc, name, FOLDER_MODE);
        }
        Replacement::Text => copy(text.ok_or(Errno::BADF)?, &create(etc, NEW)?)?,
        Replacement::Unreadable => lock(&create(etc, NEW)?)?,
        Replacement::Link => rustix::fs::symlinkat(target.ok_or(Errno::INVAL)?, etc, NEW)?,
    }
    match rustix::fs::renameat(etc, NEW, etc, name) {
        Err(Errno::ISDIR) => remove(etc, name).and_then(|()| rustix::fs::renameat(etc, NEW, etc, name)),
        done => done,
    }
    .inspect_err(|_| _ = rustix::fs::unlinkat(etc, NEW, AtFlags::empty()))
}

/// Makes an empty file.
pub(super) fn create(folder: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, name, flags, MODE)?;
    rustix::fs::fchmod(&file, MODE)?;
    Ok(file)
}

/// Takes from everybody the right to read a file.
fn lock(file: &OwnedFd) -> Result<(), Errno> {
    rustix::fs::fchmod(file, Mode::empty())
}

/// Writes all of `bytes`.
pub(super) fn write_all(file: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let written = rustix::io::retry_on_intr(|| rustix::io::write(file, bytes))?;
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
}

/// Copies from the beginning of `from` to its end.
fn copy(from: &OwnedFd, to: &OwnedFd) -> Result<(), Errno> {
    let mut offset = 0;
    while rustix::fs::sendfile(to, from, Some(&mut offset), 1 << 20)? > 0 {}
    Ok(())
}

/// Takes away what is under a name; nothing is right, too.
fn remove(folder: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Err(Errno::NOENT) => Ok(()),
        Err(Errno::ISDIR) => rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_by_another_inode_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let etc = fs::File::open(folder.path()).unwrap();
        put(etc.as_fd(), c"hosts", &Content::Text(b"old\n")).unwrap();
        let old = fs::metadata(folder.path().join("hosts")).unwrap();
        let text = rustix::fs::memfd_create(c"new", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        write_all(&text, b"new\n").unwrap();
        replace(etc.as_fd(), c"hosts", Replacement::Text, None, Some(&text)).unwrap();
        let new = fs::metadata(folder.path().join("hosts")).unwrap();
        assert_ne!(old.ino(), new.ino());
        assert_eq!(new.mode() & 0o777, 0o644);
        assert_eq!(fs::read_to_string(folder.path().join("hosts")).unwrap(), "new\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn files_links_folders_and_nothing_take_each_others_place() {
        let folder = tempfile::tempdir().unwrap();
        let etc = fs::File::open(folder.path()).unwrap();
        let path = folder.path().join("hosts");
        let text = rustix::fs::memfd_create(c"new", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        replace(etc.as_fd(), c"hosts", Replacement::Nothing, None, None).unwrap();
        replace(etc.as_fd(), c"hosts", Replacement::Folder, None, None).unwrap();
        assert!(path.is_dir());
        replace(etc.as_fd(), c"hosts", Replacement::Link, Some(c"/run/x"), None).unwrap();
        assert_eq!(fs::read_link(&path).unwrap().to_str(), Some("/run/x"));
        replace(etc.as_fd(), c"hosts", Replacement::Folder, None, None).unwrap();
        replace(etc.as_fd(), c"hosts", Replacement::Text, None, Some(&text)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
        replace(etc.as_fd(), c"hosts", Replacement::Unreadable, None, None).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0);
        replace(etc.as_fd(), c"hosts", Replacement::Nothing, None, None).unwrap();
        assert!(fs::symlink_metadata(&path).is_err());
    }
}
