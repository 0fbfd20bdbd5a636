//! What can be asked: one file a call, with its typed arguments, its typed answer and the code that performs it. What the
//! calls share with C is in `ffi/` alone.
//!
//! A new call is one file here and one row in the register at the foot of this page.
#![expect(unsafe_code, reason = "the calls are C functions")]

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outcome::{Failure, Reply};

/// One call of the API: a value of this type holds the arguments.
pub trait Call: Serialize + DeserializeOwned {
    /// What it gives when it succeeds.
    type Answer: Serialize + DeserializeOwned;

    /// What rules can look at in the answer, each with what it holds.
    const FACETS: &'static [(&'static str, &'static str)];

    /// Asks the C library that this process is linked to.
    ///
    /// # Errors
    /// The failure of the call under its canonical name, or that there is no such call here.
    fn perform(&self) -> Result<Self::Answer, NoAnswer>;

    /// The facet `name` of an answer; `None` where it is absent, null where the subject's own call does not tell it.
    /// `name` is one of [`Call::FACETS`]; without more ado it is the answer's field of that name.
    fn facet(answer: &Self::Answer, name: &str) -> Option<Value> {
        serde_json::to_value(answer).ok()?.get(name).cloned().filter(|value| !value.is_null())
    }

    /// The arguments as a C programmer would write them, without the parentheses.
    fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Why these arguments cannot go together, where they cannot. Such a call is refused when it is read.
    fn objection(&self) -> Option<String> {
        None
    }

    /// The names that the answer will have besides [`Call::FACETS`], where the arguments give them.
    fn labels(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum NoAnswer {
    /// It failed as the API lets it fail.
    Failure(Failure),
    /// It cannot be made here; the text says why.
    Unsupported(String),
}

impl From<Failure> for NoAnswer {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

mod constants;
mod ffi;
mod gai_strerror;
mod getaddrinfo;
mod getaddrinfo_res;
mod getfqdn;
mod gethostbyaddr;
mod gethostbyname;
mod gethostbyname2;
mod gethostbyname_r;
mod gethostent;
mod gethostname;

#[cfg(any(feature = "hickory", feature = "rust"))]
pub(crate) use ffi::errno::name as errno_name;
#[cfg(feature = "cli")]
pub(crate) use ffi::locale::take_locale;
pub use ffi::version::libc_version;
mod getnameinfo;
mod getprotobyname;
mod getprotobynumber;
mod getprotoent;
mod getservbyname;
mod getservbyport;
mod getservent;
mod getsockname;
mod hstrerror;
mod htonl;
mod htons;
mod if_indextoname;
mod if_nameindex;
mod if_nametoindex;
mod in6_is;
mod in6addr;
mod inet_addr;
mod inet_aton;
mod inet_lnaof;
mod inet_makeaddr;
mod inet_netof;
mod inet_network;
mod inet_ntoa;
mod inet_ntop;
mod inet_pton;
mod ntohl;
mod ntohs;
mod python;
mod round_trip;
mod sockaddr_pack;
mod sockaddr_unpack;
mod socket;
mod sockets;
mod structure;
mod under;

pub use ffi::addrinfo::{Left, Stale};
pub use ffi::constant::{
    AddrinfoError, AddrinfoFlag, AnyConstant, Constant, Family, HostError, Kind, NameinfoFlag, Protocol, SocketOption,
    Socktype,
};
pub use ffi::hostent::Hostent;
pub use ffi::link::Link;
pub use ffi::protoent::Protoent;
pub use ffi::servent::Servent;
pub use ffi::text::{Bytes, Text};

/// The register: turns its rows into [`Ask`], its names, its dispatch and the check of foreign answers.
macro_rules! register {
    ($($module:ident => $call:ident,)*) => {
        $(pub use $module::$call;)*

        /// A call with its arguments: `{ getservbyname = { name = "http" } }`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", try_from = "Unchecked")]
        #[non_exhaustive]
        pub enum Ask {
            $(#[doc = concat!("See [`", stringify!($call), "`].")] $call($call),)*
        }

        /// A call as it was read, before anybody asked whether its arguments go together.
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case", expecting = "a call with its arguments")]
        enum Unchecked {
            $($call($call),)*
        }

        impl TryFrom<Unchecked> for Ask {
            type Error = String;

            fn try_from(read: Unchecked) -> Result<Self, String> {
                match read {
                    $(Unchecked::$call(call) => match call.objection() {
                        None => Ok(Self::$call(call)),
                        Some(text) => Err(format!("{}: {text}", stringify!($module))),
                    },)*
                }
            }
        }

        impl Ask {
            /// The names of all calls.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($module)),*];

            /// The call's name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$call(_) => stringify!($module),)* }
            }

            /// What rules can look at in the answer of the call `name`, each with what it holds; `None` for no call.
            #[must_use]
            pub fn facets(name: &str) -> Option<&'static [(&'static str, &'static str)]> {
                match name { $(stringify!($module) => Some($call::FACETS),)* _ => None }
            }

            /// The names that rules can look at besides the call's facets: the labels that a script records.
            #[must_use]
            pub fn labels(&self) -> Vec<&str> {
                match self { $(Self::$call(call) => call.labels(),)* }
            }

            /// The call as a C programmer would write it: `getaddrinfo("www.python.org", "http", {AF_INET, SOCK_STREAM})`.
            #[must_use]
            pub fn written(&self) -> String {
                match self { $(Self::$call(call) => format!("{}({})", stringify!($module), call.written()),)* }
            }

            /// Asks the C library that this process is linked to.
            #[must_use]
            pub fn perform(&self) -> Reply {
                match self { $(Self::$call(call) => reply(call.perform()),)* }
            }

            /// Reads a foreign answer to the call `name` as that call's answer and writes it again in canonical form.
            ///
            /// # Errors
            /// Why the value is no answer of that call.
            pub fn check(name: &str, answer: Value) -> Result<Value, String> {
                match name {
                    $(stringify!($module) => check::<$call>(answer),)*
                    _ => Err(format!("there is no call `{name}`")),
                }
            }

            /// The facet `facet` of a canonical answer to the call `name`; `None` where it is absent.
            #[must_use]
            pub fn facet(name: &str, answer: &Value, facet: &str) -> Option<Value> {
                match name {
                    $(stringify!($module) => {
                        let answer = serde_json::from_value(answer.clone()).ok()?;
                        $call::facet(&answer, facet)
                    })*
                    _ => None,
                }
            }
        }
    };
}

fn reply<A: Serialize>(result: Result<A, NoAnswer>) -> Reply {
    match result.map(serde_json::to_value) {
        Ok(Ok(answer)) => Reply::Answer(answer),
        Ok(Err(error)) => Reply::Unsupported(format!("the answer cannot be written as JSON: {error}")),
        Err(NoAnswer::Failure(failure)) => Reply::Failure(failure),
        Err(NoAnswer::Unsupported(reason)) => Reply::Unsupported(reason),
    }
}

fn check<C: Call>(answer: Value) -> Result<Value, String> {
    let answer: C::Answer = serde_json::from_value(answer).map_err(|error| error.to_string())?;
    serde_json::to_value(&answer).map_err(|error| error.to_string())
}

register! {
    getaddrinfo => Getaddrinfo,
    getaddrinfo_res => GetaddrinfoRes,
    getnameinfo => Getnameinfo,
    round_trip => RoundTrip,
    gethostbyname => Gethostbyname,
    gethostbyname2 => Gethostbyname2,
    gethostbyname_r => GethostbynameR,
    gethostbyaddr => Gethostbyaddr,
    gethostent => Gethostent,
    hstrerror => Hstrerror,
    gethostname => Gethostname,
    getfqdn => Getfqdn,
    getservbyname => Getservbyname,
    getservbyport => Getservbyport,
    getservent => Getservent,
    getprotobyname => Getprotobyname,
    getprotobynumber => Getprotobynumber,
    getprotoent => Getprotoent,
    inet_pton => InetPton,
    inet_ntop => InetNtop,
    inet_aton => InetAton,
    inet_addr => InetAddr,
    inet_network => InetNetwork,
    inet_ntoa => InetNtoa,
    inet_makeaddr => InetMakeaddr,
    inet_lnaof => InetLnaof,
    inet_netof => InetNetof,
    htons => Htons,
    htonl => Htonl,
    ntohs => Ntohs,
    ntohl => Ntohl,
    sockaddr_pack => SockaddrPack,
    sockaddr_unpack => SockaddrUnpack,
    if_nametoindex => IfNametoindex,
    if_indextoname => IfIndextoname,
    if_nameindex => IfNameindex,
    in6addr => In6addr,
    in6_is => In6Is,
    structure => Structure,
    constants => Constants,
    gai_strerror => GaiStrerror,
    socket => Socket,
    getsockname => Getsockname,
    sockets => Sockets,
    python => Python,
    under => Under,
}
