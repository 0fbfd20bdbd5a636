//! Answers with another OPT record, or without one.

use serde::Deserialize;

use super::message::{HEADER, Layout, OPT, put, word};
use super::{Apply, Exchange, Plan};

/// The OPT record of the reply (RFC 6891 §6.1) is another. `strip` leaves it out, `echo` sends that of the query back; any
/// other key makes one where there was none.
///
/// ```toml
/// fault = [
///     { on = { edns = true }, edns = { strip = true } },
///     { edns = { echo = true } },
///     { edns = { size = 100, upper = 1, version = 1, flags = 0x8001 } },
///     { edns = { options = [{ code = 10, hex = "0011223344556677" }, { code = 65001, hex = "" }] } },
/// ]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edns {
    /// Whether there is none.
    #[serde(default)]
    pub strip: bool,
    /// Whether it is that of the query.
    #[serde(default)]
    pub echo: bool,
    /// The UDP payload size.
    pub size: Option<u16>,
    /// The upper eight bits of the response code.
    pub upper: Option<u8>,
    /// The version.
    pub version: Option<u8>,
    /// The DO bit (0x8000) and those that must be zero.
    pub flags: Option<u16>,
    /// Options in place of those that are there.
    pub options: Option<Vec<Opt>>,
}

/// An option.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opt {
    /// Its code.
    pub code: u16,
    /// Its data.
    #[serde(with = "hex")]
    pub hex: Vec<u8>,
}

impl Apply for Edns {
    fn apply(&self, exchange: &Exchange<'_>, plan: &mut Plan) {
        for send in &mut plan.sends {
            if let Some(bytes) = self.changed(exchange.query, &send.bytes) {
                send.bytes = bytes;
            }
        }
        plan.notes.push(if self.strip { "edns strip" } else { "edns" }.to_owned());
    }
}

impl Edns {
    fn changed(&self, query: &[u8], reply: &[u8]) -> Option<Vec<u8>> {
        let layout = Layout::read(reply)?;
        let own = layout.opt().map(|opt| opt.span.clone());
        let asked = || Layout::read(query)?.opt().map(|opt| query[opt.span.clone()].to_vec());
        let mut opt = match &own {
            _ if self.echo => asked()?,
            Some(span) => reply[span.clone()].to_vec(),
            // The root, OPT, a payload of 1232 bytes, and zeros.
            None => vec![0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0],
        };
        debug_assert_eq!(word(&opt, 1), Some(OPT));
        self.size.into_iter().for_each(|size| put(&mut opt, 3, size));
        for (wanted, at) in [(self.upper, 5), (self.version, 6)] {
            wanted.into_iter().for_each(|value| opt[at] = value);
        }
        self.flags.into_iter().for_each(|flags| put(&mut opt, 7, flags));
        if let Some(options) = &self.options {
            opt.truncate(11);
            for option in options {
                opt.extend(option.code.to_be_bytes());
                opt.extend(u16::try_from(option.hex.len()).ok()?.to_be_bytes());
                opt.extend(&option.hex);
            }
            let length = u16::try_from(opt.len() - 11).ok()?;
            put(&mut opt, 9, length);
        }
        let mut bytes = reply.to_vec();
        let (at, mut count) =
            own.as_ref().map_or((reply.len(), word(reply, 10)? + 1), |own| (own.start, word(reply, 10).unwrap_or(1)));
        if let Some(own) = own {
            bytes.drain(own);
        }
        if self.strip {
            count = count.saturating_sub(1);
        } else {
            bytes.splice(at.max(HEADER)..at.max(HEADER), opt);
        }
        put(&mut bytes, 10, count);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{applied, reply};

    fn opt(fault: &str) -> Vec<u8> {
        let bytes = applied(fault).sends.remove(0).bytes;
        assert_eq!(bytes[11], 1);
        bytes[reply().len() - 11..].to_vec()
    }

    #[test]
    fn the_opt_record_goes() {
        let bytes = &applied("edns = { strip = true }").sends[0].bytes;
        assert_eq!((bytes[11], bytes.len()), (0, reply().len() - 11));
    }

    #[test]
    fn the_opt_record_is_another() {
        let changed = opt("edns = { size = 100, upper = 1, version = 2, flags = 0x8001 }");
        assert_eq!(changed, [0, 0, 41, 0, 100, 1, 2, 0x80, 1, 0, 0]);
        let changed = opt(r#"edns = { options = [{ code = 10, hex = "ff" }, { code = 3, hex = "" }] }"#);
        assert_eq!(changed[9..], [0, 9, 0, 10, 0, 1, 0xff, 0, 3, 0, 0]);
        assert_eq!(opt("edns = { echo = true }"), [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn an_opt_record_is_made_where_there_is_none() {
        let mut plan = applied("edns = { strip = true }");
        let fault: super::super::Fault = toml::from_str("edns = { size = 7 }").unwrap();
        super::super::Apply::apply(
            &fault.kind,
            &super::super::testing::exchange(crate::outcome::Transport::Udp),
            &mut plan,
        );
        let bytes = &plan.sends[0].bytes;
        assert_eq!((bytes[11], &bytes[bytes.len() - 8..bytes.len() - 6]), (1, &[0, 7][..]));
    }
}
