//! The functions of `<netdb.h>` and `<arpa/inet.h>` that the `libc` crate does not declare, or replaces by code of its own.
//! The symbols are those of glibc and musl.

use libc::{c_char, c_int, c_void, hostent, in_addr, in_addr_t, protoent, servent, size_t, sockaddr, socklen_t};

unsafe extern "C" {
    /// Where this thread's h_errno is.
    pub(crate) fn __h_errno_location() -> *mut c_int;

    pub(crate) fn gethostbyaddr(address: *const c_void, length: socklen_t, family: c_int) -> *mut hostent;
    pub(crate) fn gethostbyname(name: *const c_char) -> *mut hostent;
    pub(crate) fn gethostbyname2(name: *const c_char, family: c_int) -> *mut hostent;
    pub(crate) fn gethostbyname_r(
        name: *const c_char,
        host: *mut hostent,
        buffer: *mut c_char,
        size: size_t,
        result: *mut *mut hostent,
        h_errno: *mut c_int,
    ) -> c_int;
    pub(crate) fn gethostbyname2_r(
        name: *const c_char,
        family: c_int,
        host: *mut hostent,
        buffer: *mut c_char,
        size: size_t,
        result: *mut *mut hostent,
        h_errno: *mut c_int,
    ) -> c_int;
    pub(crate) fn sethostent(stayopen: c_int);
    pub(crate) fn gethostent() -> *mut hostent;
    pub(crate) fn endhostent();
    pub(crate) fn getnameinfo(
        address: *const sockaddr,
        length: socklen_t,
        host: *mut c_char,
        hostlen: socklen_t,
        service: *mut c_char,
        servlen: socklen_t,
        flags: c_int,
    ) -> c_int;

    pub(crate) fn endprotoent();
    pub(crate) fn endservent();
    pub(crate) fn getprotoent() -> *mut protoent;
    pub(crate) fn getservent() -> *mut servent;
    pub(crate) fn setprotoent(stayopen: c_int);
    pub(crate) fn setservent(stayopen: c_int);

    pub(crate) fn htonl(number: u32) -> u32;
    pub(crate) fn htons(number: u16) -> u16;
    pub(crate) fn ntohl(number: u32) -> u32;
    pub(crate) fn ntohs(number: u16) -> u16;

    pub(crate) fn inet_addr(text: *const c_char) -> in_addr_t;
    pub(crate) fn inet_aton(text: *const c_char, address: *mut in_addr) -> c_int;
    pub(crate) fn inet_lnaof(address: in_addr) -> in_addr_t;
    pub(crate) fn inet_makeaddr(net: in_addr_t, host: in_addr_t) -> in_addr;
    pub(crate) fn inet_netof(address: in_addr) -> in_addr_t;
    pub(crate) fn inet_network(text: *const c_char) -> in_addr_t;
    pub(crate) fn inet_ntoa(address: in_addr) -> *mut c_char;
    pub(crate) fn inet_ntop(family: c_int, bytes: *const c_void, text: *mut c_char, size: socklen_t) -> *const c_char;
    pub(crate) fn inet_pton(family: c_int, text: *const c_char, bytes: *mut c_void) -> c_int;
}
