//! A bar whose cells show how many cases have each status. Its cells differ without colour too.

use super::paint::{Paint, glyph};
use crate::event::Counts;
use crate::verdict::Status;

/// The statuses in the order of a bar's cells.
const CELLS: [Status; 6] =
    [Status::Pass, Status::Recorded, Status::Unsupported, Status::Warn, Status::Fail, Status::Broken];

/// A bar of `width` cells. Every status that occurs has a cell at least, as long as there are cells.
pub(super) fn bar(counts: &Counts, width: usize, paint: Paint) -> String {
    let cells = share(&CELLS.map(|status| counts.of(status)), width);
    CELLS
        .iter()
        .zip(cells)
        .filter(|(_, cells)| *cells > 0)
        .map(|(status, cells)| {
            let cell = match status {
                Status::Pass => '█',
                Status::Recorded => '▒',
                Status::Unsupported => '░',
                other => glyph(*other),
            };
            paint.status(*status, &cell.to_string().repeat(cells))
        })
        .collect()
}

/// Shares out `cells` in proportion to `parts`, at least one to each that is not nothing.
fn share(parts: &[usize], cells: usize) -> Vec<usize> {
    let all: usize = parts.iter().sum();
    if all == 0 {
        return vec![0; parts.len()];
    }
    let mut shares: Vec<usize> = parts.iter().map(|part| (part * cells / all).max(usize::from(*part > 0))).collect();
    while shares.iter().sum::<usize>() < cells {
        let owed =
            |at: &usize| parts[*at] * cells * 1000 / all - (shares[*at] * 1000).min(parts[*at] * cells * 1000 / all);
        let Some(at) = (0..parts.len()).filter(|at| parts[*at] > 0).max_by_key(owed) else { break };
        shares[at] += 1;
    }
    while shares.iter().sum::<usize>() > cells {
        let Some(at) = (0..parts.len()).filter(|at| shares[*at] > 0).max_by_key(|at| shares[*at]) else { break };
        shares[at] -= 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_shared_out_in_proportion() {
        assert_eq!(share(&[10, 0, 10], 20), [10, 0, 10]);
        assert_eq!(share(&[1000, 1], 20), [19, 1]);
        assert_eq!(share(&[1, 1, 1], 20).iter().sum::<usize>(), 20);
        assert_eq!(share(&[0, 0], 20), [0, 0]);
        assert_eq!(share(&[5, 1, 1, 1], 2).iter().sum::<usize>(), 2);
    }

    #[test]
    fn a_bar_is_read_without_colour() {
        let counts = Counts { pass: 14, fail: 2, warn: 1, recorded: 2, unsupported: 1, broken: 0 };
        insta::assert_snapshot!(bar(&counts, 20, Paint::default()), @"██████████████▒▒░!✗✗");
    }
}
