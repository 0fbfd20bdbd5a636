//! A root file system that subjects live in, as an unpacked container image is: where its programs are, and which C
//! library it has. Looked at from outside; nothing of it is ever run there.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::rootfs;

/// Where programs are looked for in a root file system.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Where libraries may be, those of one architecture first.
const LIBRARIES: [&str; 4] = ["lib64", "usr/lib64", "lib", "usr/lib"];

/// A folder that holds a root file system of this machine's architecture.
#[derive(Clone, Debug)]
pub struct Root {
    folder: PathBuf,
    libc: Option<Libc>,
}

/// The C library of a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Libc {
    /// glibc: the folder of libc.so.6, as a path of this machine, and the loader, as one inside.
    Glibc { libraries: PathBuf, loader: PathBuf },
    /// musl: the loader, as a path inside.
    Musl { loader: PathBuf },
}

/// Why a folder is no root that subjects can live in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoRoot {
    /// It cannot be looked into.
    #[error("looking into the root file system `{}`: {source}", folder.display())]
    Closed {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("looking into the root file system `{}`: the folder is empty", folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// It is the root of this machine.
    #[error("looking into the root file system `{}`: it is this machine's own", folder.display())]
    Own {
        /// The folder.
        folder: PathBuf,
    },
    /// Its programs are for machines of another kind.
    #[error("looking into the root file system `{}`: it is for {theirs}, and this machine is {ours}", folder.display())]
    Architecture {
        /// The folder.
        folder: PathBuf,
        /// The architecture of its programs.
        theirs: String,
        /// The architecture of this machine.
        ours: String,
    },
}

impl NoRoot {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Closed { .. } | Self::Empty { .. } => {
                "unpack an image into a folder, and give that: docker export $(docker create IMAGE) | tar -xC DIR"
                    .to_owned()
            }
            Self::Own { .. } => "leave out --root".to_owned(),
            Self::Architecture { ours, .. } => {
                format!("unpack the image for {ours}: docker pull --platform linux/{ours}")
            }
        }
    }
}

impl Root {
    /// Looks at a folder.
    ///
    /// # Errors
    /// Why no subject can live in it.
    pub fn open(folder: &Path) -> Result<Self, NoRoot> {
        let closed = |source| NoRoot::Closed { folder: folder.to_owned(), source };
        let real = fs::canonicalize(folder).map_err(closed)?;
        if real == Path::new("/") {
            return Err(NoRoot::Own { folder: folder.to_owned() });
        }
        if fs::read_dir(&real).map_err(closed)?.next().is_none() {
            return Err(NoRoot::Empty { folder: folder.to_owned() });
        }
        let ours = Kind::of(Path::new("/proc/self/exe"));
        let loaders = loaders(&real);
        let (fit, other): (Vec<_>, Vec<_>) =
            loaders.into_iter().partition(|(_, kind)| ours.is_none_or(|ours| ours == *kind));
        if let ([], [(_, theirs), ..], Some(ours)) = (fit.as_slice(), other.as_slice(), ours) {
            let (theirs, ours) = (theirs.name(), ours.name());
            return Err(NoRoot::Architecture { folder: folder.to_owned(), theirs, ours });
        }
        let libc = libc(&real, fit.into_iter().map(|(path, _)| path).collect(), ours);
        Ok(Self { folder: real, libc })
    }

    /// The folder, by its real path.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its C library, where it has one that is known.
    pub(super) fn libc(&self) -> Option<&Libc> {
        self.libc.as_ref()
    }

    /// A library of its architecture, as a path of this machine.
    pub(super) fn library(&self, name: &str) -> Option<PathBuf> {
        let ours = Kind::of(Path::new("/proc/self/exe"));
        library(&self.folder, name, ours).map(|(_, file)| file)
    }

    /// The path inside of the first program of this name along [`PATH`], or of the program at this absolute path.
    pub(super) fn program(&self, name: &OsStr) -> Option<PathBuf> {
        let found = if Path::new(name).components().count() > 1 {
            vec![Path::new("/").join(name)]
        } else {
            PATH.split(':').map(|folder| Path::new(folder).join(name)).collect()
        };
        found.into_iter().find(|path| rootfs::outside(&self.folder, path).is_ok_and(|path| executable(&path)))
    }
}

/// The dynamic loaders of a root, as paths inside, with the kind of machine that each is for.
fn loaders(root: &Path) -> Vec<(PathBuf, Kind)> {
    let mut found = Vec::new();
    for folder in LIBRARIES {
        let folder = Path::new("/").join(folder);
        let entries = rootfs::outside(root, &folder).and_then(fs::read_dir);
        let mut names: Vec<_> =
            entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.file_name())).collect();
        names.sort();
        for name in names {
            let text = name.to_string_lossy();
            if !["ld-linux", "ld64.so.", "ld-musl-"].iter().any(|loader| text.starts_with(loader)) {
                continue;
            }
            let path = folder.join(&name);
            let kind = rootfs::outside(root, &path).ok().and_then(|path| Kind::of(&path));
            found.extend(kind.map(|kind| (path, kind)));
        }
    }
    found
}

/// Which C library these loaders belong to. A root may have both: then it was made with glibc, and musl came later.
fn libc(root: &Path, loaders: Vec<PathBuf>, ours: Option<Kind>) -> Option<Libc> {
    let (musl, others): (Vec<_>, Vec<_>) = loaders
        .into_iter()
        .partition(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-musl-")));
    let glibc = others
        .into_iter()
        .next()
        .and_then(|loader| Some(Libc::Glibc { libraries: library(root, "libc.so.6", ours)?.0, loader }));
    glibc.or_else(|| musl.into_iter().next().map(|loader| Libc::Musl { loader }))
}

/// A library for this kind of machine: the folder that it is in and the file that it is, as paths of this machine. Debian
/// has a folder for each architecture.
fn library(root: &Path, name: &str, ours: Option<Kind>) -> Option<(PathBuf, PathBuf)> {
    let folders = LIBRARIES.iter().filter_map(|folder| rootfs::outside(root, Path::new(folder)).ok());
    let below = folders.clone().flat_map(|folder| {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        entries.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("-linux-gnu")))
    });
    folders.chain(below).find_map(|folder| {
        let inside = folder.strip_prefix(root).ok()?.join(name);
        let file = rootfs::outside(root, &inside).ok()?;
        let kind = Kind::of(&file)?;
        ours.is_none_or(|ours| ours == kind).then_some((folder, file))
    })
}

/// What kind of machine a program or library is for: the class, the byte order and the machine of its ELF header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    class: u8,
    order: u8,
    machine: u16,
}

impl Kind {
    /// Reads it; `None` for what is no ELF file.
    fn of(path: &Path) -> Option<Self> {
        let mut header = [0; 20];
        File::open(path).ok()?.read_exact(&mut header).ok()?;
        let [0x7f, b'E', b'L', b'F', class, order, .., low, high] = header else { return None };
        let machine = if order == 2 { u16::from_be_bytes([low, high]) } else { u16::from_le_bytes([low, high]) };
        Some(Self { class, order, machine })
    }

    /// The architecture, as container images name it.
    fn name(self) -> String {
        match (self.machine, self.order) {
            (3, _) => "386".to_owned(),
            (8, _) => "mips".to_owned(),
            (21, 1) => "ppc64le".to_owned(),
            (21, _) => "ppc64".to_owned(),
            (22, _) => "s390x".to_owned(),
            (40, _) => "arm".to_owned(),
            (62, _) => "amd64".to_owned(),
            (183, _) => "arm64".to_owned(),
            (243, _) => "riscv64".to_owned(),
            (258, _) => "loong64".to_owned(),
            (other, _) => format!("machine {other} of ELF"),
        }
    }
}

fn executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A root with these files, each an ELF file for this machine, or for the one of this number.
    fn root(files: &[(&str, Option<u16>)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut own = [0; 20];
        File::open("/proc/self/exe").unwrap().read_exact(&mut own).unwrap();
        for (path, machine) in files {
            let mut header = own;
            if let Some(machine) = machine {
                header[18..].copy_from_slice(&if own[5] == 2 { machine.to_be_bytes() } else { machine.to_le_bytes() });
            }
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, header).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    fn libc_of(folder: &TempDir) -> Option<Libc> {
        Root::open(folder.path()).unwrap().libc().cloned()
    }

    #[test]
    fn glibc_is_known_by_its_loader_and_its_library() {
        let debian = root(&[("usr/lib64/ld-linux-x.so.2", None), ("usr/lib/x-linux-gnu/libc.so.6", None)]);
        symlink("/usr/lib64", debian.path().join("lib64")).unwrap();
        symlink("usr/lib", debian.path().join("lib")).unwrap();
        let (libraries, loader) = (debian.path().join("usr/lib/x-linux-gnu"), "/lib64/ld-linux-x.so.2".into());
        assert_eq!(libc_of(&debian), Some(Libc::Glibc { libraries, loader }));
        let fedora = root(&[("lib64/ld-linux-x.so.2", None), ("lib64/libc.so.6", None), ("lib/libc.so.6", Some(3))]);
        let (libraries, loader) = (fedora.path().join("lib64"), "/lib64/ld-linux-x.so.2".into());
        assert_eq!(libc_of(&fedora), Some(Libc::Glibc { libraries, loader }));
    }

    #[test]
    fn musl_is_known_by_its_loader() {
        let alpine = root(&[("lib/libc.so", None), ("lib/ld-linux-x.so.2", None)]);
        symlink("/lib/libc.so", alpine.path().join("lib/ld-musl-x.so.1")).unwrap();
        assert_eq!(libc_of(&alpine), Some(Libc::Musl { loader: "/lib/ld-musl-x.so.1".into() }));
        // A link that leads to the machine's files leads nowhere.
        let hostile = root(&[("usr/x", None)]);
        fs::create_dir(hostile.path().join("lib")).unwrap();
        symlink("/proc/self/exe", hostile.path().join("lib/ld-musl-x.so.1")).unwrap();
        assert_eq!(libc_of(&hostile), None);
    }

    #[test]
    fn a_folder_that_nobody_can_live_in_says_why() {
        let told = |path: &Path| Root::open(path).unwrap_err().to_string();
        let empty = tempfile::tempdir().unwrap();
        assert!(told(empty.path()).ends_with("the folder is empty"));
        assert!(told(Path::new("/nonexistent")).contains("No such file"));
        assert!(told(Path::new("/etc/passwd")).contains("Not a directory"));
        assert!(told(Path::new("/usr/..")).ends_with("it is this machine's own"));
        let other = root(&[("lib/ld-linux-y.so.1", Some(0x1234))]);
        assert!(told(other.path()).contains("it is for machine 4660 of ELF, and this machine is "));
        assert!(Root::open(root(&[("app", None)]).path()).unwrap().libc().is_none());
    }

    #[test]
    fn programs_are_found_inside_only() {
        let folder = root(&[("usr/bin/python3.13", None), ("usr/bin/text", None)]);
        symlink("python3.13", folder.path().join("usr/bin/python3")).unwrap();
        symlink("/bin/sh", folder.path().join("usr/bin/out")).unwrap();
        fs::set_permissions(folder.path().join("usr/bin/text"), fs::Permissions::from_mode(0o644)).unwrap();
        let root = Root::open(folder.path()).unwrap();
        let program = |name: &str| root.program(OsStr::new(name));
        assert_eq!(program("python3"), Some("/usr/bin/python3".into()));
        assert_eq!(program("/usr/bin/python3"), Some("/usr/bin/python3".into()));
        for name in ["sh", "out", "text", "/bin/sh", "/usr/bin/../../../../bin/sh"] {
            assert_eq!(program(name), None, "{name}");
        }
    }
}
