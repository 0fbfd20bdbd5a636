//! The locale of this process: a C program has none before it asks for one.

/// Takes the encoding of the locale that the environment names (setlocale(3)): AI_IDN and NI_IDN read and write names in it. What
/// else belongs to a locale, ten files, no call looks at.
///
/// It is for a process with one thread that does nothing else: other threads might look at the locale meanwhile.
pub(crate) fn take_locale() {
    // SAFETY: the text ends in NUL, and what is returned is not looked at.
    unsafe { libc::setlocale(libc::LC_CTYPE, c"".as_ptr()) };
}
