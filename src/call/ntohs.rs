//! ntohs(3): a 16-bit number from network order to host order.

super::ffi::order::byte_order!(Ntohs, ntohs, u16);
