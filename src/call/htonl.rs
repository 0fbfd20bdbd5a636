//! htonl(3): a 32-bit number from host order to network order.

super::ffi::order::byte_order!(Htonl, htonl, u32);
