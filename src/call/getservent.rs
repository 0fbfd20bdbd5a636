//! getservent(3): every service, one after the other.

super::ffi::walk::walk!(Getservent, super::Servent, setservent, getservent, endservent);
