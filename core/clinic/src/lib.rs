//! The provider's side: keys, card, reading grants, desk page.

pub mod chart;
