//! `netdbspec fuzz`.
