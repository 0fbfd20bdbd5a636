//! gethostent(3): every host of the host database, one after the other.

super::ffi::walk::walk!(Gethostent, super::Hostent, sethostent, gethostent, endhostent);
