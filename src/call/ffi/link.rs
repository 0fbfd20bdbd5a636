//! Links as arguments: by index, or by name.

use std::ffi::CString;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::errno;
use crate::outcome::Failure;

/// A link, as a scope id or an interface: its index, or its name where the call is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// The index, which need not be that of an existing link.
    Index(u32),
    /// The name.
    Name(String),
}

impl Link {
    /// The index, by if_nametoindex(3) for a name.
    ///
    /// # Errors
    /// The errno of if_nametoindex where there is no such link: `ENODEV`.
    pub(crate) fn index(&self) -> Result<u32, Failure> {
        let name = match self {
            Self::Index(index) => return Ok(*index),
            Self::Name(name) => name,
        };
        let missing = |errno| Failure { text: format!("there is no link `{name}` here"), ..errno::failure(errno) };
        let c_name = CString::new(name.as_str()).map_err(|_| missing(libc::ENODEV))?;
        // SAFETY: the name ends in NUL.
        let found = errno::call(|| unsafe { libc::if_nametoindex(c_name.as_ptr()) });
        if found.result == 0 { Err(missing(found.errno)) } else { Ok(found.result) }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Index(index) => serializer.serialize_u32(*index),
            Self::Name(name) => serializer.serialize_str(name),
        }
    }
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Link;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a link by name, or its index")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Link, E> {
        Ok(Link::Name(name.to_owned()))
    }

    fn visit_i64<E: Error>(self, index: i64) -> Result<Link, E> {
        u32::try_from(index).map(Link::Index).map_err(|_| E::custom(format_args!("no link has the index {index}")))
    }

    fn visit_u64<E: Error>(self, index: u64) -> Result<Link, E> {
        self.visit_i64(i64::try_from(index).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Link;

    fn check(written: Value, index: Result<u32, &str>) {
        let link: Link = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(link.index().map_err(|failure| failure.name), index.map_err(str::to_owned));
        assert_eq!(serde_json::to_value(link).unwrap(), written);
    }

    #[test]
    fn a_link_is_an_index_or_a_name() {
        check(json!(999), Ok(999));
        check(json!("lo"), Ok(1));
        check(json!("nosuchlink"), Err("ENODEV"));
        check(json!("l\0o"), Err("ENODEV"));
    }
}
