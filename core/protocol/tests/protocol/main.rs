//! What the protocol promises, through its public interface.

mod compression;
mod crypto_jose;
mod crypto_known_answers;
mod crypto_seal;
mod crypto_signatures;
mod crypto_words;
mod existence;
mod fhir_crowds;
mod fhir_expected;
mod fhir_input;
mod fhir_nested;
mod fhir_people;
mod fhir_persons;
mod fhir_sources;
mod fhir_validity;
mod fhir_versions;
mod frozen;
mod http_oblivious;
mod http_signatures;
mod ledger_proof;
mod objects;
mod sample;
mod shl_bundle;
mod shl_link;
mod shl_manifest;
mod vault;
