//! The patient's side: encrypted store, network, and one facade.
