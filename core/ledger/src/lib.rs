//! The ledger: pure state machine, engines, gateway.
