//! Answers with bytes of one's own making.

use std::time::Duration;

use serde::Deserialize;
use serde::de::Error;

use super::{Apply, Exchange, Plan, Source};

/// A message of any bytes goes out: those of `hex`, or without `hex` those of the reply, and without its last `cut`
/// bytes. With `id`, the first two bytes of `hex` are replaced by the query's id.
///
/// ```toml
/// fault = [
///     { on = { name = "junk.example.test." }, bytes = { hex = "0000 8180 0001 0000 0000 0000", then = true, then_ms = 50 } },
///     { on = { name = "short.example.test." }, bytes = { cut = 2 } },
/// ]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct Bytes {
    /// The message; none: the reply's own bytes.
    pub hex: Option<Vec<u8>>,
    /// Whether the first two bytes of `hex` are replaced by those of the query.
    pub id: bool,
    /// How many bytes are left out at the end.
    pub cut: usize,
    /// Whether the reply follows.
    pub then: bool,
    /// How many milliseconds later it follows.
    pub then_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    hex: Option<String>,
    id: Option<bool>,
    #[serde(default)]
    cut: usize,
    #[serde(default)]
    then: bool,
    #[serde(default)]
    then_ms: u64,
}

impl TryFrom<Written> for Bytes {
    type Error = serde::de::value::Error;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let hex = written.hex.map(|text| {
            let digits: String = text.split_whitespace().collect();
            hex::decode(digits).map_err(|error| Self::Error::custom(format!("`hex` is not hexadecimal: {error}")))
        });
        let hex = hex.transpose()?;
        if hex.is_none() && (written.cut == 0 || written.id.is_some()) {
            return Err(Self::Error::custom("`bytes` needs `hex`, or `cut` without `id`: which bytes are to be sent?"));
        }
        let Written { id, cut, then, then_ms, .. } = written;
        Ok(Self { hex, id: id.unwrap_or(true), cut, then, then_ms })
    }
}

impl Apply for Bytes {
    fn apply(&self, exchange: &Exchange<'_>, plan: &mut Plan) {
        let Some(mut bytes) = self.hex.clone().or_else(|| Some(plan.sends.last()?.bytes.clone())) else { return };
        if self.id && self.hex.is_some() {
            for (byte, asked) in bytes.iter_mut().zip(exchange.query.iter().take(2)) {
                *byte = *asked;
            }
        }
        bytes.truncate(bytes.len().saturating_sub(self.cut));
        plan.notes.push(format!("bytes {}", bytes.len()));
        plan.replace(bytes, Source::Asked, self.then.then(|| Duration::from_millis(self.then_ms)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::{applied, reply};

    #[test]
    fn the_bytes_carry_the_id_of_the_query() {
        let plan = applied(r#"bytes = { hex = "0000 ffff" }"#);
        assert_eq!(plan.sends.iter().map(|send| &send.bytes[..]).collect::<Vec<_>>(), [b"\x12\x34\xff\xff"]);
        assert_eq!(plan.notes, ["bytes 4"]);
        let plan = applied(r#"bytes = { hex = "0000ffff", id = false }"#);
        assert_eq!(plan.sends[0].bytes, b"\0\0\xff\xff");
    }

    #[test]
    fn the_reply_follows_where_told() {
        let plan = applied(r#"bytes = { hex = "00", then = true, then_ms = 30 }"#);
        assert_eq!(plan.sends[0].bytes, b"\x12");
        assert_eq!((&plan.sends[1].bytes, plan.sends[1].after), (&reply(), Duration::from_millis(30)));
    }

    #[test]
    fn the_reply_is_cut_at_its_end() {
        let plan = applied("bytes = { cut = 2 }");
        assert_eq!(plan.sends[0].bytes, reply()[..reply().len() - 2]);
        assert_eq!(applied("bytes = { cut = 9999 }").sends[0].bytes, b"");
        assert_eq!(applied(r#"bytes = { hex = "" }"#).sends[0].bytes, b"");
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for text in ["", "cut = 0", "hex = \"0\"", "hex = \"zz\"", "cut = 1\nid = true"] {
            assert!(toml::from_str::<super::Bytes>(text).is_err(), "{text}");
        }
    }
}
