//! C constants by name, as the headers of glibc and of musl define them on Linux.
//!
//! A constant that the `libc` crate knows has the value for the machine this was built for; the others have one value on all.

pub(crate) mod errno;
#[cfg(test)]
pub(crate) mod headers;
pub(crate) mod inet;
pub(crate) mod netdb;
pub(crate) mod option;

/// One constant.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub(crate) name: &'static str,
    /// Its value where glibc's headers (of 2.36) define it.
    pub(crate) gnu: Option<i64>,
    /// Its value where musl's headers (of 1.2.3) define it.
    pub(crate) musl: Option<i64>,
}

impl Entry {
    /// A constant that both define alike.
    pub(crate) const fn both(name: &'static str, value: i64) -> Self {
        Self::either(name, Some(value), Some(value))
    }

    const fn either(name: &'static str, gnu: Option<i64>, musl: Option<i64>) -> Self {
        Self { name, gnu, musl }
    }

    /// Its value here; `None` where this platform's headers do not define it.
    pub(crate) const fn value(&self) -> Option<i64> {
        if cfg!(target_env = "musl") { self.musl } else { self.gnu }
    }
}

/// The constant of this name.
pub(crate) fn find(tables: &[&'static [Entry]], name: &str) -> Option<&'static Entry> {
    tables.iter().flat_map(|table| table.iter()).find(|entry| entry.name == name)
}

/// The constant of this value: of several, the one that stands first.
pub(crate) fn named(tables: &[&'static [Entry]], value: i64) -> Option<&'static Entry> {
    tables.iter().flat_map(|table| table.iter()).find(|entry| entry.value() == Some(value))
}

/// Every table, for the call that asks for any constant.
pub(crate) const ALL: &[&[Entry]] = &[
    inet::FAMILIES,
    inet::PROTOCOL_FAMILIES,
    inet::SOCKTYPES,
    inet::PROTOCOLS,
    inet::ADDRESSES,
    netdb::AI,
    netdb::NI,
    netdb::NI_LENGTHS,
    netdb::EAI,
    netdb::H_ERRNO,
    option::SOCKET,
    option::IPV6,
    option::IP,
    option::TCP,
    option::LEVELS,
    option::IPV6_VALUES,
    option::MESSAGES,
    errno::ERRNO,
];

/// Writes a table: a bare name has the value that the `libc` crate gives it.
macro_rules! table {
    ($($name:ident $(= $($kind:ident)? ($($value:expr),*))?),* $(,)?) => {
        &[$(table!(@row $name $($($kind)? ($($value),*))?)),*]
    };
    (@row $name:ident) => { $crate::call::ffi::table::Entry::both(stringify!($name), libc::$name as i64) };
    (@row $name:ident ($value:expr)) => { $crate::call::ffi::table::Entry::both(stringify!($name), $value) };
    (@row $name:ident gnu ($value:expr)) => { $crate::call::ffi::table::Entry::either(stringify!($name), Some($value), None) };
    (@row $name:ident musl ($value:expr)) => { $crate::call::ffi::table::Entry::either(stringify!($name), None, Some($value)) };
    (@row $name:ident either ($gnu:expr, $musl:expr)) => {
        $crate::call::ffi::table::Entry::either(stringify!($name), Some($gnu), Some($musl))
    };
    (@row $name:ident nowhere ()) => { $crate::call::ffi::table::Entry::either(stringify!($name), None, None) };
}
use table;
