//! Everything together, as its users meet it.

mod report;
