//! The names that a failure can have. A misspelt one would break its rule for every subject.

/// Whether a text is neither the canonical name of a failure (see `outcome::Failure`) nor the word for a lost subject.
/// Names of exceptions (`socket.gaierror`, `ValueError`) are taken as they are.
pub(super) fn unknown(name: &str) -> bool {
    let constant = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let known = || FAILURES.contains(&name) || ERRNO.split_ascii_whitespace().any(|errno| errno == name);
    let lost = || {
        matches!(name, "hung" | "flooded" | "babbled")
            || name.strip_prefix("exited ").is_some_and(|n| n.parse::<u8>().is_ok())
    };
    if constant || name.contains(' ') || !name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('.') {
        !known() && !lost() && name.strip_prefix("SIG").is_none_or(str::is_empty)
    } else {
        false
    }
}

/// All names that are known, for a message.
pub(super) fn known() -> Vec<&'static str> {
    FAILURES.into_iter().chain(ERRNO.split_ascii_whitespace()).collect()
}

/// Failures of the look-ups (netdb.h, getaddrinfo(3)), and our own words where the API only says "no".
const FAILURES: [&str; 28] = [
    "EAI_ADDRFAMILY",
    "EAI_AGAIN",
    "EAI_ALLDONE",
    "EAI_BADFLAGS",
    "EAI_BADHINTS",
    "EAI_CANCELED",
    "EAI_FAIL",
    "EAI_FAMILY",
    "EAI_IDN_ENCODE",
    "EAI_INPROGRESS",
    "EAI_INTR",
    "EAI_MEMORY",
    "EAI_NODATA",
    "EAI_NONAME",
    "EAI_NOTCANCELED",
    "EAI_OVERFLOW",
    "EAI_PROTOCOL",
    "EAI_SERVICE",
    "EAI_SOCKTYPE",
    "EAI_SYSTEM",
    "HOST_NOT_FOUND",
    "NETDB_INTERNAL",
    "NO_ADDRESS",
    "NO_DATA",
    "NO_RECOVERY",
    "TRY_AGAIN",
    "NOT_AN_ADDRESS",
    "NOT_FOUND",
];

/// Error numbers (errno.h, errno(3)).
const ERRNO: &str = "
    E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBADMSG EBUSY ECANCELED ECHILD ECONNABORTED
    ECONNREFUSED ECONNRESET EDEADLK EDESTADDRREQ EDOM EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EIDRM EILSEQ
    EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENETDOWN ENETRESET
    ENETUNREACH ENFILE ENOBUFS ENODATA ENODEV ENOENT ENOEXEC ENOLCK ENOLINK ENOMEM ENOMSG ENOPROTOOPT ENOSPC ENOSR ENOSTR
    ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENXIO EOPNOTSUPP EOVERFLOW EOWNERDEAD
    EPERM EPFNOSUPPORT EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EREMOTE EROFS ESHUTDOWN ESOCKTNOSUPPORT ESPIPE ESRCH
    ESTALE ETIME ETIMEDOUT ETXTBSY EUSERS EXDEV";

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(name: &str, unknown: bool) {
        assert_eq!(super::unknown(name), unknown, "{name}");
    }

    #[test]
    fn knows_constants_and_words_for_a_lost_subject() {
        for name in
            ["EAI_NONAME", "NO_DATA", "NOT_AN_ADDRESS", "EAFNOSUPPORT", "SIGSEGV", "hung", "exited 3", "babbled"]
        {
            check(name, false);
        }
    }

    #[test]
    fn takes_any_exception() {
        for name in ["ValueError", "socket.gaierror", "OverflowError"] {
            check(name, false);
        }
    }

    #[test]
    fn finds_misspelt_names() {
        for name in
            ["EAI_NONAM", "EAFNOSUP", "HOSTNOTFOUND", "SIG", "crashed", "exited", "exited 300", "", "eai_noname"]
        {
            check(name, true);
        }
    }
}
