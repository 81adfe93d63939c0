//! What others compressed: one raw DEFLATE stream (RFC 1951), up to a limit.

use flate2::{Decompress, FlushDecompress, Status};
use zeroize::Zeroizing;

/// Why a stream was not inflated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum InflateError {
    /// Not one whole stream and nothing more.
    Damaged,
    /// It inflates to more than the limit.
    TooLarge,
}

/// Inflates one raw DEFLATE stream that ends where the input ends, piece by piece up to the limit.
pub(super) fn inflate(compressed: &[u8]) -> Result<Zeroizing<Vec<u8>>, InflateError> {
    let limit = compressed.len().saturating_mul(MOST_RATIO).clamp(LEAST_LIMIT, MOST_LIMIT);
    let mut stream = Decompress::new(false);
    let mut output = Zeroizing::new(Vec::new());
    loop {
        let consumed = usize::try_from(stream.total_in()).map_err(|_| InflateError::Damaged)?;
        let rest = compressed.get(consumed..).unwrap_or_default();
        let before = output.len();
        output.reserve(PIECE);
        let status = stream.decompress_vec(rest, &mut output, FlushDecompress::None);
        if output.len() > limit {
            return Err(InflateError::TooLarge);
        }
        match status.map_err(|_| InflateError::Damaged)? {
            Status::StreamEnd if stream.total_in() == compressed.len() as u64 => return Ok(output),
            Status::StreamEnd => return Err(InflateError::Damaged),
            Status::Ok | Status::BufError => {
                let stuck = output.len() == before && stream.total_in() == consumed as u64;
                if stuck {
                    return Err(InflateError::Damaged);
                }
            }
        }
    }
}

/// What every file may inflate to, what a well compressed one may, and what none may, in bytes.
pub(super) const LEAST_LIMIT: usize = 5_000_000;
const MOST_RATIO: usize = 100;
const MOST_LIMIT: usize = 100_000_000;
const PIECE: usize = 64 * 1024;
