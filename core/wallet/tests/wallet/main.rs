//! A wallet through its facade.

mod grants_invariant;
mod grants_life;
mod healing;
mod moving;
mod own_activity;
mod parties;
mod portal;
mod promises;
mod reader;
mod receipts;
mod records_crash;
mod records_import;
mod records_list;
mod restore_damage;
mod restore_freshness;
mod restore_resumed;
mod restore_words;
mod setup;
mod shares;
mod slow_network;
mod store_frozen;
mod store_open;
mod store_unlock;
mod sync_faults;
mod trust;
mod world;
