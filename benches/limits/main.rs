//! How near the project is to what the machine can do: each figure beside a limit that is measured in the same run, in turns
//! with it. `cargo bench` prints the table, `cargo bench -- NAME…` some of its rows.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints what it found")]

mod bare;
mod case;
mod exec;
mod growth;
mod start;
mod stub;
mod table;

use table::Table;

/// A bench by its name.
type Bench = (&'static str, fn(&mut Table));

/// All of them, one file each.
const BENCHES: &[Bench] = &[
    ("case", case::bench),
    ("exec", exec::bench),
    ("growth", growth::bench),
    ("start", start::bench),
    ("stub", stub::bench),
];

fn main() {
    // Cargo adds `--bench`, whatever the user asks for.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut table = Table::new();
    for (name, bench) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            eprintln!("measuring: {name}");
            bench(&mut table);
        }
    }
    print!("{}", table.markdown());
}
