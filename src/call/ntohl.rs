//! ntohl(3): a 32-bit number from network order to host order.

super::ffi::order::byte_order!(Ntohl, ntohl, u32);
