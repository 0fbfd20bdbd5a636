//! htons(3): a 16-bit number from host order to network order.

super::ffi::order::byte_order!(Htons, htons, u16);
