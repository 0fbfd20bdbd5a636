//! Answers with records of one's own.

use std::fmt;
use std::sync::Arc;

use hickory_proto::rr::RecordType;
use serde::Deserialize;
use serde::de::Error;

use super::message::{HEADER, Layout, OPT, Question, put, word};
use super::records::{self, Row, Writer};
use super::{Apply, Code, Exchange, Plan};

/// The reply has these records in place of its own, no error code unless `rcode` names one, and no TC unless `tc` says so. Each section is master-file
/// text with absolute names: in the order and as often as they are written, of any class, of any type (RFC 3597). The OPT
/// record stays unless `additional` has one. Other header bits and the question are those of the reply unless written.
///
/// ```toml
/// fault = [
///     { on = { name = "www.example.test." }, answer = { answer = "www.example.test. 60 IN A 192.0.2.1", aa = false } },
///     { answer = { rcode = "NXDOMAIN", authority = "test. NS ns.test.", additional = "ns.test. A 127.0.0.1" } },
///     { answer = { question = { name = "WwW.example.test.", type = "TXT", class = 3 }, ra = false, tc = true } },
///     { answer = { question = "none" } },
///     { answer = { answer = 'many.test. A \# 4 c612{04x}', repeat = 4000 } },
/// ]
/// ```
#[derive(Clone, Deserialize)]
#[serde(try_from = "Written")]
pub struct Answer {
    rcode: Code,
    /// Cases of several families, and nameservers of a world, have them in common.
    sections: Arc<[Vec<Row>; 3]>,
    /// The sections as they were written, and how often their numbered lines are.
    texts: [String; 3],
    repeat: u32,
    aa: Option<bool>,
    ra: Option<bool>,
    tc: bool,
    question: Asked,
}

/// The question section.
#[derive(Clone)]
struct Asked {
    none: bool,
    name: Option<Vec<u8>>,
    qtype: Option<u16>,
    class: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default = "noerror")]
    rcode: Code,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    authority: String,
    #[serde(default)]
    additional: String,
    /// How many lines each line with a number in it stands for.
    repeat: Option<u32>,
    aa: Option<bool>,
    ra: Option<bool>,
    #[serde(default)]
    tc: bool,
    question: Option<WrittenQuestion>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`question` is \"none\", or a table with `name`, `type` or `class`")]
enum WrittenQuestion {
    None(Nothing),
    Other(OtherQuestion),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Nothing {
    None,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherQuestion {
    name: Option<String>,
    #[serde(rename = "type")]
    qtype: Option<String>,
    class: Option<u16>,
}

fn noerror() -> Code {
    Code(0)
}

impl TryFrom<Written> for Answer {
    type Error = serde::de::value::Error;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { rcode, answer, authority, additional, repeat, aa, ra, tc, question } = written;
        let section = |name: &str, text: &str| {
            records::read(text, repeat.unwrap_or(1)).map_err(|why| Self::Error::custom(format!("`{name}`: {why}")))
        };
        let sections =
            [section("answer", &answer)?, section("authority", &authority)?, section("additional", &additional)?]
                .into();
        let (none, other) = match question {
            Some(WrittenQuestion::None(Nothing::None)) => (true, OtherQuestion::default()),
            Some(WrittenQuestion::Other(other)) => (false, other),
            None => (false, OtherQuestion::default()),
        };
        let name = other.name.as_deref().map(records::wire).transpose().map_err(Self::Error::custom)?;
        let qtype = other.qtype.as_deref().map(super::forge::record_type).transpose().map_err(Self::Error::custom)?;
        let qtype = qtype.map(|qtype: RecordType| u16::from(qtype));
        let question = Asked { none, name, qtype, class: other.class };
        let texts = [answer, authority, additional];
        Ok(Self { rcode, sections, texts, repeat: repeat.unwrap_or(1), aa, ra, tc, question })
    }
}

/// As it was written, but for the question.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer {{ rcode: {}", self.rcode)?;
        for (name, text) in ["answer", "authority", "additional"].iter().zip(&self.texts) {
            if !text.trim().is_empty() {
                write!(f, ", {name}: {:?}", text.trim())?;
            }
        }
        for (name, wanted) in [("aa", self.aa), ("ra", self.ra), ("tc", Some(true).filter(|_| self.tc))] {
            wanted.map_or(Ok(()), |on| write!(f, ", {name}: Some({on})"))?;
        }
        if self.repeat > 1 {
            write!(f, ", repeat: {}", self.repeat)?;
        }
        let Asked { none, name, qtype, class } = &self.question;
        if *none {
            f.write_str(", question: none")?;
        } else if name.is_some() || qtype.is_some() || class.is_some() {
            f.write_str(", question: another")?;
        }
        f.write_str(" }")
    }
}

impl Apply for Answer {
    fn apply(&self, _: &Exchange<'_>, plan: &mut Plan) {
        let Some(send) = plan.sends.last_mut() else { return };
        match self.rewritten(&send.bytes) {
            Some(bytes) => {
                plan.notes.push(self.note());
                send.bytes = bytes;
            }
            None => plan.notes.push("answer: the reply cannot be read".to_owned()),
        }
    }
}

impl Answer {
    fn rewritten(&self, reply: &[u8]) -> Option<Vec<u8>> {
        let layout = Layout::read(reply)?;
        let mut writer = Writer::new(reply.get(..HEADER)?);
        let asked = Question::read(reply).filter(|_| !self.question.none);
        writer.count(4, usize::from(asked.is_some()));
        if let Some(asked) = asked {
            let changed = &self.question;
            let name = changed.name.clone().unwrap_or(asked.wire);
            writer.question(&name, changed.qtype.unwrap_or(asked.qtype), changed.class.unwrap_or(asked.class));
        }
        for (section, at) in self.sections.iter().zip([6, 8, 10]) {
            writer.count(at, section.len());
            section.iter().for_each(|row| writer.row(row));
        }
        let own_opt = self.sections[2].iter().any(|row| row.rtype == OPT);
        if let Some(opt) = layout.opt().filter(|_| !own_opt) {
            writer.bytes.extend_from_slice(&reply[opt.span.clone()]);
            writer.count(10, self.sections[2].len() + 1);
        }
        let mut bytes = writer.bytes;
        let mut flags = word(&bytes, 2)?;
        for (wanted, bit) in [(self.aa, 0x0400), (self.ra, 0x0080), (Some(self.tc), 0x0200)] {
            flags = wanted.map_or(flags, |on| if on { flags | bit } else { flags & !bit });
        }
        put(&mut bytes, 2, flags);
        self.rcode.put_into(&mut bytes);
        Some(bytes)
    }

    fn note(&self) -> String {
        let counts = self.sections.each_ref().map(|section| section.len().to_string());
        format!("answer {} {}", self.rcode, counts.join("+"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{applied, reply};

    #[test]
    fn the_sections_are_others_and_the_opt_record_stays() {
        let plan = applied(
            r#"answer = { answer = "www.example.test. 60 A 192.0.2.1\nwww.example.test. 60 A 192.0.2.1", aa = false }"#,
        );
        let mut expected = reply();
        expected[2] = 0x81;
        let last = expected.len() - 12;
        expected[last] = 1;
        assert_eq!((&plan.sends[0].bytes, &plan.notes[..]), (&expected, &["answer NOERROR 2+0+0".to_owned()][..]));
    }

    #[test]
    fn the_header_and_the_question_change_where_told() {
        let plan = applied(
            r#"answer = { rcode = "NXDOMAIN", tc = true, ra = false, question = { name = "X.", type = "TYPE7", class = 3 } }"#,
        );
        let bytes = &plan.sends[0].bytes;
        assert_eq!(bytes[..19], *b"\x12\x34\x87\x03\0\x01\0\0\0\0\0\x01\x01X\0\0\x07\0\x03");
        let bytes = &applied(r#"answer = { question = "none" }"#).sends[0].bytes;
        assert_eq!((&bytes[2..12], bytes.len()), (&[0x85, 0x80, 0, 0, 0, 0, 0, 0, 0, 1][..], 12 + 11));
    }

    #[test]
    fn another_opt_record_takes_the_place_of_the_right_one() {
        let plan = applied(r#"answer = { additional = '. 0 CLASS512 TYPE41 \# 0' }"#);
        let bytes = &plan.sends[0].bytes;
        assert_eq!((bytes[11], &bytes[bytes.len() - 11..]), (1, &b"\0\0\x29\x02\0\0\0\0\0\0\0"[..]));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        for text in [r#"answer = "x""#, r#"question = "some""#, r#"question = { type = "NOPE" }"#, r#"rcode = "NOPE""#]
        {
            assert!(toml::from_str::<super::Answer>(text).is_err(), "{text}");
        }
    }
}
