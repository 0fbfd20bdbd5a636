//! The scratch folder of one call, for the paths of AF_UNIX sockets.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a path is filled up with.
pub(super) const FILLER: u8 = b'x';
/// How paths of a script name it.
const NAME: &[u8] = b"$TMP";

/// A folder that is made when the first path asks for it, and goes with everything in it.
#[derive(Default)]
pub(super) struct Scratch(Option<PathBuf>);

impl Scratch {
    /// The real path of a path of the script.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn real(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        let Some(rest) = path.strip_prefix(NAME).filter(|rest| rest.starts_with(b"/")) else {
            return Ok(path.to_vec());
        };
        let folder = match self.0.take() {
            Some(folder) => folder,
            None => make()?,
        };
        let real = [folder.as_os_str().as_bytes(), rest].concat();
        self.0 = Some(folder);
        Ok(real)
    }

    /// The path as the script names it. What it was filled up with depends on the folder's name, and stands as `x…`.
    pub(super) fn named(&self, path: &[u8]) -> String {
        let folder = self.0.as_ref().map(|folder| folder.as_os_str().as_bytes());
        let rest = folder.and_then(|folder| path.strip_prefix(folder));
        let path = rest.map_or_else(|| path.to_vec(), |rest| [NAME, rest].concat());
        let path = String::from_utf8_lossy(&path).into_owned();
        let bare = path.trim_end_matches(FILLER as char);
        if path.len() - bare.len() > 4 { format!("{bare}x…") } else { path }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // A folder that stays behind spoils nothing: no other call takes its name.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Makes a folder of a name that nothing has yet.
fn make() -> io::Result<PathBuf> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("netdbspec.{}.{number}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scratch;

    #[test]
    fn the_folder_is_made_on_demand_and_goes_with_the_call() {
        let mut scratch = Scratch::default();
        assert_eq!(scratch.real(b"/else/where").unwrap(), b"/else/where");
        assert!(scratch.0.is_none());
        let real = scratch.real(b"$TMP/s").unwrap();
        assert_eq!(scratch.named(&real), "$TMP/s");
        let folder = scratch.0.clone().unwrap();
        assert!(folder.is_dir());
        drop(scratch);
        assert!(!folder.exists());
    }
}
