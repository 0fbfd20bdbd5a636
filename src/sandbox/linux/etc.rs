//! A world's /etc, mounted over the machine's by the child. Nothing here allocates.
//!
//! First a tmpfs covers /etc; not a byte is written before it is proven to be there. Then the world's files go into the
//! upper layer of an overlay whose lower layer is the machine's /etc. Where the kernel refuses the overlay, because a file
//! in /etc is a mount point or overlays are stacked too high, a second tmpfs takes its place, with links to what the
//! machine has.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::fs::{AtFlags, CWD, FsWord, Mode, OFlags, RawDir, Stat};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};

use super::child::Failure;
use super::files::{self, FOLDER_MODE};
use super::packet::Note;
use super::step::{Content, Entry, Mask};

/// The folder that everything is about.
const ETC: &CStr = c"/etc";

/// An empty folder and an empty file, bound over what is to be hidden.
const NO_FOLDER: &CStr = c"/etc/nothing";
const NO_FILE: &CStr = c"/etc/empty";

/// The folder that a program gets for its own, bound to where it finds it.
const SCRATCH: &CStr = c"/etc/scratch";

/// The options of a tmpfs. All that a program can write goes there: so much memory it can take, and no more.
const LIMITED: &CStr = c"mode=0755,size=64m,nr_inodes=16k";

/// Where the machine's /etc is found in a /etc of links. Relative, so that a world inside a world finds its own.
const BELOW: &CStr = c".below";
const BELOW_PATH: &CStr = c"/etc/.below";

/// `f_type` of a tmpfs.
pub(super) const TMPFS_MAGIC: FsWord = 0x0102_1994;

/// The errno with which an overlay was refused to this process, over the machine's /etc and over that of a foreign root,
/// or 0. Each refusal leaves a line in the kernel's log.
static REFUSED: [AtomicI32; 2] = [AtomicI32::new(0), AtomicI32::new(0)];

fn refused_over(foreign: bool) -> &'static AtomicI32 {
    let [machine, root] = &REFUSED;
    if foreign { root } else { machine }
}

/// Why an overlay need not be tried, for the parent to know before.
pub(super) fn overlay_refused(foreign: bool) -> Option<i32> {
    Some(refused_over(foreign).load(Ordering::Relaxed)).filter(|errno| *errno != 0)
}

/// Takes note that an overlay was refused.
pub(super) fn remember_refusal(foreign: bool, errno: i32) {
    refused_over(foreign).store(errno, Ordering::Relaxed);
}

/// /etc covered by a tmpfs.
pub(super) struct Covered {
    /// The device of the machine's /etc.
    machine: u64,
    /// The root of the tmpfs.
    cover: OwnedFd,
}

/// The /etc of a world.
pub(super) struct Filled {
    pub(super) folder: OwnedFd,
    /// Why it is made of links and not an overlay.
    pub(super) refused: Option<Errno>,
}

impl Covered {
    /// Mounts a tmpfs over /etc and proves that it is there. The machine's /etc is the working directory afterwards.
    pub(super) fn new() -> Result<Self, Failure> {
        let machine = rustix::fs::openat(CWD, ETC, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let device = rustix::fs::fstat(&machine)?.st_dev;
        rustix::process::fchdir(&machine)?;
        let cover = mount_tmpfs(device)?;
        rustix::fs::mkdirat(&cover, c"nothing", FOLDER_MODE)?;
        files::create(cover.as_fd(), c"empty")?;
        Ok(Self { machine: device, cover })
    }

    /// Hides a path. That it is gone by now, or out of reach, does as well.
    pub(super) fn hide(&self, mask: &Mask) -> Result<(), Errno> {
        let nothing = if mask.folder { NO_FOLDER } else { NO_FILE };
        match rustix::mount::mount_bind(nothing, mask.path.as_c_str()) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => Ok(()),
            done => done,
        }
    }

    /// Gives the program a folder of its own at this path.
    pub(super) fn lend(&self, path: &CStr) -> Result<(), Errno> {
        rustix::fs::mkdirat(&self.cover, c"scratch", FOLDER_MODE)?;
        // Past the mask for new files.
        rustix::fs::chmodat(&self.cover, c"scratch", Mode::from_raw_mode(0o1777), AtFlags::empty())?;
        rustix::mount::mount_bind(SCRATCH, path)
    }

    /// Puts the world's files in front of the machine's; without trying an overlay where `refused` says why not.
    pub(super) fn fill(&self, entries: &[Entry<'_>], refused: Option<Errno>) -> Result<Filled, Failure> {
        let refused = refused.or_else(|| self.overlay(entries).err());
        if refused.is_some() {
            let folder = mount_tmpfs(self.machine)?;
            for entry in entries {
                files::put(folder.as_fd(), &entry.name, &entry.content)?;
            }
            link_machine(folder.as_fd(), entries)?;
        }
        rustix::process::chdir(c"/")?;
        let folder = open_folder(ETC)?;
        let device = rustix::fs::fstat(&folder)?.st_dev;
        if device == self.machine || (refused.is_none() && device == rustix::fs::fstat(&self.cover)?.st_dev) {
            return Err(Failure::noted(Note::EtcUncovered));
        }
        Ok(Filled { folder, refused })
    }

    /// Mounts the overlay. Its lower layer is the working directory, which no path leads to any more.
    fn overlay(&self, entries: &[Entry<'_>]) -> Result<(), Errno> {
        rustix::fs::mkdirat(&self.cover, c"upper", FOLDER_MODE)?;
        rustix::fs::mkdirat(&self.cover, c"work", FOLDER_MODE)?;
        let upper = rustix::fs::openat(
            &self.cover,
            c"upper",
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        for entry in entries {
            match entry.content {
                Content::Absent => files::white_out(upper.as_fd(), &entry.name)?,
                _ => files::put(upper.as_fd(), &entry.name, &entry.content)?,
            }
        }
        // Its marks as user attributes: the trusted ones are for the machine's root alone.
        let layers = c"lowerdir=.,upperdir=/etc/upper,workdir=/etc/work,userxattr";
        rustix::mount::mount(c"overlay", ETC, c"overlay", MountFlags::NOSUID | MountFlags::NODEV, layers)
    }
}

/// Mounts a tmpfs over /etc and opens its root.
fn mount_tmpfs(machine: u64) -> Result<OwnedFd, Failure> {
    rustix::mount::mount(c"tmpfs", ETC, c"tmpfs", MountFlags::NOSUID | MountFlags::NODEV, LIMITED)?;
    let root = open_folder(ETC)?;
    let is_tmpfs = rustix::fs::fstatfs(&root)?.f_type == TMPFS_MAGIC;
    if !is_tmpfs || rustix::fs::fstat(&root)?.st_dev == machine {
        return Err(Failure::noted(Note::EtcUncovered));
    }
    Ok(root)
}

/// Binds the machine's /etc, which is the working directory, below `etc`, and makes a link to each of its files that the
/// world has no word about.
fn link_machine(etc: BorrowedFd<'_>, entries: &[Entry<'_>]) -> Result<(), Errno> {
    rustix::fs::mkdirat(etc, BELOW, FOLDER_MODE)?;
    rustix::mount::mount_bind_recursive(c".", BELOW_PATH)?;
    let machine = open_folder(c".")?;
    // What covers the original covers its copy as well.
    while !same(&rustix::fs::stat(BELOW_PATH)?, &rustix::fs::fstat(&machine)?) {
        rustix::mount::unmount(BELOW_PATH, UnmountFlags::DETACH)?;
    }
    let mut buffer = [MaybeUninit::uninit(); 8192];
    let mut listing = RawDir::new(&machine, &mut buffer);
    while let Some(found) = listing.next() {
        let found = found?;
        let name = found.file_name();
        let skip = [c".", c"..", BELOW].contains(&name) || entries.iter().any(|entry| entry.name.as_c_str() == name);
        if !skip {
            link(etc, &machine, name)?;
        }
    }
    Ok(())
}

/// Makes a link to one of the machine's files. A link is copied instead: its target may be relative to /etc.
fn link(etc: BorrowedFd<'_>, machine: &OwnedFd, name: &CStr) -> Result<(), Errno> {
    let mut target = [0_u8; 4097];
    let room = target.len() - 1;
    let copied = target.get_mut(..room).map(|room| rustix::fs::readlinkat_raw(machine, name, room).map(|_| ()));
    if !matches!(copied, Some(Ok(()))) {
        let prefix = b".below/";
        let parts = prefix.iter().chain(name.to_bytes_with_nul());
        for (place, byte) in target.iter_mut().zip(parts) {
            *place = *byte;
        }
    }
    rustix::fs::symlinkat(CStr::from_bytes_until_nul(&target).map_err(|_| Errno::NAMETOOLONG)?, etc, name)
}

pub(super) fn same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

pub(super) fn open_folder(path: &CStr) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}
