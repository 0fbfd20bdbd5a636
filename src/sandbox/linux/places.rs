//! What a new root is made of, planned by the parent: the entries of the folder that holds a root file system, and what
//! it may lack.

use std::collections::BTreeSet;
use std::ffi::{CString, OsStr};
use std::fs::{self, FileType};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileTypeExt;
use std::path::{Component, Path, PathBuf};

use super::root::OLD;
use super::step::{Bind, Pivot, Place, Placed, Step};
use crate::rootfs;
use crate::sandbox::error::describe;
use crate::sandbox::{Error, Root};

/// What never comes from the folder, whatever it has there.
const OURS: [&str; 5] = ["dev", "etc", "proc", "sys", "tmp"];

/// The devices that every program may count on.
pub(super) const DEVICES: [&str; 6] = ["full", "null", "random", "tty", "urandom", "zero"];

/// The links of /dev to the program's own descriptors.
const DESCRIPTORS: [(&str, &str); 4] =
    [("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")];

const PLAIN: u32 = 0o755;
const STICKY: u32 = 0o1777;

/// The steps that make `root` the root.
///
/// # Errors
/// [`Error::Root`] when it cannot be one.
pub(super) fn steps<'w>(root: &Root) -> Result<Vec<Step<'w>>, Error> {
    let refused = |what: String| Error::Root { folder: root.folder.clone(), what };
    let folder = fs::canonicalize(&root.folder).map_err(|fault| refused(said(&fault)))?;
    if folder == Path::new("/") {
        return Err(refused("it is this machine's own root".to_owned()));
    }
    let mut places = Places { folder: &folder, all: Vec::new(), folders: BTreeSet::new() };
    places.entries().and_then(|()| places.ours()).map_err(refused)?;
    for (from, to) in &root.files {
        places.file(from, to).map_err(refused)?;
    }
    let path = |name: &str| string(folder.join(name).into_os_string().into_vec()).map_err(refused);
    let mut steps = vec![Step::CoverRoot(path("")?)];
    steps.extend(places.all.into_iter().map(Step::Place));
    // The old root is still there: a new /proc is refused where no other is in sight.
    steps.push(Step::Proc(path("proc")?));
    steps.push(Step::Pivot(Pivot { new: path("")?, old: path(&OLD.to_string_lossy())? }));
    Ok(steps)
}

/// The places of a new root, in the order in which they are made.
struct Places<'f> {
    folder: &'f Path,
    all: Vec<Place>,
    /// The folders made for files from outside.
    folders: BTreeSet<PathBuf>,
}

impl Places<'_> {
    /// The folder's own entries. What is neither file nor folder nor link is no part of a root file system.
    fn entries(&mut self) -> Result<(), String> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.folder).map_err(|fault| said(&fault))? {
            let entry = entry.map_err(|fault| said(&fault))?;
            names.push((entry.file_name(), entry.file_type().map_err(|fault| said(&fault))?));
        }
        if names.is_empty() {
            return Err("it is empty".to_owned());
        }
        names.sort_by(|one, other| one.0.cmp(&other.0));
        for (name, kind) in names {
            let path = Path::new(&name);
            if OURS.iter().any(|ours| *ours == name) {
                continue;
            }
            if name.as_bytes() == OLD.to_bytes() {
                return Err(format!("its entry {} stands in the way of the machine's root", path.display()));
            }
            if kind.is_symlink() {
                let target = fs::read_link(self.folder.join(path)).map_err(|fault| said(&fault))?;
                self.put(path, Placed::Link(string(target.into_os_string().into_vec())?))?;
            } else if let Some(kind) = bind(kind) {
                self.bound(path, path, kind)?;
            }
        }
        Ok(())
    }

    /// /etc, which the world's files come before, and what is made anew.
    fn ours(&mut self) -> Result<(), String> {
        // A folder in any case, wherever a link in its place leads.
        let etc = rootfs::resolve(self.folder, Path::new("etc")).ok().filter(|etc| self.folder.join(etc).is_dir());
        match etc {
            Some(etc) => self.bound(&Path::new(".").join(etc), Path::new("etc"), Bind::Folder)?,
            None => self.put(Path::new("etc"), Placed::Folder(PLAIN))?,
        }
        for (name, mode) in [("proc", PLAIN), ("sys", PLAIN), ("tmp", STICKY), ("dev", PLAIN), ("dev/shm", STICKY)] {
            self.put(Path::new(name), Placed::Folder(mode))?;
        }
        for name in DEVICES {
            let device = Path::new("/dev").join(name);
            if fs::metadata(&device).is_ok_and(|at| at.file_type().is_char_device()) {
                self.bound(&device, &Path::new("dev").join(name), Bind::Device)?;
            }
        }
        for (name, target) in DESCRIPTORS {
            self.put(&Path::new("dev").join(name), Placed::Link(string(target.into())?))?;
        }
        Ok(())
    }

    /// A file of the machine, and the folders above it, which must be none of the root's own.
    fn file(&mut self, from: &Path, to: &Path) -> Result<(), String> {
        let outside = fs::canonicalize(from).map_err(|fault| format!("{}: {}", from.display(), said(&fault)))?;
        if !outside.is_file() {
            return Err(format!("{} is no file", from.display()));
        }
        let mut parts = to.components();
        let absolute = parts.next() == Some(Component::RootDir);
        let inside = parts.as_path();
        let first = parts.next().map_or_else(|| OsStr::new(""), Component::as_os_str);
        let plain = inside.components().all(|part| matches!(part, Component::Normal(_))) && inside.iter().count() > 1;
        if !absolute || !plain {
            return Err(format!("{} is no path of the form /FOLDER/FILE", to.display()));
        }
        if OURS.iter().any(|ours| *ours == first) || fs::symlink_metadata(self.folder.join(first)).is_ok() {
            return Err(format!("it has /{}, where {} should go", Path::new(first).display(), from.display()));
        }
        let mut above: Vec<_> = inside.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty()).collect();
        above.reverse();
        for path in above {
            if self.folders.insert(path.to_owned()) {
                self.put(path, Placed::Folder(PLAIN))?;
            }
        }
        self.bound(&outside, inside, Bind::File)
    }

    /// Binds `from`, relative to the folder or absolute, to a place.
    fn bound(&mut self, from: &Path, path: &Path, kind: Bind) -> Result<(), String> {
        let to = string(self.folder.join(path).into_os_string().into_vec())?;
        let from = string(from.as_os_str().as_bytes().to_vec())?;
        self.put(path, Placed::Bound { from, to, kind })
    }

    fn put(&mut self, path: &Path, what: Placed) -> Result<(), String> {
        self.all.push(Place { path: string(path.as_os_str().as_bytes().to_vec())?, what });
        Ok(())
    }
}

fn bind(kind: FileType) -> Option<Bind> {
    match (kind.is_dir(), kind.is_file()) {
        (true, _) => Some(Bind::Folder),
        (_, true) => Some(Bind::File),
        _ => None,
    }
}

fn said(fault: &io::Error) -> String {
    fault.raw_os_error().map_or_else(|| fault.to_string(), describe)
}

fn string(bytes: Vec<u8>) -> Result<CString, String> {
    CString::new(bytes).map_err(|_| "its path holds a NUL byte".to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn told(folder: &Path, files: &[(&str, &str)]) -> String {
        let files = files.iter().map(|(from, to)| (from.into(), to.into())).collect();
        match steps(&Root { folder: folder.to_owned(), files }) {
            Ok(steps) => steps.iter().map(|step| format!("{step}\n")).collect::<String>(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_the_folder_lacks_is_made_and_what_it_has_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("usr/etc")).unwrap();
        fs::write(folder.path().join("probe"), "").unwrap();
        symlink("/usr/etc", folder.path().join("etc")).unwrap();
        symlink("usr/lib", folder.path().join("lib")).unwrap();
        let root = Root { folder: folder.path().to_owned(), files: Vec::new() };
        let places: Vec<_> = steps(&root)
            .unwrap()
            .into_iter()
            .filter_map(|s| if let Step::Place(p) = s { Some(p) } else { None })
            .collect();
        let of = |path: &str| &places.iter().find(|place| place.path.to_bytes() == path.as_bytes()).unwrap().what;
        assert_eq!(*of("lib"), Placed::Link(c"usr/lib".to_owned()));
        assert!(matches!(of("etc"), Placed::Bound { from, kind: Bind::Folder, .. } if from.as_c_str() == c"./usr/etc"));
        assert!(matches!(of("probe"), Placed::Bound { kind: Bind::File, .. }));
        assert!(matches!(of("dev/null"), Placed::Bound { kind: Bind::Device, .. }));
        assert_eq!(*of("tmp"), Placed::Folder(STICKY));
    }

    #[test]
    fn a_folder_that_is_no_root_says_why() {
        let folder = tempfile::tempdir().unwrap();
        assert!(told(folder.path(), &[]).ends_with("the root of the program: it is empty"));
        assert!(told(Path::new("/no/such"), &[]).ends_with("ENOENT, No such file or directory"));
        assert!(told(Path::new("/etc/passwd"), &[]).ends_with("ENOTDIR, Not a directory"));
        assert!(told(Path::new("/usr/.."), &[]).ends_with("it is this machine's own root"));
        fs::create_dir(folder.path().join("usr")).unwrap();
        assert!(told(folder.path(), &[("/etc/passwd", "/.n/passwd")]).contains("put /.n/passwd into the root\n"));
        for (from, to, why) in [
            ("/etc/passwd", "/usr/passwd", "it has /usr, where /etc/passwd should go"),
            ("/etc/passwd", "/tmp/passwd", "it has /tmp, where /etc/passwd should go"),
            ("/etc/passwd", "/passwd", "/passwd is no path of the form /FOLDER/FILE"),
            ("/etc/passwd", "x/passwd", "x/passwd is no path of the form /FOLDER/FILE"),
            ("/etc/passwd", "/x/../../y", "/x/../../y is no path of the form /FOLDER/FILE"),
            ("/etc", "/x/y", "/etc is no file"),
        ] {
            assert!(told(folder.path(), &[(from, to)]).ends_with(why), "{}", told(folder.path(), &[(from, to)]));
        }
        fs::create_dir(folder.path().join(".machine")).unwrap();
        assert!(told(folder.path(), &[]).contains("stands in the way"));
    }
}
