//! An order that says nothing.

use keepwell_protocol::crypto::Rng;

use crate::error::WalletError;

/// Puts things into a random order (Fisher and Yates).
pub(crate) fn shuffle<T>(things: &mut [T], rng: &mut Rng) -> Result<(), WalletError> {
    for last in (1..things.len()).rev() {
        // Of so few things the bias of this is below 2^-50.
        let at = u64::from_be_bytes(rng.array()?) % (last as u64 + 1);
        things.swap(last, usize::try_from(at).unwrap_or(0));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_comes_as_often_as_another() {
        let rng = &mut Rng::seeded(1);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..6_000 {
            let mut order = [1, 2, 3];
            shuffle(&mut order, rng).unwrap();
            *counts.entry(order).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
