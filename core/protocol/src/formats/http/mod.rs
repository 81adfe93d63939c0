//! HTTP messages as plain data, without anything that sends them.

mod digest;
mod evidence;
mod message;
mod signature;

pub use digest::content_digest;
pub use evidence::{verify_evidence, write_evidence};
pub use message::{Method, Request, Response};
pub use signature::{
    RequestSignatureError, VerifiedRequest, sign_request, verify_body, verify_request, verify_request_head,
};
