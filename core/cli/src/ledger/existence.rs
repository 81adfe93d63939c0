//! `keepwell ledger batch` and `existed`: that documents existed at a time, of which the ledger learns one hash.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keepwell_ledger::AggregatorKey;
use keepwell_net::{Clock as _, Gateway, GatewayError, HttpTransport};
use keepwell_protocol::crypto::{Rng, Sha256Stream};
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{
    AggregatorRecord, BatchReceipt, Existence, ExistenceProof, MerkleTree, StateKey, TransactionError,
    TrustPolicy, TrustedState, batch_entry, path_bytes, verify_existence,
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
        .line("governance admits it by its key: keepwell ledger gov aggregator KEY")
        .into())
}

/// Records the documents' hashes as one batch, and writes the proof of each.
fn batch(options: &RecordBatch) -> Result<Answer, Failure> {
    let text = std::fs::read_to_string(&options.key)
        .map(Zeroizing::new)
        .map_err(|error| CommandError::unreadable(&options.key, &error))?;
    let key = AggregatorKey::parse(&text)?;
    let anchor = read_anchor(&options.anchor)?;
    std::fs::create_dir_all(&options.out).map_err(|error| CommandError::unwritable(&options.out, &error))?;
    let gateway = Gateway::direct(HttpTransport::new()?, &options.ledger);
    let trusted = anchor.trusted_state();

    let mut rng = Rng::system();
    let mut documents = Vec::with_capacity(options.files.len());
    for file in &options.files {
        let mut salt = [0; 32];
        rng.fill(&mut salt)?;
        documents.push((salt, hash_of(file)?));
    }
    let entries: Vec<_> = documents.iter().map(|(salt, hash)| batch_entry(salt, hash)).collect();
    let tree = MerkleTree::new(&entries).ok_or(TransactionError::Field)?;
    // One for each document before anything is recorded: what can't be written down should not be done.
    let begun = proof_names(&options.files)
        .iter()
        .map(|name| PrivateFile::begin(&options.out.join(name)))
        .collect::<Result<Vec<_>, _>>()?;

    let number = recorded_so_far(&gateway, &key, &trusted)?.saturating_add(1);
    let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let transaction = key.record(&anchor.origin(), number, count, tree.root())?;
    gateway.submit(&transaction.to_cbor(), &anchor.origin())?;
    let receipt = receipt(&gateway, &key, number)?;
    let mut longest = 0;
    let mut shown = None;
    for (at, (file, (salt, hash))) in begun.into_iter().zip(documents).enumerate() {
        let path = tree.path(at).map(|path| path_bytes(&path)).unwrap_or_default();
        let index = u64::try_from(at).unwrap_or(u64::MAX);
        let receipt = receipt.clone();
        let proof = ExistenceProof { format: ExistenceProof::FORMAT, receipt, salt, index, path }.to_cbor();
        let policy = TrustPolicy::DEMONSTRATION;
        // As whoever is given it will.
        let existence = verify_existence(&proof, &hash, &trusted, &policy, SystemClock.now())
            .map_err(GatewayError::from)?;
        file.write(|writer| writer.write_all(&proof))?;
        file.put_in_place()?;
        longest = longest.max(proof.len());
        shown = Some(existence);
    }
    let Existence { time, height, .. } = shown.ok_or(TransactionError::Field)?;
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
    let proved = patiently(|| gateway.prove(&state_key, trusted, &policy, &SystemClock))?;
    // One that is not admitted is told so when it hands in.
    let record = proved.verified.value.map(|bytes| AggregatorRecord::from_cbor(&bytes)).transpose();
    Ok(record.map_err(GatewayError::from)?.map_or(0, |record| record.batches))
}

fn receipt(
    gateway: &Gateway<HttpTransport>,
    key: &AggregatorKey,
    number: u32,
) -> Result<BatchReceipt, Failure> {
    patiently(|| match gateway.batch(&key.id(), number) {
        // The block that records it is not made yet.
        Err(GatewayError::Server(error)) if error.status == 404 => Err(GatewayError::NotYet),
        answer => answer,
    })
}

/// Asks again as long as the answer is not made yet.
fn patiently<T>(ask: impl Fn() -> Result<T, GatewayError>) -> Result<T, Failure> {
    let began = Instant::now();
    loop {
        match ask() {
            Err(GatewayError::NotYet) if began.elapsed() < BLOCK_WAIT => std::thread::sleep(PAUSE),
            answer => return Ok(answer?),
        }
    }
}

/// How long a block, and the one that proves it, is waited for.
const BLOCK_WAIT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(100);
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
