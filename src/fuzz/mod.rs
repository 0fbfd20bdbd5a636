//! The subject under fire: calls, worlds and replies that are made up, the same for the same seed; what subjects make of them
//! that no subject should, and where they differ on the same bytes; each such finding shrunk to the smallest, as a case.
//!
//! | | |
//! |---|---|
//! | [`Input`] | a call in a small world with nameservers that misbehave; always an ordinary case file |
//! | `grow`, `grammar`, `mutate` | make one from a seed and a number |
//! | `told` | what the replies and files of an input have told: addresses and names that are not among it are invented |
//! | `finding` | what is found in the outcomes of one input: losses, inventions, leaks, differences |
//! | `shrink` | smaller inputs, step by step |
//! | [`hunt`] | many inputs, findings in groups |

mod features;
mod finding;
mod grammar;
mod grow;
mod hunt;
mod input;
mod mutate;
mod shrink;
mod told;
mod written;

pub use finding::{Finding, Kind};
pub use grow::Grower;
pub use hunt::{Extent, Group, Hunt, Progress, Report, hunt};
pub use input::Input;
