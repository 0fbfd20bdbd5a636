//! A call's failure under its canonical name, the same on every platform.

use serde::{Deserialize, Serialize};

/// How a call failed.
///
/// `name` is canonical: a constant of the API (`EAI_NONAME`, `HOST_NOT_FOUND`, `EAFNOSUPPORT`), or, where the API only
/// says "no", one of [`Failure::NOT_AN_ADDRESS`] and [`Failure::NOT_FOUND`], or a language's own exception (`TypeError`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The canonical name; [`Failure::UNTOLD`] where the interface says no more than that it failed.
    pub name: String,
    /// The name of the errno beside it, where the API says that errno is set (`EAI_SYSTEM`, `NETDB_INTERNAL`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<String>,
    /// The code as the subject had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// The text that the subject had for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl Failure {
    /// inet_pton, inet_aton, inet_addr and inet_network refused the text.
    pub const NOT_AN_ADDRESS: &'static str = "NOT_AN_ADDRESS";
    /// A look-up in a database returned a null pointer.
    pub const NOT_FOUND: &'static str = "NOT_FOUND";

    /// The interface says that it failed, and no more: what it stands for is not judged.
    pub const UNTOLD: &'static str = "UNTOLD";

    /// A failure of which only the canonical name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), errno: None, code: None, text: String::new() }
    }
}
