//! Text and bytes, as arguments and as C gives them.

use std::ffi::{CStr, c_char};
use std::fmt::{self, Write as _};

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text argument: a string, or `{ hex = "e9636f6c65" }` for bytes that are not UTF-8. C sees it up to its first NUL.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text(Vec<u8>);

impl Text {
    /// Its bytes, without a final NUL.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its bytes with a final NUL, for C.
    pub(crate) fn for_c(&self) -> Vec<u8> {
        let mut bytes = self.0.clone();
        bytes.push(0);
        bytes
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl fmt::Display for Text {
    /// As a C literal, in quotes, with `\x..` for what does not print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for chunk in self.0.utf8_chunks() {
            for char in chunk.valid().chars() {
                match char {
                    '"' | '\\' => write!(f, "\\{char}")?,
                    '\n' => f.write_str("\\n")?,
                    '\t' => f.write_str("\\t")?,
                    char if char.is_control() => write!(f, "\\x{:02x}", u32::from(char))?,
                    char => f.write_char(char)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        f.write_char('"')
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = str::from_utf8(&self.0) {
            return serializer.serialize_str(text);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("hex", &hex::encode(&self.0))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or { hex = \"…\" } for bytes that are not UTF-8")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.as_bytes().to_vec()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        let mut text = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "hex" || text.is_some() {
                return Err(A::Error::unknown_field(&key, &["hex"]));
            }
            text = Some(Text(map.next_value::<Bytes>()?.0));
        }
        text.ok_or_else(|| A::Error::missing_field("hex"))
    }
}

/// Bytes in the order in which they lie in memory, written in lower-case hexadecimal: `"7f000001"`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        hex::decode(&digits)
            .map(Self)
            .map_err(|error| D::Error::custom(format_args!("`{digits}` are no bytes in hexadecimal: {error}")))
    }
}

/// The pointer that C takes for an optional text, which ends in NUL: null where there is none.
pub(crate) fn pointer(text: Option<&[u8]>) -> *const c_char {
    text.map_or(std::ptr::null(), |text| text.as_ptr().cast())
}

/// An optional text as C source: `"www"`, `NULL`.
pub(crate) fn or_null(text: Option<&Text>) -> String {
    text.map_or_else(|| "NULL".to_owned(), Text::to_string)
}

/// Reads a C string, with U+FFFD for what is not UTF-8; `None` for a null pointer.
///
/// # Safety
/// The pointer is null or leads to a text that ends in NUL.
pub(crate) unsafe fn read(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller says so.
    let text = unsafe { CStr::from_ptr(text) };
    Some(String::from_utf8_lossy(text.to_bytes()).into_owned())
}

/// Reads a list of pointers up to the null pointer at its end; an empty list for a null pointer.
///
/// # Safety
/// The pointer is null or leads to pointers of which the last is null.
pub(crate) unsafe fn pointers(list: *const *mut c_char) -> Vec<*const c_char> {
    let mut found = Vec::new();
    if list.is_null() {
        return found;
    }
    // SAFETY: the list goes on until its null pointer, which ends the loop.
    unsafe {
        let mut next = list;
        while !(*next).is_null() {
            found.push((*next).cast_const());
            next = next.add(1);
        }
    }
    found
}

/// Reads a list of C strings: the aliases of a host, service or protocol.
///
/// # Safety
/// As for [`pointers`], and each pointer leads to a text that ends in NUL.
pub(crate) unsafe fn texts(list: *const *mut c_char) -> Vec<String> {
    // SAFETY: the caller says so.
    unsafe { pointers(list).into_iter().filter_map(|text| read(text)).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Bytes, Text};

    fn check(written: Value, bytes: &[u8], shown: &str) {
        let text: Text = serde_json::from_value(written.clone()).unwrap();
        assert_eq!((text.as_bytes(), text.to_string().as_str()), (bytes, shown));
        assert_eq!(serde_json::to_value(&text).unwrap(), written);
    }

    #[test]
    fn a_text_is_a_string_or_bytes() {
        check(json!("www"), b"www", r#""www""#);
        check(json!(""), b"", r#""""#);
        check(json!("b\u{fc}cher\n\"\u{1}"), "b\u{fc}cher\n\"\u{1}".as_bytes(), r#""bücher\n\"\x01""#);
        check(json!({ "hex": "e9636f6c65" }), b"\xe9cole", r#""\xe9cole""#);
    }

    #[test]
    fn a_text_that_is_neither_is_refused_by_what_was_expected() {
        for (wrong, part) in [
            (json!(80), "a string, or { hex ="),
            (json!({ "hex": "e9", "more": 1 }), "unknown field `more`"),
            (json!({}), "missing field `hex`"),
            (json!({ "hex": "e" }), "no bytes in hexadecimal"),
        ] {
            let error = serde_json::from_value::<Text>(wrong).unwrap_err().to_string();
            assert!(error.contains(part), "{error} does not say {part}");
        }
    }

    #[test]
    fn bytes_are_lower_case_hexadecimal() {
        let bytes: Bytes = serde_json::from_value(json!("7F000001")).unwrap();
        assert_eq!(serde_json::to_value(bytes).unwrap(), json!("7f000001"));
    }
}
