//! What a case is called.

use std::fmt;

/// The id of a case: `area/topic/name`, and `@family` where it has families.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(String);

impl CaseId {
    /// The id of the case `name` of a topic `area/topic`.
    #[must_use]
    pub fn new(topic: &str, name: &str, family: Option<&str>) -> Self {
        Self(match family {
            Some(family) => format!("{topic}/{name}@{family}"),
            None => format!("{topic}/{name}"),
        })
    }

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The area: the part before the first `/`.
    #[must_use]
    pub fn area(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// `area/topic`.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(topic, _)| topic)
    }

    /// The name, with its family.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.as_str(), |(_, name)| name)
    }

    /// The family, where it has one: `inet`, `inet6`, `unix`.
    #[must_use]
    pub fn family(&self) -> Option<&str> {
        self.0.rsplit_once('@').map(|(_, family)| family)
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
