//! The words of the field as types: identifiers, time, categories, sensitivities, scope, purpose.

mod category;
mod fold;
mod id;
mod object;
mod printable;
mod purpose;
mod scope;
mod search;
mod sensitivity;
mod time;

pub use category::{Category, InvalidCategory};
pub use fold::{fold, is_in_word, words};
pub use id::{
    AccountId, AggregatorId, AuditLogId, BlobId, Commitment, CompartmentId, DeliveryId, EntryHash, GatewayId,
    GrantId, IdPrefix, InvalidId, InvalidIdPrefix, LinkId, MailboxId, Origin, ProviderId, QuarantineId,
    RecordId, RequestId, Slot, SourceId, SpaceId, TxId, shortest_prefixes,
};
pub use object::{CborError, Object};
pub use printable::{is_display_control, printable, printable_json};
pub use purpose::{InvalidPurpose, Purpose};
pub use scope::{CodeFilter, InvalidScope, RecordFacts, Scope, is_reference_type};
pub use search::{SearchTerm, is_indexed_as_written, search_terms};
pub use sensitivity::{InvalidSensitivity, Sensitivity};
pub use time::{Day, Duration, InvalidTime, Timestamp};
