//! Share links: stored and steered by their owner, visited by anybody.

use std::sync::Arc;

use keepwell_protocol::consent::Terms;
use keepwell_protocol::crypto::base64url;
use keepwell_protocol::domain::{LinkId, Timestamp};
use keepwell_protocol::ledger::{LedgerVerdict, ledger_verdict};
use keepwell_protocol::vault::{LinkAction, LinkChanged, LogEvent};

use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{LinkChange, LinkGrant, Opening, PutLink, SpaceKey};

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
        let put = PutLink { content: &call.request.body, manifest: None };
        changed(id, self.store.put_link(space, id, &put, quota, self.kept_from(call))?)
    }

    pub(crate) fn change_link(&self, call: &Call, id: LinkId, action: LinkAction) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        changed(id, self.store.change_link(space, id, action)?)
    }

    /// Answers a visitor of a link by SMART Health Links, flag `U`.
    ///
    /// A link that never existed and one that is paused, over or of another form look the same and take the same
    /// steps; the owner's log is written when the answer is on its way.
    pub(crate) fn visit_link(self: &Arc<Self>, call: &Call, path: &str) -> Result<Answer, Refusal> {
        self.admit(&self.rates.link, 1, call)?;
        let recipient = recipient(&call.parameter("recipient").unwrap_or_default())?;
        let path: [u8; 32] = base64url::decode_array(path).map_err(|_| Refusal::NotFound)?;
        self.ensure_logged()?;
        if let Some(refused) = self.refuse_by_ledger(&path, &recipient, call.now)? {
            return Ok(refused);
        }
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
            Opening::Refused(space, event) => self.refuse_visit(space, event, call.now),
        }
    }

    /// Refuses a visitor of a link that stands with a grant, where the ledger does not prove that in force now; none
    /// where it does, and for any other link.
    pub(crate) fn refuse_by_ledger(
        self: &Arc<Self>,
        path: &[u8; 32],
        recipient: &str,
        now: Timestamp,
    ) -> Result<Option<Answer>, Refusal> {
        let Some(link) = self.store.link_grant(path, now)? else { return Ok(None) };
        let Some(outcome) = self.outcome_by_ledger(&link, now)? else { return Ok(None) };
        let (recipient, outcome) = (recipient.to_owned(), outcome.to_owned());
        let event = LogEvent::LinkOpened { link: link.id, recipient, outcome };
        self.refuse_visit(link.space, event, now).map(Some)
    }

    /// Why a link is not opened by what the ledger says of its grant; none if it is.
    pub(crate) fn outcome_by_ledger(
        &self,
        link: &LinkGrant,
        now: Timestamp,
    ) -> Result<Option<&'static str>, Refusal> {
        let verdict = self.ledger.grant(link.grant, now).map_or(LedgerVerdict::Stale, |proof| {
            ledger_verdict(proof.record.as_ref(), proof.time, now, Terms::DEFAULT_STALENESS)
        });
        Ok(match verdict {
            LedgerVerdict::InForce => None,
            LedgerVerdict::Revoked => {
                self.store.end_link_with_grant(link)?;
                Some("revoked")
            }
            LedgerVerdict::Expired => Some("expired"),
            LedgerVerdict::Absent | LedgerVerdict::Stale | LedgerVerdict::FromFuture => Some("unproved"),
        })
    }

    /// Says that nothing is there, and tells the owner who came once that is on its way.
    pub(crate) fn refuse_visit(
        self: &Arc<Self>,
        space: SpaceKey,
        event: LogEvent,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        let mut answer = Refusal::NotFound.into_answer();
        if !self.logs_refusals()? {
            return Ok(answer);
        }
        let service = Arc::clone(self);
        answer.afterwards = Some(Box::new(move || {
            if let Err(error) = service.store.log(space, now, event, None) {
                tracing::error!(code = error.code(), "access log not written");
            }
        }));
        Ok(answer)
    }
}

/// Who a visitor says they are, as it is kept.
pub(crate) fn recipient(said: &str) -> Result<String, Refusal> {
    let recipient: String = said.trim().chars().take(RECIPIENT).collect();
    if recipient.is_empty() { Err(Refusal::RecipientMissing) } else { Ok(recipient) }
}

pub(crate) fn changed(id: LinkId, change: LinkChange) -> Result<Answer, Refusal> {
    match change {
        LinkChange::Done(state) => Ok(Answer::cbor(200, &LinkChanged { id, state })),
        LinkChange::Unknown => Err(Refusal::NotFound),
        LinkChange::Conflict => Err(Refusal::LinkConflict),
        LinkChange::Full => Err(Refusal::SpaceFull),
    }
}
