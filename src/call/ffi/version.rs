//! The C library that this process is linked to, by name and version.

/// The C library that this process is linked to: its name, and its version (`unknown` where it does not tell).
///
/// glibc tells its version at run time (gnu_get_libc_version(3)), musl and others do not.
#[must_use]
pub fn libc_version() -> (String, String) {
    let (name, version) = named();
    (name.to_owned(), version)
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn named() -> (&'static str, String) {
    // SAFETY: it takes nothing and gives a static string that ends with a null byte.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    ("glibc", version.to_string_lossy().into_owned())
}

#[cfg(target_env = "musl")]
fn named() -> (&'static str, String) {
    ("musl", "unknown".to_owned())
}

#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_env = "musl")))]
fn named() -> (&'static str, String) {
    (if cfg!(target_vendor = "apple") { "libsystem" } else { "libc" }, "unknown".to_owned())
}
