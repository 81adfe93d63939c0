//! Sealed bytes in an object store: a local folder, S3, Google Cloud Storage or Azure.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Duration, Timestamp};
use keepwell_server::make_home;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use tokio::runtime::{Builder, Handle, Runtime};
use url::Url;

use crate::HostError;
use crate::store::Located;

/// The object store of a host, used from threads that may block.
pub(crate) struct Packs {
    objects: Arc<dyn ObjectStore>,
    root: Path,
    /// Not the server's: its threads wait here, and what reads a folder needs threads as well.
    runtime: Handle,
    owned: Option<Runtime>,
}

impl Drop for Packs {
    fn drop(&mut self) {
        // Also where waiting is not allowed.
        if let Some(runtime) = self.owned.take() {
            runtime.shutdown_background();
        }
    }
}

impl Packs {
    /// Opens the store at `url`, or in the folder `local` if there is none.
    ///
    /// Credentials of a cloud come from the environment, by the names its own tools use.
    ///
    /// # Errors
    /// [`HostError::BlobsUrl`], or what the store says.
    pub(crate) fn open(url: Option<&Url>, local: &FilePath) -> Result<Self, HostError> {
        let folder = match url {
            None => Some(local.to_owned()),
            Some(url) if url.scheme() == "file" => {
                Some(url.to_file_path().map_err(|()| HostError::BlobsUrl)?)
            }
            Some(url) if matches!(url.scheme(), "s3" | "gs" | "az") => None,
            Some(_) => return Err(HostError::BlobsUrl),
        };
        let (objects, root): (Arc<dyn ObjectStore>, Path) = match (folder, url) {
            (Some(folder), _) => {
                // Not the folder itself: where it is there it may be for more than this host.
                make_home(&folder.join(FOLDER))?;
                // What is acknowledged survives the loss of power: file and folder are synced.
                (Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)), Path::default())
            }
            (None, Some(url)) => {
                // The client inside finds its cryptography here; another one may be there already.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let environment = std::env::vars().map(|(name, value)| (name.to_ascii_lowercase(), value));
                let (objects, root) =
                    object_store::parse_url_opts(url, environment).map_err(|_| HostError::BlobsUrl)?;
                (Arc::from(objects), root)
            }
            (None, None) => return Err(HostError::BlobsUrl),
        };
        let owned =
            Builder::new_multi_thread().worker_threads(2).thread_name("packs").enable_all().build()?;
        Ok(Self { objects, root, runtime: owned.handle().clone(), owned: Some(owned) })
    }

    /// Stores a pack under a new name.
    pub(crate) fn put(&self, name: &str, blobs: Vec<Bytes>) -> Result<(), HostError> {
        let payload = PutPayload::from_iter(blobs);
        self.runtime.block_on(self.objects.put(&self.path(name), payload))?;
        Ok(())
    }

    /// Reads blobs, in the order given; none in the place of one that is lost or whose bytes do not hash to
    /// its id.
    ///
    /// # Errors
    /// [`HostError::Blobs`] if the store can't say: that is no damage.
    pub(crate) fn read(&self, places: &[Located]) -> Result<Vec<Option<Bytes>>, HostError> {
        let mut by_pack: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, place) in places.iter().enumerate() {
            by_pack.entry(place.pack.as_str()).or_default().push(at);
        }
        let mut read = vec![None; places.len()];
        for (pack, wanted) in by_pack {
            let wanted: Vec<(usize, &Located)> =
                wanted.into_iter().filter_map(|at| Some((at, places.get(at)?))).collect();
            for (at, bytes) in self.read_pack(pack, wanted)? {
                if let Some(slot) = read.get_mut(at) {
                    *slot = Some(bytes);
                }
            }
        }
        Ok(read)
    }

    /// What is sound of these blobs of one pack.
    fn read_pack<'a>(
        &self,
        pack: &str,
        mut wanted: Vec<(usize, &'a Located)>,
    ) -> Result<Vec<(usize, Bytes)>, HostError> {
        let path = self.path(pack);
        let range = |(_, place): &(usize, &'a Located)| place.start..place.start.saturating_add(place.bytes);
        let fetch = |wanted: &[(usize, &'a Located)]| {
            let ranges: Vec<_> = wanted.iter().map(range).collect();
            self.runtime.block_on(self.objects.get_ranges(&path, &ranges))
        };
        let found = match fetch(&wanted) {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(Vec::new()),
            // An object that was cut short still has what lies before the cut.
            Err(error) => {
                let size = match self.runtime.block_on(self.objects.head(&path)) {
                    Ok(meta) => meta.size,
                    Err(object_store::Error::NotFound { .. }) => return Ok(Vec::new()),
                    Err(error) => return Err(error.into()),
                };
                let before = wanted.len();
                wanted.retain(|item| range(item).end <= size);
                if wanted.len() == before {
                    return Err(error.into());
                }
                fetch(&wanted)?
            }
        };
        let sound = |((at, place), bytes): ((usize, &Located), Bytes)| {
            (crypto::blob_id(&bytes) == place.id).then_some((at, bytes))
        };
        Ok(wanted.into_iter().zip(found).filter_map(sound).collect())
    }

    /// A whole pack; none if it is lost.
    pub(crate) fn whole(&self, name: &str) -> Result<Option<Bytes>, HostError> {
        let read = self.runtime.block_on(async { self.objects.get(&self.path(name)).await?.bytes().await });
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a pack; one that is gone already is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), HostError> {
        match self.runtime.block_on(self.objects.delete(&self.path(name))) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The names of the packs that were written more than `age` before `now`.
    pub(crate) fn older_than(&self, age: Duration, now: Timestamp) -> Result<Vec<String>, HostError> {
        let before = i64::try_from(now.saturating_sub(age).0).unwrap_or(i64::MAX);
        self.runtime.block_on(async {
            let mut names = Vec::new();
            let folder = self.root.clone().join(FOLDER);
            for level in self.objects.list_with_delimiter(Some(&folder)).await?.common_prefixes {
                let found = self.objects.list_with_delimiter(Some(&level)).await?.objects;
                names.extend(
                    found
                        .iter()
                        .filter(|object| object.last_modified.timestamp() < before)
                        .filter_map(|object| object.location.filename().map(str::to_owned)),
                );
            }
            Ok(names)
        })
    }

    fn path(&self, name: &str) -> Path {
        // Two levels keep folders small: a name is 32 hexadecimal digits.
        let level = name.get(..2).unwrap_or_default();
        self.root.clone().join(FOLDER).join(level).join(name)
    }
}

const FOLDER: &str = "packs";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_and_folders_are_stores_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let open = |url: &str| Packs::open(Some(&Url::parse(url).unwrap()), folder.path()).map(drop);
        open(&format!("file://{}/blobs", folder.path().display())).unwrap();
        open("s3://bucket/prefix").unwrap();
        for url in ["ftp://example.org/", "mailto:a@example.org", "http://example.org/", "memory:///"] {
            assert!(matches!(open(url), Err(HostError::BlobsUrl)), "{url}");
        }
    }
}
