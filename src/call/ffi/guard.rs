//! Buffers for C to fill, with a guard behind them: what writes past the end is found out.

use std::ffi::{c_char, c_void};

use crate::outcome::Failure;

/// Bytes behind the buffer, and what they hold until somebody writes there.
const GUARD: usize = 64;
const MARK: u8 = 0xa5;

/// A buffer for C to fill.
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    size: usize,
}

impl Buffer {
    /// A buffer of this many bytes.
    pub(crate) fn new(size: usize) -> Self {
        Self { bytes: vec![MARK; size + GUARD], size }
    }

    /// Where it begins. As many bytes as it was made for may be written there.
    pub(crate) fn pointer(&mut self) -> *mut c_void {
        self.bytes.as_mut_ptr().cast()
    }

    /// Where it begins, for text.
    pub(crate) fn text_pointer(&mut self) -> *mut c_char {
        self.bytes.as_mut_ptr().cast()
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.size]
    }

    /// Checks that nobody wrote behind it. `what` is its name for messages.
    ///
    /// # Errors
    /// `BUFFER_OVERRUN` where somebody did, whatever else came of the call.
    pub(crate) fn intact(&self, what: &str) -> Result<(), Failure> {
        match self.bytes[self.size..].iter().rposition(|byte| *byte != MARK) {
            None => Ok(()),
            Some(last) => Err(Failure {
                text: format!("{} bytes were written past the {} bytes of {what}", last + 1, self.size),
                ..Failure::named("BUFFER_OVERRUN")
            }),
        }
    }

    /// The text in it.
    ///
    /// # Errors
    /// `NOT_TERMINATED` where no NUL ends it within the buffer.
    pub(crate) fn text(&self, what: &str) -> Result<String, Failure> {
        match self.bytes().iter().position(|byte| *byte == 0) {
            Some(end) => Ok(String::from_utf8_lossy(&self.bytes[..end]).into_owned()),
            None => Err(Failure {
                text: format!("no NUL ends the text in the {} bytes of {what}", self.size),
                ..Failure::named("NOT_TERMINATED")
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Buffer;

    fn check(size: usize, written: &[u8], intact: Result<(), &str>, text: Result<&str, &str>) {
        let mut buffer = Buffer::new(size);
        buffer.bytes[..written.len()].copy_from_slice(written);
        let name = |failure: crate::outcome::Failure| failure.name;
        assert_eq!(buffer.intact("the buffer").map_err(name), intact.map_err(str::to_owned));
        assert_eq!(buffer.text("the buffer").map_err(name), text.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn a_text_that_fits_with_its_nul_is_read() {
        check(5, b"http\0", Ok(()), Ok("http"));
        check(8, b"http\0", Ok(()), Ok("http"));
    }

    #[test]
    fn one_byte_past_the_end_is_an_overrun() {
        check(4, b"http\0", Err("BUFFER_OVERRUN"), Err("NOT_TERMINATED"));
        check(0, b"\0", Err("BUFFER_OVERRUN"), Err("NOT_TERMINATED"));
    }

    #[test]
    fn a_text_without_nul_is_told_apart() {
        check(4, b"http", Ok(()), Err("NOT_TERMINATED"));
    }
}
