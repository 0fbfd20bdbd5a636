//! getprotoent(3): every protocol, one after the other.

super::ffi::walk::walk!(Getprotoent, super::Protoent, setprotoent, getprotoent, endprotoent);
