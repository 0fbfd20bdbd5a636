//! Answers as somebody else would who wants to be believed.

use std::net::IpAddr;
use std::time::Duration;

use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use serde::Deserialize;
use serde::de::Error;

use super::message::{put, word};
use super::{Apply, Exchange, Plan, Source};

/// A forged reply: the right one with another id, another question, other addresses, or from another source (RFC 5452
/// §9.1 lists what a resolver has to compare). With `then`, the right reply follows.
///
/// ```toml
/// fault = [
///     { on = { type = "A" }, forge = { id = 1, address = "192.0.2.66" } },
///     { forge = { question = { name = "evil.test.", type = "TXT" }, address = "192.0.2.66", then = true, then_ms = 100 } },
///     { forge = { source = { port = 5353 }, then = true } },
///     { forge = { source = { address = "127.0.0.9" } } },
/// ]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    /// What is added to the query's id; the sum wraps at 16 bits.
    #[serde(default)]
    pub id: i16,
    /// Another question.
    pub question: Option<ForgedQuestion>,
    /// The address that the forged reply gives for the name in its question, in place of all its records. Its family
    /// decides between A and AAAA, whatever was asked for.
    pub address: Option<IpAddr>,
    /// Where the forged reply leaves from. Only for datagrams.
    pub source: Option<ForgedSource>,
    /// Whether the right reply follows.
    #[serde(default)]
    pub then: bool,
    /// How many milliseconds later it follows.
    #[serde(default)]
    pub then_ms: u64,
}

/// The question of a forged reply; what is left out stays as it was asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgedQuestion {
    /// Another QNAME.
    #[serde(default, deserialize_with = "name")]
    pub name: Option<Name>,
    /// Another QTYPE, by mnemonic or as `TYPEnnn`.
    #[serde(default, rename = "type", deserialize_with = "qtype")]
    pub qtype: Option<RecordType>,
}

/// Where a forged reply leaves from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForgedSource {
    /// The address of another nameserver of the world, its port 53.
    Address(IpAddr),
    /// Another port of the same address; one of the nameserver's `other_ports`.
    Port(u16),
}

impl From<ForgedSource> for Source {
    fn from(source: ForgedSource) -> Self {
        match source {
            ForgedSource::Address(address) => Self::Address(address),
            ForgedSource::Port(port) => Self::Port(port),
        }
    }
}

fn name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Name>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.contains('\\') {
        return Err(Error::custom(format!("`{text}`: a forged name is written without escapes")));
    }
    let mut name = Name::from_ascii(&text).map_err(|error| Error::custom(format!("`{text}` is no name: {error}")))?;
    name.set_fqdn(true);
    Ok(Some(name))
}

fn qtype<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<RecordType>, D::Error> {
    record_type(&String::deserialize(deserializer)?).map(Some).map_err(Error::custom)
}

/// A record type by mnemonic or as `TYPEnnn`.
///
/// # Errors
/// Where it is neither.
pub(super) fn record_type(text: &str) -> Result<RecordType, String> {
    let upper = text.to_ascii_uppercase();
    let number = upper.strip_prefix("TYPE").and_then(|number| number.parse::<u16>().ok());
    let read = number.map(RecordType::from).or_else(|| upper.parse().ok());
    read.ok_or_else(|| format!("`{text}` is no record type; TYPEnnn is one for any number"))
}

impl Apply for Forge {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        let Some(mut bytes) = plan.sends.last().map(|send| send.bytes.clone()) else { return };
        if self.question.is_some() || self.address.is_some() {
            match self.rewritten(&bytes) {
                Some(rewritten) => bytes = rewritten,
                None => plan.notes.push("forge: the reply cannot be read".to_owned()),
            }
        }
        if let Some(id) = word(&bytes, 0) {
            put(&mut bytes, 0, id.wrapping_add_signed(self.id));
        }
        let source = self.source.map_or(Source::Asked, Source::from);
        plan.notes.push(self.note());
        plan.replace(bytes, source, self.then.then(|| Duration::from_millis(self.then_ms)));
    }
}

impl Forge {
    fn rewritten(&self, reply: &[u8]) -> Option<Vec<u8>> {
        let mut message = Message::from_vec(reply).ok()?;
        let query = message.queries.first_mut()?;
        if let Some(asked) = &self.question {
            let name = asked.name.clone().unwrap_or_else(|| query.name().clone());
            let mut forged = Query::query(name, asked.qtype.unwrap_or_else(|| query.query_type()));
            forged.set_query_class(query.query_class());
            *query = forged;
        }
        if let Some(address) = self.address {
            let data = match address {
                IpAddr::V4(address) => RData::A(address.into()),
                IpAddr::V6(address) => RData::AAAA(address.into()),
            };
            message.answers = vec![Record::from_rdata(query.name().clone(), 60, data)];
            message.authorities.clear();
            message.additionals.clear();
            message.metadata.response_code = hickory_proto::op::ResponseCode::NoError;
        }
        message.to_vec().ok()
    }

    fn note(&self) -> String {
        let mut note = "forge".to_owned();
        for (said, word) in [
            (self.id != 0, " id"),
            (self.question.is_some(), " question"),
            (self.address.is_some(), " address"),
            (self.source.is_some(), " source"),
        ] {
            note.push_str(if said { word } else { "" });
        }
        note
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::Layout;
    use super::super::testing::{applied, reply};
    use super::*;

    #[test]
    fn the_id_is_another() {
        let plan = applied("forge = { id = 1 }");
        assert_eq!((&plan.sends[0].bytes[..2], &plan.sends[0].bytes[2..]), (&b"\x12\x35"[..], &reply()[2..]));
        assert_eq!(plan.notes, ["forge id"]);
    }

    #[test]
    fn the_question_and_the_address_are_others() {
        let plan = applied(r#"forge = { question = { name = "evil.test.", type = "TXT" }, address = "192.0.2.66" }"#);
        let bytes = &plan.sends[0].bytes;
        let layout = Layout::read(bytes).unwrap();
        let question = layout.question.unwrap();
        assert_eq!((&*question.name, question.qtype), ("evil.test.", 16));
        let [answer] = &layout.sections[0][..] else { panic!("{bytes:?}") };
        assert!(bytes[answer.span.clone()].ends_with(&[192, 0, 2, 66]));
        assert_eq!(plan.notes, ["forge question address"]);
    }

    #[test]
    fn a_question_of_another_name_keeps_the_records() {
        let plan = applied(r#"forge = { question = { name = "a.much.longer.name.test." } }"#);
        let message = Message::from_vec(&plan.sends[0].bytes).unwrap();
        assert_eq!((message.answers.len(), message.edns.is_some()), (2, true));
        assert_eq!(message.answers[0].name.to_ascii(), "www.example.test.");
    }

    #[test]
    fn the_right_reply_follows_where_told() {
        let plan = applied("forge = { source = { port = 5353 }, then = true, then_ms = 20 }");
        let sent: Vec<_> = plan.sends.iter().map(|send| (send.source, send.after.as_millis())).collect();
        assert_eq!(sent, [(Source::Port(5353), 0), (Source::Asked, 20)]);
        assert_eq!(plan.sends[1].bytes, reply());
    }

    #[test]
    fn what_cannot_be_forged_is_refused() {
        for text in [
            "source = { port = 70000 }",
            "address = \"x\"",
            "question = { type = \"NOPE\" }",
            "question = { name = 'a\\032b.' }",
            "id = 99999",
        ] {
            assert!(toml::from_str::<Forge>(text).is_err(), "{text}");
        }
    }
}
