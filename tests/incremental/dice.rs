//! Chance that can be repeated: the same seed, the same throws.

/// SplitMix64: small, and its numbers are the same everywhere for ever.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ 0x5851_F42D_4C95_7F2D)
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.throw() % u64::try_from(limit).unwrap()).unwrap()
    }

    /// True once in `times`.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of them; none of none.
    pub(crate) fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.below(all.len())].clone()) }
    }

    /// One of them that is not `other`.
    pub(crate) fn pick_but(&mut self, all: &[&'static str], other: Option<&str>) -> Option<&'static str> {
        let rest: Vec<&'static str> = all.iter().copied().filter(|one| Some(*one) != other).collect();
        self.pick(&rest)
    }

    /// A word that no file has.
    pub(crate) fn word(&mut self) -> String {
        format!("word{}", self.below(100_000))
    }
}
