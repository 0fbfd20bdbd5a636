//! Shared by the kinds: numbers that look random and are the same in every run.

/// A generator of numbers (SplitMix64): a seed stands for a sequence.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of a seed and these bytes.
    pub(crate) fn of(seed: u64, bytes: &[u8]) -> Self {
        let mut random = Self(seed);
        for byte in bytes {
            random.0 = random.next() ^ u64::from(*byte);
        }
        random
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        // The remainder is below `limit`, which is a usize.
        (self.next() % limit.max(1) as u64) as usize
    }

    /// A byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    /// One of several.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
