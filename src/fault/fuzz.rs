//! Answers with what no hand has written.

use serde::Deserialize;

use super::message::{HEADER, Layout, put};
use super::random::Random;
use super::{Apply, Exchange, Plan};

/// The reply is made up. A seed and a question stand for one message, in every run. The id is that of the query.
///
/// ```toml
/// fault = [
///     { fuzz = { seed = 1, how = "bytes", length = 100 } },
///     { fuzz = { seed = 2, how = "flips", length = 5 } },
///     { fuzz = { seed = 3, how = "grammar", length = 12 } },
/// ]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fuzz {
    /// What the message is drawn from.
    pub seed: u64,
    /// How it is made.
    pub how: How,
    /// How many bytes, flipped bytes, or records.
    pub length: u16,
}

/// How a message is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Of any bytes.
    Bytes,
    /// The reply with some bytes behind its id replaced.
    Flips,
    /// The header and the question of the reply, and records that are nearly right: owners, types, classes, lengths and data
    /// from those that a resolver knows and those that it must not trust.
    Grammar,
}

impl Apply for Fuzz {
    fn apply(&self, exchange: &Exchange<'_>, plan: &mut Plan) {
        let mut random = Random::of(self.seed, format!("{} {}", exchange.qtype, exchange.name).as_bytes());
        let Some(send) = plan.sends.last_mut() else { return };
        let id = exchange.query.iter().take(2).copied();
        match self.how {
            How::Bytes => send.bytes = id.chain((2..self.length.max(2)).map(|_| random.byte())).collect(),
            How::Flips => {
                for _ in 0..self.length {
                    let at = 2 + random.below(send.bytes.len().saturating_sub(2));
                    send.bytes.get_mut(at).into_iter().for_each(|byte| *byte = random.byte());
                }
            }
            How::Grammar => {
                let Some(layout) = Layout::read(&send.bytes) else { return };
                send.bytes.truncate(layout.records_at);
                let mut counts = [0_u16; 3];
                for number in 0..self.length {
                    record(&mut send.bytes, &mut random);
                    // Two thirds are answers; sections stand in order.
                    let answers = 3 * u32::from(number) < 2 * u32::from(self.length);
                    counts[if answers { 0 } else { 1 + usize::from(number % 2 == 1) }] += 1;
                }
                if random.below(8) == 0 {
                    counts[0] += 1;
                }
                for (count, at) in counts.into_iter().zip([6, 8, 10]) {
                    put(&mut send.bytes, at, count);
                }
            }
        }
        plan.notes.push(format!("fuzz {}", self.seed));
    }
}

/// Appends a record that is nearly right.
fn record(message: &mut Vec<u8>, random: &mut Random) {
    name(message, random);
    let rtype = random.one(&[1_u16, 1, 1, 28, 28, 5, 5, 39, 2, 6, 12, 15, 16, 33, 41, 46, 65, 255, 0xFF00]);
    message.extend(rtype.to_be_bytes());
    message.extend(random.one(&[1_u16, 1, 1, 1, 3, 255, 0]).to_be_bytes());
    message.extend(random.one(&[300_u32, 0, u32::MAX]).to_be_bytes());
    let mut data = Vec::new();
    match rtype {
        1 => data.extend((0..4).map(|_| random.byte())),
        28 => data.extend((0..16).map(|_| random.byte())),
        2 | 5 | 12 | 39 => name(&mut data, random),
        _ => data.extend((0..random.below(24)).map(|_| random.byte())),
    }
    let length = u16::try_from(data.len()).unwrap_or(0);
    let lie = random.one(&[0_u16, 0, 0, 0, 0, 1, u16::MAX, 2]);
    message.extend(length.wrapping_add(lie).to_be_bytes());
    message.extend(data);
}

/// Appends a name, most often that of the question.
fn name(bytes: &mut Vec<u8>, random: &mut Random) {
    match random.below(8) {
        0..=3 => bytes.extend([0xC0, HEADER as u8]),
        4 => bytes.extend(b"\x04evil\x04test\0"),
        5 => bytes.push(0),
        6 => bytes.extend([0xC0 | random.byte() & 1, random.byte()]),
        _ => {
            let length = random.below(70);
            bytes.push(length as u8);
            bytes.extend((0..length).map(|_| random.byte()));
            bytes.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{applied, reply};

    #[test]
    fn a_seed_stands_for_one_message() {
        for how in ["bytes", "flips", "grammar"] {
            let made = |seed| {
                applied(&format!("fuzz = {{ seed = {seed}, how = \"{how}\", length = 20 }}")).sends.remove(0).bytes
            };
            assert_eq!(made(1), made(1), "{how}");
            assert_ne!(made(1), made(2), "{how}");
            assert_eq!(made(1)[..2], reply()[..2], "{how}");
        }
    }

    #[test]
    fn as_much_is_made_as_told() {
        assert_eq!(applied(r#"fuzz = { seed = 1, how = "bytes", length = 40 }"#).sends[0].bytes.len(), 40);
        let flipped = applied(r#"fuzz = { seed = 1, how = "flips", length = 3 }"#).sends.remove(0).bytes;
        let different = flipped.iter().zip(reply()).filter(|(a, b)| **a != *b).count();
        assert!((1..=3).contains(&different), "{different}");
    }
}
