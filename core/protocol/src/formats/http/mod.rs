//! HTTP messages as plain data, without anything that sends them.

mod binary;
mod digest;
mod evidence;
mod loopback;
mod message;
mod oblivious;
mod signature;

pub use digest::content_digest;
pub use evidence::{verify_evidence, write_evidence};
pub use loopback::{LOOPBACK_NAME, is_loopback, is_secure};
pub use message::{Method, Request, Response};
pub use oblivious::{
    ObliviousError, ObliviousKey, SEALED_ANSWER_LENGTHS, SEALED_ANSWER_TYPE, SEALED_REQUEST_LENGTHS,
    SEALED_REQUEST_TYPE, SealedQuestion,
};
pub use signature::{
    RequestSignatureError, VerifiedRequest, sign_request, verify_body, verify_request, verify_request_head,
};
