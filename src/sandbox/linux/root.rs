//! A new root for the program, made by the child. Nothing here allocates.
//!
//! A tmpfs covers the folder that holds the root file system; not a byte is written before it is proven to be there. It
//! gets the folder's entries, each bound read-only, so that nothing is ever written to the folder itself, and places that
//! the folder may lack. Then it becomes the root, and the machine's own is let go of. No overlay is needed, so it works
//! in containers too.

use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};

use super::child::Failure;
use super::etc::{TMPFS_MAGIC, open_folder, same};
use super::files::{self, FOLDER_MODE};
use super::packet::Note;
use super::step::{Bind, Pivot, Place, Placed};
use super::sys;

/// Where the machine's root is until it is let go of.
pub(super) const OLD: &CStr = c".machine";
const OLD_INSIDE: &CStr = c"/.machine";

/// The root of the tmpfs that is to be the root.
pub(super) struct NewRoot(OwnedFd);

impl NewRoot {
    /// Mounts a tmpfs over `folder` and proves that it is there. What it covers is the working directory afterwards.
    pub(super) fn over(folder: &CStr) -> Result<Self, Failure> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let covered = rustix::fs::openat(CWD, folder, flags, Mode::empty())?;
        rustix::process::fchdir(&covered)?;
        rustix::mount::mount(c"tmpfs", folder, c"tmpfs", MountFlags::NOSUID | MountFlags::NODEV, c"mode=0755")?;
        let root = open_folder(folder)?;
        let is_tmpfs = rustix::fs::fstatfs(&root)?.f_type == TMPFS_MAGIC;
        if !is_tmpfs || rustix::fs::fstat(&root)?.st_dev == rustix::fs::fstat(&covered)?.st_dev {
            return Err(Failure::noted(Note::RootUncovered));
        }
        Ok(Self(root))
    }

    /// Puts something into a place that is still free.
    pub(super) fn put(&self, place: &Place) -> Result<(), Failure> {
        let path = place.path.as_c_str();
        match &place.what {
            Placed::Folder(mode) => {
                rustix::fs::mkdirat(&self.0, path, FOLDER_MODE)?;
                // Past the mask for new files.
                rustix::fs::chmodat(&self.0, path, Mode::from_raw_mode(*mode), AtFlags::empty())?;
            }
            Placed::Link(target) => rustix::fs::symlinkat(target.as_c_str(), &self.0, path)?,
            Placed::Bound { from, to, kind } => {
                match kind {
                    Bind::Folder => rustix::fs::mkdirat(&self.0, path, FOLDER_MODE)?,
                    Bind::File | Bind::Device => drop(files::create(self.0.as_fd(), path)?),
                }
                rustix::mount::mount_bind_recursive(from.as_c_str(), to.as_c_str())?;
                if *kind != Bind::Device {
                    sys::read_only(to).map_err(read_only_failure)?;
                }
            }
        }
        Ok(())
    }

    /// Makes it the root, and proves that it is, and that nothing of the old one is left.
    pub(super) fn enter(&self, pivot: &Pivot) -> Result<(), Failure> {
        rustix::fs::mkdirat(&self.0, OLD, Mode::RWXU)?;
        rustix::process::pivot_root(pivot.new.as_c_str(), pivot.old.as_c_str())?;
        rustix::process::chdir(c"/")?;
        rustix::mount::unmount(OLD_INSIDE, UnmountFlags::DETACH)?;
        // Refused as long as anything is mounted there.
        rustix::fs::unlinkat(&self.0, OLD, AtFlags::REMOVEDIR)?;
        let root = rustix::fs::fstat(&self.0)?;
        let above = [rustix::fs::stat(c"/")?, rustix::fs::stat(c"/..")?, rustix::fs::stat(c".")?];
        if !above.iter().all(|at| same(at, &root)) {
            return Err(Failure::noted(Note::MachineInReach));
        }
        Ok(())
    }
}

fn read_only_failure(errno: Errno) -> Failure {
    let note = if errno == Errno::NOSYS { Note::NoReadOnly } else { Note::None };
    Failure { errno, note }
}
