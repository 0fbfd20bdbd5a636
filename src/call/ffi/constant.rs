//! Arguments and answers that are C constants: written by C name, or as a number where there is none.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::table::{self, Entry, find, inet, netdb, option};
use crate::call::NoAnswer;

/// A set of constants that go in the same place.
pub trait Kind {
    /// What they are, in the singular, with the article: `an address family`.
    const WHAT: &'static str;
    /// The tables that hold them.
    const TABLES: &'static [&'static [Entry]];
    /// Whether 0 is one of them, and not merely the lack of one.
    const ZERO: bool;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $what:literal, zero: $zero:literal, $tables:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {}

        impl Kind for $name {
            const WHAT: &'static str = $what;
            const TABLES: &'static [&'static [Entry]] = $tables;
            const ZERO: bool = $zero;
        }
    )*};
}

kinds! {
    /// Address families: `AF_INET`.
    Family: "an address family", zero: true, &[inet::FAMILIES, inet::PROTOCOL_FAMILIES];
    /// Socket types: `SOCK_STREAM`.
    Socktype: "a socket type", zero: false, &[inet::SOCKTYPES];
    /// Protocols: `IPPROTO_TCP`.
    Protocol: "a protocol", zero: false, &[inet::PROTOCOLS];
    /// Flags of getaddrinfo: `AI_CANONNAME`.
    AddrinfoFlag: "a flag of getaddrinfo", zero: false, &[netdb::AI];
    /// Flags of getnameinfo: `NI_NAMEREQD`.
    NameinfoFlag: "a flag of getnameinfo", zero: false, &[netdb::NI];
    /// Errors of getaddrinfo and getnameinfo: `EAI_NONAME`.
    AddrinfoError: "an error of getaddrinfo", zero: false, &[netdb::EAI];
    /// Values of h_errno: `HOST_NOT_FOUND`.
    HostError: "a value of h_errno", zero: true, &[netdb::H_ERRNO];
    /// Socket options that are whole numbers: `IPV6_V6ONLY`.
    SocketOption: "a socket option", zero: false, &[option::IPV6, option::SOCKET, option::IP, option::TCP];
    /// Any constant that is known here at all.
    AnyConstant: "a constant", zero: true, table::ALL;
}

/// A constant of one kind: by its C name as it was written, or a number.
pub struct Constant<K> {
    written: Written,
    kind: PhantomData<K>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Name(&'static Entry),
    Number(i64),
}

impl<K: Kind> Constant<K> {
    /// What an answer holds for this number: its name where it has one. 0 is no protocol and stays 0.
    #[must_use]
    pub fn of(number: i64) -> Self {
        let named = table::named(K::TABLES, number).filter(|_| number != 0 || K::ZERO);
        Self { written: named.map_or(Written::Number(number), Written::Name), kind: PhantomData }
    }

    /// The C names of all constants of this kind, also of those that this platform's headers do not define.
    pub fn names() -> impl Iterator<Item = &'static str> {
        K::TABLES.iter().flat_map(|table| table.iter()).map(|entry| entry.name)
    }

    /// The constant's name, where it was written by name.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        match self.written {
            Written::Name(entry) => Some(entry.name),
            Written::Number(_) => None,
        }
    }

    /// The value as this platform's headers define it; `None` where they do not.
    #[must_use]
    pub fn value(&self) -> Option<i64> {
        match self.written {
            Written::Name(entry) => entry.value(),
            Written::Number(number) => Some(number),
        }
    }

    /// The value as a C int: a number above `INT_MAX` is the int with the same bits.
    ///
    /// # Errors
    /// When this platform's headers do not define the constant.
    pub(crate) fn int(&self) -> Result<libc::c_int, NoAnswer> {
        let value = self
            .value()
            .ok_or_else(|| NoAnswer::Unsupported(format!("{self} is not defined by the headers of this platform")))?;
        // Values are checked on reading; they fit in 32 bits with or without a sign.
        Ok(value as libc::c_int)
    }

    /// The flags of a list, or-ed.
    ///
    /// # Errors
    /// When this platform's headers do not define one of them.
    pub(crate) fn union(flags: &[Self]) -> Result<libc::c_int, NoAnswer> {
        flags.iter().try_fold(0, |union, flag| Ok(union | flag.int()?))
    }
}

/// Reads a constant of an answer: a number that has a name becomes that name, so that all subjects print alike.
pub(crate) fn canonical<'de, K: Kind, D: Deserializer<'de>>(deserializer: D) -> Result<Constant<K>, D::Error> {
    let constant = Constant::<K>::deserialize(deserializer)?;
    Ok(constant.value().map_or_else(|| constant.clone(), Constant::of))
}

/// As [`canonical`], for what a runtime's own call may not tell.
pub(crate) fn told<'de, K: Kind, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Constant<K>>, D::Error> {
    let constant = Option::<Constant<K>>::deserialize(deserializer)?;
    Ok(constant.map(|constant| constant.value().map_or_else(|| constant.clone(), Constant::of)))
}

/// A list of flags as C writes it: `AI_PASSIVE | AI_CANONNAME`, `0`.
pub(crate) fn list<K: Kind>(flags: &[Constant<K>]) -> String {
    let flags: Vec<_> = flags.iter().map(Constant::to_string).collect();
    if flags.is_empty() { "0".to_owned() } else { flags.join(" | ") }
}

impl<K> Clone for Constant<K> {
    fn clone(&self) -> Self {
        Self { written: self.written, kind: PhantomData }
    }
}

impl<K> PartialEq for Constant<K> {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl<K> Default for Constant<K> {
    fn default() -> Self {
        Self { written: Written::Number(0), kind: PhantomData }
    }
}

impl<K> fmt::Display for Constant<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written {
            Written::Name(entry) => f.write_str(entry.name),
            Written::Number(number) => write!(f, "{number}"),
        }
    }
}

impl<K> fmt::Debug for Constant<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Serialize for Constant<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.written {
            Written::Name(entry) => serializer.serialize_str(entry.name),
            Written::Number(number) => serializer.serialize_i64(number),
        }
    }
}

impl<'de, K: Kind> Deserialize<'de> for Constant<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

struct Reader<K>(PhantomData<K>);

impl<K: Kind> Visitor<'_> for Reader<K> {
    type Value = Constant<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by its C name, or a number", K::WHAT)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        match find(K::TABLES, name) {
            Some(entry) => Ok(Constant { written: Written::Name(entry), kind: PhantomData }),
            None => Err(E::custom(format_args!("`{name}` is not the name of {}; {}", K::WHAT, known::<K>(name)))),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        if !(i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&number) {
            return Err(E::custom(format_args!("{number} does not fit in 32 bits")));
        }
        Ok(Constant { written: Written::Number(number), kind: PhantomData })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// The names that may have been meant: those with the same prefix, or the first of all; twelve at most.
fn known<K: Kind>(name: &str) -> String {
    const MOST: usize = 12;
    let prefix = name.split_inclusive('_').next().filter(|prefix| prefix.ends_with('_')).unwrap_or_default();
    let alike: Vec<_> = Constant::<K>::names().filter(|name| !prefix.is_empty() && name.starts_with(prefix)).collect();
    let names = if alike.is_empty() { Constant::<K>::names().collect() } else { alike };
    let more = if names.len() > MOST { ", …" } else { "" };
    format!("known are {}{more}", names[..names.len().min(MOST)].join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{AddrinfoFlag, AnyConstant, Constant, Family, Kind, NameinfoFlag, Protocol, Socktype};

    fn check<K: Kind>(written: Value, value: Result<Option<i64>, &str>) {
        match (serde_json::from_value::<Constant<K>>(written.clone()), value) {
            (Ok(constant), Ok(value)) => {
                assert_eq!(constant.value(), value, "{written}");
                assert_eq!(serde_json::to_value(&constant).unwrap(), written, "written back as it was");
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error} does not say {part}"),
            (read, _) => panic!("{written} gave {read:?}"),
        }
    }

    #[test]
    fn a_constant_is_read_by_name_or_number_and_kept_as_it_was_written() {
        check::<Family>(json!("AF_INET6"), Ok(Some(10)));
        check::<Family>(json!("AF_LOCAL"), Ok(Some(1)));
        check::<Family>(json!(-1), Ok(Some(-1)));
        check::<AddrinfoFlag>(json!(0x8000_0000_u32), Ok(Some(0x8000_0000)));
        check::<NameinfoFlag>(json!("NI_NUMERICSCOPE"), Ok(cfg!(target_env = "musl").then_some(256)));
        check::<AnyConstant>(json!("INADDR_LOOPBACK"), Ok(Some(0x7f00_0001)));
    }

    #[test]
    fn an_unknown_name_is_refused_and_the_known_ones_are_named() {
        check::<Family>(
            json!("inet"),
            Err("`inet` is not the name of an address family; known are AF_UNSPEC, AF_INET"),
        );
        check::<Socktype>(json!("SOCK_TREAM"), Err("known are SOCK_STREAM, SOCK_DGRAM"));
        check::<AddrinfoFlag>(json!("NI_DGRAM"), Err("known are AI_PASSIVE"));
        check::<AnyConstant>(json!("NI_NUMERIC"), Err("known are NI_NUMERICHOST"));
        check::<Family>(json!(1_i64 << 32), Err("does not fit in 32 bits"));
        check::<Family>(json!(null), Err("an address family by its C name, or a number"));
    }

    #[test]
    fn a_number_of_an_answer_prints_under_the_name_that_stands_first() {
        for (number, expected) in [(1, "AF_UNIX"), (0, "AF_UNSPEC"), (2, "AF_INET"), (16, "AF_NETLINK"), (99, "99")] {
            assert_eq!(Constant::<Family>::of(number).to_string(), expected);
        }
        for (number, expected) in [(0, "0"), (6, "IPPROTO_TCP"), (200, "200")] {
            assert_eq!(Constant::<Protocol>::of(number).to_string(), expected);
        }
    }
}
