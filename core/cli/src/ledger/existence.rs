//! `keepwell ledger batch`, `stamp` and `existed`: that documents existed at a time, of which the ledger learns one hash.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keepwell_ledger::AggregatorKey;
use keepwell_net::{Clock as _, Gateway, GatewayError, HttpTransport, NetError};
use keepwell_protocol::crypto::{Rng, Sha256Stream};
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{
    AggregatorRecord, BatchReceipt, EntryGroup, EntryReceipt, Existence, ExistenceProof, MerkleTree,
    StateKey, TransactionError, TrustPolicy, TrustedState, batch_entry, path_bytes, verify_existence,
};
use keepwell_wallet::SystemClock;
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use super::anchor::read_anchor;
use super::status::ONE_SIGNER;
use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::report::{Report, counted};

/// What is recorded, by whom, and where.
#[derive(clap::Args, Debug)]
pub(crate) struct RecordBatch {
    /// The documents
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The aggregator's key, as `aggregator-key` makes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The ledger's gateway
    #[arg(long, value_name = "URL")]
    ledger: Url,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
    /// The folder for the proofs, one for each document
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What is handed in, and where.
#[derive(clap::Args, Debug)]
pub(crate) struct StampDocuments {
    /// The documents
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// A gateway of the ledger that collects for an aggregator
    #[arg(long, value_name = "URL")]
    ledger: Url,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
    /// The folder for the proofs, one for each document
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many seconds to wait at most for the gateway's next batch; without a proof nothing is written
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    wait: u64,
}

/// Where the key is written.
#[derive(clap::Args, Debug)]
pub(crate) struct MakeAggregatorKey {
    /// Where to write it; an older file is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// What is checked.
#[derive(clap::Args, Debug)]
pub(crate) struct ShowExistence {
    /// The document
    #[arg(value_name = "FILE")]
    document: PathBuf,
    /// Its proof
    #[arg(value_name = "PROOF")]
    proof: PathBuf,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
}

impl MakeAggregatorKey {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        make_key(&self.file)
    }
}

impl RecordBatch {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        batch(&self)
    }
}

impl StampDocuments {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        stamp(&self)
    }
}

impl ShowExistence {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        existed(&self.document, &self.proof, &self.anchor)
    }
}

fn make_key(file: &Path) -> Result<Answer, Failure> {
    let key = AggregatorKey::generate(&mut Rng::system())?;
    let private = PrivateFile::begin(file)?;
    let text = key.to_text();
    private.write(|writer| writer.write_all(text.as_bytes()))?;
    private.put_in_place()?;
    let (id, public) = (key.id(), key.public_key());
    Ok(Report::of_deed(json!({ "aggregator": id, "key": public.to_string() }))
        .facts(&[("aggregator", id.to_string()), ("key", public.to_string())])
        .line("Governance admits it by its key: `keepwell ledger gov aggregator KEY`.")
        .line("As aggregator.key in the home of a ledger or node its gateway collects for it, from the next start on.")
        .into())
}

/// Records the documents' hashes as one batch, and writes the proof of each.
fn batch(options: &RecordBatch) -> Result<Answer, Failure> {
    let text = std::fs::read_to_string(&options.key)
        .map(Zeroizing::new)
        .map_err(|error| CommandError::unreadable(&options.key, &error))?;
    let key = AggregatorKey::parse(&text)?;
    let anchor = read_anchor(&options.anchor)?;
    let gateway = Gateway::direct(HttpTransport::new()?, &options.ledger);
    let trusted = anchor.trusted_state();
    let documents = salted(&options.files)?;
    let entries = entries(&documents);
    let tree = MerkleTree::new(&entries).ok_or(TransactionError::Field)?;
    let begun = begin_proofs(&options.files, &options.out)?;

    let number = recorded_so_far(&gateway, &key, &trusted)?.saturating_add(1);
    let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let transaction = key.record(&anchor.origin(), number, count, tree.root())?;
    gateway.submit(&transaction.to_cbor(), &anchor.origin())?;
    let receipt = receipt(&gateway, &key, number)?;
    let proof = |at: usize, salt| {
        let path = tree.path(at).map(|path| path_bytes(&path)).unwrap_or_default();
        let (receipt, index) = (receipt.clone(), u64::try_from(at).unwrap_or(u64::MAX));
        EntryReceipt { receipt, index, path }.into_proof(salt, None)
    };
    let (Existence { time, height, .. }, longest) = write_proofs(begun, &documents, &trusted, proof)?;
    Ok(Report::of_deed(json!({
        "aggregator": key.id(),
        "number": number,
        "documents": count,
        "time": time,
        "height": height,
        "bytes": longest,
    }))
    .facts(&[
        ("batch", number.to_string()),
        ("proofs", format!("{} in {}", counted(count, "document", "documents"), options.out.display())),
        ("time", time.to_string()),
        ("bytes", format!("{longest} at most")),
    ])
    .into())
}

/// Has a gateway record the documents as one entry of its aggregator's next batch, and writes the proof of each.
fn stamp(options: &StampDocuments) -> Result<Answer, Failure> {
    let trusted = read_anchor(&options.anchor)?.trusted_state();
    let gateway = Gateway::direct(HttpTransport::new()?, &options.ledger);
    let documents = salted(&options.files)?;
    let group = EntryGroup::new(&entries(&documents)).ok_or(TransactionError::Field)?;
    let begun = begin_proofs(&options.files, &options.out)?;
    let (entry, policy) = (group.entry(), TrustPolicy::DEMONSTRATION);
    gateway.hand_in_entry(&entry)?;
    let prove = || match gateway.prove_entry(&entry, &trusted, &policy, &SystemClock) {
        // It was lost with what waited there.
        Err(GatewayError::Server(error)) if error.code() == "UnknownEntry" => {
            gateway.hand_in_entry(&entry).and(Err(GatewayError::NotYet))
        }
        proved => proved,
    };
    // The entry may be on the ledger by now: nothing that passes may cost its salts.
    let (receipt, existence) = patiently(Duration::from_secs(options.wait), || {
        prove().map_err(|error| if is_passing(&error) { GatewayError::NotYet } else { error })
    })?;
    let proof = |at: usize, salt| receipt.clone().into_proof(salt, group.place(at));
    // From what it took to get there: the anchor alone may be too old to vouch for the header.
    let (Existence { time, height, aggregator, .. }, longest) =
        write_proofs(begun, &documents, &existence.next_state, proof)?;
    let count = u64::try_from(documents.len()).unwrap_or(u64::MAX);
    Ok(Report::of_deed(json!({
        "aggregator": aggregator,
        "documents": count,
        "time": time,
        "height": height,
        "bytes": longest,
    }))
    .facts(&[
        ("proofs", format!("{} in {}", counted(count, "document", "documents"), options.out.display())),
        ("time", time.to_string()),
        ("bytes", format!("{longest} at most")),
    ])
    .into())
}

/// A document's salt, and its SHA-256.
type Salted = ([u8; 32], [u8; 32]);

/// Draws a salt for each document.
fn salted(files: &[PathBuf]) -> Result<Vec<Salted>, Failure> {
    let mut rng = Rng::system();
    files.iter().map(|file| Ok((rng.array()?, hash_of(file)?))).collect()
}

/// What stands for each document.
fn entries(documents: &[Salted]) -> Vec<[u8; 32]> {
    documents.iter().map(|(salt, hash)| batch_entry(salt, hash)).collect()
}

/// Begins a file for each proof before anything is recorded: what can't be written down should not be done.
fn begin_proofs(files: &[PathBuf], out: &Path) -> Result<Vec<PrivateFile>, Failure> {
    std::fs::create_dir_all(out).map_err(|error| CommandError::unwritable(out, &error))?;
    let begin = |name: &String| PrivateFile::begin(&out.join(name));
    proof_names(files).iter().map(begin).collect()
}

/// Writes the proof of each document, verified as whoever is given it will; answers what they show, and how long the
/// longest is, in bytes.
fn write_proofs(
    begun: Vec<PrivateFile>,
    documents: &[Salted],
    trusted: &TrustedState,
    proof: impl Fn(usize, [u8; 32]) -> ExistenceProof,
) -> Result<(Existence, usize), Failure> {
    let mut longest = 0;
    let mut shown = None;
    for (at, (file, (salt, hash))) in begun.into_iter().zip(documents).enumerate() {
        let proof = proof(at, *salt).to_cbor();
        let existence =
            verify_existence(&proof, hash, trusted, &TrustPolicy::DEMONSTRATION, SystemClock.now())
                .map_err(GatewayError::from)?;
        file.write(|writer| writer.write_all(&proof))?;
        file.put_in_place()?;
        longest = longest.max(proof.len());
        shown = Some(existence);
    }
    Ok((shown.ok_or(TransactionError::Field)?, longest))
}

/// Says when a document existed by, by its proof and the trust anchor alone.
fn existed(document: &Path, proof: &Path, anchor: &Path) -> Result<Answer, Failure> {
    let trusted = read_anchor(anchor)?.trusted_state();
    let bytes = std::fs::read(proof).map_err(|error| CommandError::unreadable(proof, &error))?;
    let hash = hash_of(document)?;
    let existence = verify_existence(&bytes, &hash, &trusted, &TrustPolicy::DEMONSTRATION, SystemClock.now())
        .map_err(GatewayError::from)?;
    let signers =
        if trusted.is_embedded() { ONE_SIGNER.to_owned() } else { existence.validators.to_string() };
    Ok(Report::new(json!({
        "time": existence.time,
        "height": existence.height,
        "aggregator": existence.aggregator,
        "validators": existence.validators,
        "bytes": bytes.len(),
        "light_block_bytes": existence.light_block_bytes,
    }))
    .facts(&[
        ("existed by", existence.time.to_string()),
        ("height", existence.height.to_string()),
        ("aggregator", existence.aggregator.to_string()),
        ("validators", signers),
        ("bytes", format!("{}, of which {} are header and votes", bytes.len(), existence.light_block_bytes)),
    ])
    .into())
}

fn hash_of(file: &Path) -> Result<[u8; 32], Failure> {
    let unreadable = |error| CommandError::unreadable(file, &error);
    let mut opened = File::open(file).map_err(unreadable)?;
    let (mut stream, mut buffer) = (Sha256Stream::default(), vec![0; BUFFER]);
    loop {
        match opened.read(&mut buffer).map_err(unreadable)? {
            0 => return Ok(stream.finish()),
            read => stream.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// The name of each document's proof: its own, and a number where another one has it.
fn proof_names(files: &[PathBuf]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut names = Vec::with_capacity(files.len());
    for file in files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut candidates = std::iter::once(format!("{name}.proof"))
            .chain((2_u64..).map(|number| format!("{name}.{number}.proof")));
        if let Some(name) = candidates.find(|candidate| taken.insert(candidate.clone())) {
            names.push(name);
        }
    }
    names
}

/// How many batches the aggregator has recorded, proved.
fn recorded_so_far(
    gateway: &Gateway<HttpTransport>,
    key: &AggregatorKey,
    trusted: &TrustedState,
) -> Result<u32, Failure> {
    let (state_key, policy) = (StateKey::Aggregator(key.id()), TrustPolicy::DEMONSTRATION);
    let proved = patiently(BLOCK_WAIT, || gateway.prove(&state_key, trusted, &policy, &SystemClock))?;
    // One that is not admitted is told so when it hands in.
    let record = proved.verified.value.map(|bytes| AggregatorRecord::from_cbor(&bytes)).transpose();
    Ok(record.map_err(GatewayError::from)?.map_or(0, |record| record.batches))
}

fn receipt(
    gateway: &Gateway<HttpTransport>,
    key: &AggregatorKey,
    number: u32,
) -> Result<BatchReceipt, Failure> {
    patiently(BLOCK_WAIT, || match gateway.batch(&key.id(), number) {
        // The block that records it is not made yet.
        Err(GatewayError::Server(error)) if error.status == 404 => Err(GatewayError::NotYet),
        answer => answer,
    })
}

/// Asks again as long as the answer is not made yet.
fn patiently<T>(wait: Duration, ask: impl Fn() -> Result<T, GatewayError>) -> Result<T, Failure> {
    let began = Instant::now();
    loop {
        match ask() {
            Err(GatewayError::NotYet) if began.elapsed() < wait => std::thread::sleep(wait / 200),
            answer => return Ok(answer?),
        }
    }
}

/// Whether the same may be answered later.
fn is_passing(error: &GatewayError) -> bool {
    match error {
        GatewayError::Net(error) => {
            matches!(error, NetError::Offline | NetError::Timeout | NetError::ConnectionBroken)
        }
        GatewayError::Server(error) => matches!(error.status, 429 | 500..=599),
        _ => false,
    }
}

/// How long a block, and the one that proves it, is waited for.
const BLOCK_WAIT: Duration = Duration::from_secs(20);
const BUFFER: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_has_a_proof_of_its_own_name() {
        let files = ["a/scan.pdf", "b/scan.pdf", "scan.pdf.2", "c/scan.pdf"].map(PathBuf::from);
        let names = proof_names(&files);
        assert_eq!(names, ["scan.pdf.proof", "scan.pdf.2.proof", "scan.pdf.2.2.proof", "scan.pdf.3.proof"]);
    }
}
