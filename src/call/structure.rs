//! The structures of socket addresses as the headers declare them: sizes, offsets and types of their members.
//!
//! They come from the declarations of the `libc` crate, and a test holds them against the headers.

use std::mem::{align_of, offset_of, size_of};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ffi::table::{find, inet};
use super::{Call, NoAnswer};

/// The arguments of structure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    /// Its name, without `struct`.
    pub name: Name,
}

/// What a structure is like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// How many bytes it has.
    pub size: usize,
    /// At multiples of how many bytes it lies.
    pub alignment: usize,
    /// Its members that have a name in a standard, in the order of their offsets.
    pub members: Vec<Member>,
    /// The macros that the headers define to tell which members there are: `SIN6_LEN`, where there is a `sin6_len`.
    pub macros: Vec<String>,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its type, as C writes it.
    #[serde(rename = "type")]
    pub c_type: String,
    /// Where it begins.
    pub offset: usize,
    /// How many bytes it has.
    pub size: usize,
}

/// Writes the structures with their members. Members for padding have no name that a program could rely on.
macro_rules! structures {
    ($($(#[$doc:meta])* $variant:ident $name:ident { $($member:ident: $c_type:literal),* $(,)? })*) => {
        /// The structures.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Name {
            $($(#[$doc])* $variant,)*
        }

        impl Name {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn written(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name),)* }
            }

            fn look(self) -> Answer {
                match self {
                    $(Self::$variant => {
                        type Declared = libc::$name;
                        // SAFETY: it holds numbers only, for which all bits zero are a value.
                        let zeroed: Declared = unsafe { std::mem::zeroed() };
                        Answer {
                            size: size_of::<Declared>(),
                            alignment: align_of::<Declared>(),
                            members: vec![$(Member {
                                name: stringify!($member).to_owned(),
                                c_type: $c_type.to_owned(),
                                offset: offset_of!(Declared, $member),
                                size: size_of_val(&zeroed.$member),
                            }),*],
                            macros: Vec::new(),
                        }
                    })*
                }
            }
        }
    };
}

structures! {
    /// Any address.
    Sockaddr sockaddr { sa_family: "sa_family_t", sa_data: "char[14]" }
    /// Of AF_INET.
    SockaddrIn sockaddr_in { sin_family: "sa_family_t", sin_port: "in_port_t", sin_addr: "struct in_addr" }
    /// Of AF_INET6.
    SockaddrIn6 sockaddr_in6 {
        sin6_family: "sa_family_t",
        sin6_port: "in_port_t",
        sin6_flowinfo: "uint32_t",
        sin6_addr: "struct in6_addr",
        sin6_scope_id: "uint32_t",
    }
    /// Of AF_UNIX.
    SockaddrUn sockaddr_un { sun_family: "sa_family_t", sun_path: "char[108]" }
    /// Room for an address of any family.
    SockaddrStorage sockaddr_storage { ss_family: "sa_family_t" }
    /// The IPv4 address.
    InAddr in_addr { s_addr: "in_addr_t" }
    /// The IPv6 address.
    In6Addr in6_addr { s6_addr: "uint8_t[16]" }
}

impl Call for Structure {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] = &[
        ("size", "how many bytes it has"),
        ("alignment", "at multiples of how many bytes it lies"),
        ("members", "each member as C declares it: `in_port_t sin_port`"),
        ("offsets", "where each member begins"),
        ("sizes", "how many bytes each member has"),
        ("macros", "the macros that the headers define to tell which members there are"),
    ];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let len = find(&[inet::ADDRESSES], "SIN6_LEN").filter(|entry| entry.value().is_some());
        let macros = len.filter(|_| self.name == Name::SockaddrIn6).map(|entry| entry.name.to_owned());
        Ok(Answer { macros: macros.into_iter().collect(), ..self.name.look() })
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        let members = answer.members.iter();
        Some(match name {
            "size" => answer.size.into(),
            "alignment" => answer.alignment.into(),
            "members" => members.map(|member| format!("{} {}", member.c_type, member.name)).collect(),
            "offsets" => members.map(|member| member.offset).collect(),
            "sizes" => members.map(|member| member.size).collect(),
            "macros" => answer.macros.iter().cloned().collect(),
            _ => return None,
        })
    }

    fn written(&self) -> String {
        format!("struct {}", self.name.written())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::Name;
    use crate::call::ffi::table::headers::printed;

    #[test]
    fn the_structures_are_those_of_the_headers_of_this_platform() {
        let mut source =
            "#include <netinet/in.h>\n#include <stddef.h>\n#include <stdio.h>\n#include <sys/un.h>\n".to_owned();
        source.push_str("int main(void) {\n");
        let mut expected = String::new();
        for structure in Name::ALL {
            let (name, answer) = (structure.written(), structure.look());
            writeln!(source, "printf(\"{name} %zu %zu\\n\", sizeof(struct {name}), _Alignof(struct {name}));").unwrap();
            writeln!(expected, "{name} {} {}", answer.size, answer.alignment).unwrap();
            for member in &answer.members {
                let (place, c_type) = (format!("((struct {name} *)0)->{}", member.name), &member.c_type);
                writeln!(source, "_Static_assert(__builtin_types_compatible_p(__typeof__({place}), {c_type}), \"\");")
                    .unwrap();
                let offset = format!("(size_t)&{place}");
                writeln!(source, "printf(\"{} %zu %zu\\n\", {offset}, sizeof({place}));", member.name).unwrap();
                writeln!(expected, "{} {} {}", member.name, member.offset, member.size).unwrap();
            }
        }
        source.push_str("}\n");
        let compiler = if cfg!(target_env = "musl") { "musl-gcc" } else { "cc" };
        if let Some(printed) = printed(compiler, &source) {
            assert_eq!(printed, expected);
        }
    }
}
