//! Share links: stored and steered by their owner, visited by anybody.

use std::sync::Arc;

use keepwell_protocol::crypto::base64url;
use keepwell_protocol::domain::LinkId;
use keepwell_protocol::vault::{LinkAction, LinkChanged};

use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{LinkChange, Opening};

/// The longest name of a recipient that is kept, in characters.
const RECIPIENT: usize = 256;

impl Service {
    pub(crate) fn put_link(&self, call: &Call, id: LinkId) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        if call.request.body.is_empty() {
            return Err(Refusal::Malformed("LinkEmpty"));
        }
        self.ensure_room()?;
        let quota = self.capacity.limits.space_bytes;
        changed(id, self.store.put_link(space, id, &call.request.body, quota, self.kept_from(call))?)
    }

    pub(crate) fn change_link(&self, call: &Call, id: LinkId, action: LinkAction) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        changed(id, self.store.change_link(space, id, action)?)
    }

    /// Answers a visitor of a link by SMART Health Links, flag `U`.
    ///
    /// A link that never existed and one that is paused or over look the same and take the same
    /// steps; the owner's log is written when the answer is on its way.
    pub(crate) fn visit_link(self: &Arc<Self>, call: &Call, path: &str) -> Result<Answer, Refusal> {
        self.admit(&self.rates.link, 1, call)?;
        let recipient: String =
            call.parameter("recipient").unwrap_or_default().trim().chars().take(RECIPIENT).collect();
        if recipient.is_empty() {
            return Err(Refusal::RecipientMissing);
        }
        let path: [u8; 32] = base64url::decode_array(path).map_err(|_| Refusal::NotFound)?;
        self.ensure_logged()?;
        let mut room = None;
        let make_room = |bytes| {
            room = call.reserve(bytes).ok();
            room.is_some()
        };
        match self.store.open_link(&path, &recipient, call.now, make_room)? {
            Opening::Opened(content) => {
                let answer = Answer::bytes(200, "application/jose", content);
                Ok(Answer { room, ..answer })
            }
            Opening::NoRoom => Err(Refusal::Busy),
            Opening::Unknown => Err(Refusal::NotFound),
            Opening::Refused(space, event) => {
                let mut answer = Refusal::NotFound.into_answer();
                if !self.logs_refusals()? {
                    return Ok(answer);
                }
                let (service, now) = (Arc::clone(self), call.now);
                answer.afterwards = Some(Box::new(move || {
                    if let Err(error) = service.store.log(space, now, event, None) {
                        tracing::error!(code = error.code(), "access log not written");
                    }
                }));
                Ok(answer)
            }
        }
    }
}

fn changed(id: LinkId, change: LinkChange) -> Result<Answer, Refusal> {
    match change {
        LinkChange::Done(state) => Ok(Answer::cbor(200, &LinkChanged { id, state })),
        LinkChange::Unknown => Err(Refusal::NotFound),
        LinkChange::Conflict => Err(Refusal::LinkConflict),
        LinkChange::Full => Err(Refusal::SpaceFull),
    }
}
