//! The vault: a wallet's records as sealed bytes at a host, and who holds the keys to them.
//!
//! Head → segments → record blobs. A compartment's head is sealed under an epoch key; whoever
//! holds that key reads everything below it. Pure data and rules, shared by wallet, host and clinic.

mod acknowledgement;
mod batches;
mod commit;
mod compartment;
mod compression;
mod entitlement;
mod envelope;
mod grant_answer;
mod head;
mod inbox_page;
mod invite;
mod link_files;
mod moved;
mod packet;
mod provider_log_page;
mod record_blob;
mod record_blob_error;
mod segment;
mod space;
mod submission;

pub use acknowledgement::{CommitTaken, LinkChanged, LinkState, SpaceOpened};
pub use batches::batches;
pub use commit::{Commit, CommitError, References};
pub use compartment::Compartment;
pub use compression::Encoding;
pub use entitlement::{Holders, Rotation, plan_rotation};
pub use envelope::{About, Accepted, Envelope, EnvelopeError};
pub use grant_answer::{BlobIds, BlobRequest, Blobs, ErrorBody, GrantAnswer, GrantEntry};
pub use head::{Head, HeadError, HeadRef, SealedHead, SegmentRef};
pub use inbox_page::InboxPage;
pub use invite::{InvalidInvite, Invite, SpaceOpening};
pub use link_files::{LinkFile, LinkFileType, LinkFiles, LinkManifest};
pub use moved::{Moved, MovedError, Place};
pub use packet::{EpochGrant, Packet, PacketError};
pub use provider_log_page::{ProviderLogPage, ProviderLogTaken};
pub use record_blob::{RecordBlob, RecordHeader};
pub use record_blob_error::RecordBlobError;
pub use segment::{Segment, SegmentEntry, merge_smaller_half};
pub use space::{LinkAction, LinkEntry, LogEntry, LogEvent, LogPage, SpaceGrant, SpaceView};
pub use submission::{Submitted, SubmittedBatch, TransactionBatch};
