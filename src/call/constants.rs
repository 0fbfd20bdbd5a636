//! The constants of `<netdb.h>`, `<netinet/in.h>`, `<sys/socket.h>` and `<errno.h>`, as this platform's headers define them.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{AnyConstant, Call, Constant, NoAnswer};

/// The arguments of constants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constants {
    /// Their names.
    pub names: Vec<Constant<AnyConstant>>,
}

/// What they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Each with its value, in the order of the question.
    pub values: Values,
}

/// Values by name, in order: null for a constant that the headers do not define.
#[derive(Clone, Debug, PartialEq)]
pub struct Values(pub Vec<(String, Option<i64>)>);

impl Call for Constants {
    type Answer = Answer;
    const FACETS: &'static [(&'static str, &'static str)] =
        &[("values", "the values in the order of the question, null for a constant that the headers do not define")];

    fn perform(&self) -> Result<Answer, NoAnswer> {
        let values = self.names.iter().map(|constant| (constant.to_string(), constant.value())).collect();
        Ok(Answer { values: Values(values) })
    }

    fn facet(answer: &Answer, name: &str) -> Option<Value> {
        (name == "values").then(|| answer.values.0.iter().map(|(_, value)| *value).collect())
    }

    fn written(&self) -> String {
        self.names.iter().map(Constant::to_string).collect::<Vec<_>>().join(", ")
    }

    fn objection(&self) -> Option<String> {
        let number = self.names.iter().find(|constant| constant.name().is_none())?;
        Some(format!("{number} is not the name of a constant"))
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or null for each name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(entry) = map.next_entry()? {
            values.push(entry);
        }
        Ok(Values(values))
    }
}
