//! A program made ready for execve(2): everything a copied process could not allocate any more.

use std::ffi::{CString, OsStr, OsString, c_char};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use rustix::thread::CapabilitySet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::{Error, Identity, Program, Stdio};
use super::confine;
use super::signals::Started;
use super::stand_in::at_a_terminal;

/// Where a program without `/` is looked for if its environment has no `PATH`.
const DEFAULT_PATH: &str = "/usr/bin:/bin";

/// A program as execve(2) wants it.
#[derive(Serialize, Deserialize)]
pub(super) struct Image {
    /// The program as it was given: for the parent alone.
    #[serde(skip)]
    pub(super) name: OsString,
    /// The files to try, in order.
    pub(super) candidates: Vec<CString>,
    pub(super) argv: Strings,
    pub(super) env: Strings,
    /// Where it starts.
    pub(super) folder: CString,
    /// Whether `folder` is the one that this process stands in.
    pub(super) here: bool,
    /// What it is started with as this process was. Without, it gets a session of its own, and nothing that comes from the
    /// circumstances of this process.
    #[serde(skip)]
    pub(super) started: Option<Started>,
    /// Whether it gets a process group of its own, and the terminal.
    pub(super) own_group: bool,
    /// The capabilities that it loses.
    #[serde(with = "capabilities")]
    pub(super) lost: CapabilitySet,
    /// How many processes it may have at most.
    pub(super) processes: Option<u64>,
    /// Whether a spawner's copy is the program already.
    pub(super) own: bool,
    /// Whom it believes to be.
    pub(super) identity: Identity,
}

impl Image {
    /// Prepares `program`.
    ///
    /// # Errors
    /// When it has no arguments or one of its strings holds a NUL byte.
    pub(super) fn new(program: &Program) -> Result<Self, Error> {
        let Some(name) = program.argv.first() else {
            return Err(Error::Program { program: OsString::new(), what: "it has no name".to_owned() });
        };
        let string = |bytes: Vec<u8>| {
            CString::new(bytes).map_err(|fault| Error::Program {
                program: name.clone(),
                what: format!("{:?} holds a NUL byte", OsStr::from_bytes(&fault.into_vec())),
            })
        };
        let folder = std::path::absolute(&program.cwd).map_err(|fault| Error::Program {
            program: name.clone(),
            what: format!("its folder {:?}: {fault}", program.cwd),
        })?;
        let strings = |all: Vec<Vec<u8>>| all.into_iter().map(string).collect::<Result<Vec<_>, _>>();
        let path = program.env.get(OsStr::new("PATH")).map_or_else(|| OsStr::new(DEFAULT_PATH), OsString::as_os_str);
        let mut env = program.env.clone();
        env.extend(confine::scratch(program).map(|folder| ("TMPDIR".into(), folder.into())));
        let env = env.iter().map(|(key, value)| [key.as_bytes(), b"=", value.as_bytes()].concat()).collect();
        Ok(Self {
            name: name.clone(),
            candidates: strings(candidates(name, path))?,
            argv: strings(program.argv.iter().map(|argument| argument.clone().into_vec()).collect())?.into(),
            env: strings(env)?.into(),
            folder: string(folder.into_os_string().into_vec())?,
            here: std::env::current_dir().is_ok_and(|here| here == program.cwd),
            started: (program.stdio == Stdio::Inherit).then(Started::known),
            own_group: program.stdio == Stdio::Inherit && at_a_terminal(),
            lost: match program.identity {
                Identity::Own if program.root.is_some() => CapabilitySet::all(),
                Identity::Own | Identity::Root if program.confined => confine::LOST,
                Identity::Own | Identity::Root => CapabilitySet::empty(),
            },
            processes: confine::processes(program),
            own: program.own,
            identity: program.identity,
        })
    }
}

/// The files that `name` may stand for. An empty part of `path` is the working directory.
fn candidates(name: &OsStr, path: &OsStr) -> Vec<Vec<u8>> {
    let name = name.as_bytes();
    if name.contains(&b'/') {
        return vec![name.to_vec()];
    }
    let parts = path.as_bytes().split(|byte| *byte == b':');
    parts
        .map(|folder| if folder.is_empty() { b"." } else { folder })
        .map(|folder| [folder, b"/", name].concat())
        .collect()
}

/// Capabilities as a number.
mod capabilities {
    use super::{CapabilitySet, Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(set: &CapabilitySet, serializer: S) -> Result<S::Ok, S::Error> {
        set.bits().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CapabilitySet, D::Error> {
        u64::deserialize(deserializer).map(CapabilitySet::from_bits_retain)
    }
}

/// Strings and the array of pointers to them, ended by a null pointer.
#[derive(Deserialize)]
#[serde(from = "Vec<CString>")]
pub(super) struct Strings {
    /// What the pointers point to: the bytes of a `CString` stay where they are when it is moved.
    owned: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl From<Vec<CString>> for Strings {
    fn from(owned: Vec<CString>) -> Self {
        let pointers = owned.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect();
        Self { owned, pointers }
    }
}

impl Serialize for Strings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.owned.serialize(serializer)
    }
}

impl Strings {
    /// The strings.
    pub(super) fn strings(&self) -> &[CString] {
        &self.owned
    }

    /// The array.
    pub(super) fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_name_is_looked_for_in_every_folder_of_the_path() {
        let found = candidates(OsStr::new("true"), OsStr::new("/usr/bin::/bin"));
        assert_eq!(found, [&b"/usr/bin/true"[..], b"./true", b"/bin/true"]);
        assert_eq!(candidates(OsStr::new("./true"), OsStr::new("/bin")), [b"./true"]);
    }

    #[test]
    fn a_program_that_execve_cannot_take_is_refused() {
        let mut program = Program {
            argv: vec!["a\0b".into()],
            env: BTreeMap::new(),
            cwd: "/".into(),
            stdio: Stdio::Pipes,
            identity: Identity::Own,
            root: None,
            confined: false,
            own: false,
        };
        let error = Image::new(&program).err().unwrap();
        assert!(error.to_string().contains("holds a NUL byte"), "{error}");
        program.argv.clear();
        assert!(Image::new(&program).is_err());
    }
}
