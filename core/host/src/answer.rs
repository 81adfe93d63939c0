//! What a request says and what is answered, free of the server that carries them.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use keepwell_protocol::crypto::PublicKey;
use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::formats::http::Request;
use keepwell_server::{AnswerMemory, AnswerRefused, AnswerRoom, Connection};

use crate::store::SpaceKey;

/// A request as it arrived.
pub(crate) struct Call {
    /// The request, its URL under the host's public origin.
    pub(crate) request: Request,
    /// The query, as sent, without its question mark.
    pub(crate) query: Option<String>,
    /// The address of whoever asks.
    pub(crate) peer: IpAddr,
    /// Over which connection it came, and what answers share.
    pub(crate) connection: Connection,
    pub(crate) answers: Arc<AnswerMemory>,
    /// Who signed it, where its target asks for that.
    pub(crate) signer: Option<PublicKey>,
    /// The signer's space, if there is one.
    pub(crate) space: Option<SpaceKey>,
    /// When its head arrived: by this time its signature is judged.
    pub(crate) arrived: Timestamp,
    /// When all of it had arrived: everything else is judged by this.
    pub(crate) now: Timestamp,
}

impl Call {
    /// Takes memory for so many bytes of content, before they are read.
    pub(crate) fn reserve(&self, bytes: u64) -> Result<AnswerRoom, AnswerRefused> {
        self.answers.reserve(self.peer, &self.connection, bytes)
    }

    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref()?;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// What is still to be done once the answer is on its way.
pub(crate) type Afterwards = Box<dyn FnOnce() + Send>;

/// What is sent back, before the server makes HTTP of it.
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// Headers besides those of every answer.
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
    /// Of the type that the headers say; empty where there is none.
    pub(crate) body: Vec<u8>,
    /// The memory of the body, where it was taken before that was read.
    pub(crate) room: Option<AnswerRoom>,
    /// Work that must not delay the answer, lest its duration tell what the answer hides.
    pub(crate) afterwards: Option<Afterwards>,
}

impl Answer {
    /// An answer without body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), room: None, afterwards: None }
    }

    /// An answer whose body is an object.
    pub(crate) fn cbor(status: u16, object: &impl Object) -> Self {
        Self::bytes(status, "application/cbor", object.to_cbor())
    }

    /// An answer whose body is of the given type.
    pub(crate) fn bytes(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { body, ..Self::empty(status).with_header("content-type", content_type) }
    }

    /// Says that memory was taken for its body.
    pub(crate) fn within(self, room: AnswerRoom) -> Self {
        Self { room: Some(room), ..self }
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
