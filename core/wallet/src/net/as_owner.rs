//! What is asked through the host, signed by the owner where that helps.

use keepwell_net::{Clock, Limits, NetError, Transport};
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::formats::http::{Request, Response, sign_request};

/// Signs each request by the owner key. Nobody has to take it: the relay answers without, but counts an owner
/// by the key and not by an address that many may share. It tells the host nothing new: this wallet's grants
/// and accounts are what it is asked about.
pub(crate) struct AsOwner<'a> {
    /// What carries the signed requests.
    pub(crate) transport: &'a dyn Transport,
    /// The key that every request is signed with; one that signs nothing leaves it unsigned.
    pub(crate) owner: &'a SigningKey,
    /// Asked for the time of each signature anew.
    pub(crate) clock: &'a dyn Clock,
}

impl Transport for AsOwner<'_> {
    fn send(&self, mut request: Request, limits: Limits) -> Result<Response, NetError> {
        // Unsigned it is answered too.
        let _ = sign_request(&mut request, self.owner, self.clock.now(), &mut Rng::system());
        self.transport.send(request, limits)
    }
}
