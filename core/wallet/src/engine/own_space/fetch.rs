//! Fetching sealed bytes in batches, the next while one is stored; what is not there, or is not what
//! its name says, is named by its place.

use std::ops::Range;
use std::sync::mpsc;
use std::thread;

use keepwell_net::NetError;
use keepwell_protocol::crypto::{self, Rng};
use keepwell_protocol::domain::BlobId;
use keepwell_protocol::vault::{self, BlobIds};

use crate::error::WalletError;
use crate::net::{HostClient, RemoteError, ServerCode};
use crate::store::{Store, StoreError, restoring};

/// Sealed bytes by their places in the list that was asked for; none for what is missing or damaged.
pub(crate) type Fetched = Vec<(usize, Option<Vec<u8>>)>;

/// A blob to be fetched, and about how long it is.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) blob: BlobId,
    pub(crate) length: u64,
}

/// Fetches a wallet's own blobs.
pub(crate) struct Fetcher<'a> {
    host: &'a HostClient<'a>,
    rng: &'a mut Rng,
    /// Whether any blob came.
    any: bool,
    /// The last failure of the host itself, for which a blob was given up.
    failed: Option<RemoteError>,
}

impl<'a> Fetcher<'a> {
    pub(crate) fn new(host: &'a HostClient<'a>, rng: &'a mut Rng) -> Self {
        Self { host, rng, any: false, failed: None }
    }

    /// Fetches blobs and gives each batch to `receive`, while the next is on its way.
    ///
    /// At most two batches are in memory, each about [`BATCH`] bytes or one blob.
    pub(crate) fn fetch(
        &mut self,
        wanted: &[Wanted],
        receive: &mut dyn FnMut(Fetched) -> Result<(), WalletError>,
    ) -> Result<(), WalletError> {
        let batches = batches(wanted);
        if let [all] = batches.as_slice() {
            return receive(self.fetch_places(all.clone(), wanted)?);
        }
        thread::scope(|scope| {
            let (send, received) = mpsc::sync_channel(0);
            scope.spawn(move || {
                for batch in batches {
                    let fetched = self.fetch_places(batch, wanted);
                    let failed = fetched.is_err();
                    if send.send(fetched).is_err() || failed {
                        return;
                    }
                }
            });
            received.into_iter().try_for_each(|fetched| receive(fetched?))
        })
    }

    /// Fetches blobs that are opened only when all of them are there: what came before this restore was
    /// broken off is taken from the store.
    pub(crate) fn fetch_kept(
        &mut self,
        store: &mut Store,
        wanted: &[Wanted],
    ) -> Result<Vec<Option<Vec<u8>>>, WalletError> {
        let mut all = wanted
            .iter()
            .map(|wanted| restoring::kept(store.read(), wanted.blob))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let absent = |(at, sealed): (usize, &Option<Vec<u8>>)| sealed.is_none().then_some(at);
        let places: Vec<usize> = all.iter().enumerate().filter_map(absent).collect();
        let rest: Vec<Wanted> = places.iter().filter_map(|at| wanted.get(*at).copied()).collect();
        self.fetch(&rest, &mut |fetched| {
            store.write(&mut Rng::system(), |transaction, _| {
                for (at, sealed) in fetched {
                    let Some((wanted, sealed)) = rest.get(at).zip(sealed) else { continue };
                    restoring::keep(transaction, wanted.blob, &sealed)?;
                    if let Some(slot) = places.get(at).and_then(|at| all.get_mut(*at)) {
                        *slot = Some(sealed);
                    }
                }
                Ok(())
            })
        })?;
        Ok(all)
    }

    /// Fails if blobs were given up because the host failed, and no other shows that it works.
    pub(crate) fn finish(self) -> Result<(), WalletError> {
        match self.failed {
            Some(error) if !self.any => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn fetch_places(&mut self, places: Range<usize>, wanted: &[Wanted]) -> Result<Fetched, WalletError> {
        let ids: Vec<BlobId> =
            wanted.get(places.clone()).unwrap_or_default().iter().map(|wanted| wanted.blob).collect();
        Ok(places.zip(self.fetch_ids(&ids)?).collect())
    }

    /// Fetches blobs in their order, by halves where the host does not give all of them.
    fn fetch_ids(&mut self, ids: &[BlobId]) -> Result<Vec<Option<Vec<u8>>>, WalletError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let error = match self.host.fetch_blobs(ids, self.rng) {
            Ok(blobs) => {
                self.any = true;
                let whole = |(id, blob): (&BlobId, Vec<u8>)| (crypto::blob_id(&blob) == *id).then_some(blob);
                return Ok(ids.iter().zip(blobs).map(whole).collect());
            }
            Err(error) => error,
        };
        let Some(refusal) = Refusal::of(&error) else { return Err(error.into()) };
        let (first, second) = ids.split_at(ids.len() / 2);
        if first.is_empty() {
            if refusal == Refusal::Unclear {
                self.failed = Some(error);
            }
            return Ok(vec![None]);
        }
        let mut blobs = self.fetch_ids(first)?;
        blobs.extend(self.fetch_ids(second)?);
        Ok(blobs)
    }
}

/// Why a host gives none of several blobs although it answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Refusal {
    /// It says that one is not there, or that they are too long.
    Clear,
    /// It can't read one, or something in between answered: believed only of a host that gives others.
    Unclear,
}

impl Refusal {
    /// What a failure says about the blobs; `None`: nothing, the same may be asked again.
    fn of(error: &RemoteError) -> Option<Self> {
        match error {
            RemoteError::Net(NetError::ResponseTooLarge { .. }) => Some(Self::Clear),
            RemoteError::Server(refused) => match (refused.status, error.server_code()) {
                (404, Some(ServerCode::NotFound | ServerCode::BlobMissing)) | (413, _) => Some(Self::Clear),
                (404 | 410 | 500, _) => Some(Self::Unclear),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The places of blobs that are asked for together.
fn batches(wanted: &[Wanted]) -> Vec<Range<usize>> {
    let lengths: Vec<u64> = wanted.iter().map(|one| one.length).collect();
    vault::batches(&lengths, BATCH, BlobIds::LIMIT)
}

/// About how many bytes are asked for at once: 4 seconds at 2 Mbit/s, so that a connection that does
/// not last brings something, and waiting for answers takes little of the time.
const BATCH: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_full_and_none_is_too_long_unless_one_blob_is() {
        let wanted = |lengths: &[u64]| -> Vec<Wanted> {
            lengths
                .iter()
                .map(|length| Wanted { blob: BlobId::from_bytes([0; 32]), length: *length })
                .collect()
        };
        assert_eq!(batches(&[]), []);
        assert_eq!(batches(&wanted(&[BATCH / 2, BATCH / 2, 1])), [0..2, 2..3]);
        assert_eq!(batches(&wanted(&[1, BATCH * 5, 1])), [0..1, 1..2, 2..3]);
        let many = batches(&wanted(&vec![1; BlobIds::LIMIT + 1]));
        assert_eq!(many, [0..BlobIds::LIMIT, BlobIds::LIMIT..BlobIds::LIMIT + 1]);
    }
}
