//! The PDF that lists everything that leaves with a share.

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::assembly::AssembledBundle;

use crate::error::WalletError;

/// Adds a PDF of all that is in a Bundle to it; answers its size in bytes, or nothing if there is none: it would make the Bundle longer
/// than hosts take, this library is built without, or it can't be set, for want of which nobody is to leave a clinic unseen.
#[cfg(feature = "pdf")]
pub(super) fn add_rendering(
    bundle: &mut AssembledBundle,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<Option<u64>, WalletError> {
    use keepwell_protocol::formats::assembly::PatientSharedDocument;

    if bundle.json.len() > LONGEST_WITH_PDF {
        return Ok(None);
    }
    let Some(pdf) = rendered(bundle, now, rng)? else { return Ok(None) };
    if bundle.json.len() + pdf.len().div_ceil(3) * 4 > LONGEST_WITH_PDF {
        return Ok(None);
    }
    PatientSharedDocument::Rendering.add_to(bundle, &pdf, now, rng)?;
    Ok(Some(pdf.len() as u64))
}

#[cfg(not(feature = "pdf"))]
pub(super) fn add_rendering(
    _: &mut AssembledBundle,
    _: Timestamp,
    _: &mut Rng,
) -> Result<Option<u64>, WalletError> {
    Ok(None)
}

/// All that is in a Bundle as a PDF.
#[cfg(feature = "pdf")]
pub(super) fn rendered(
    bundle: &AssembledBundle,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<Option<Vec<u8>>, WalletError> {
    use keepwell_chart::{Chart, Entry};
    use keepwell_pdf::{About, rendered_pdf};
    use keepwell_protocol::formats::fhir::category;

    use crate::store::records::read_head;

    let mut entries = Vec::new();
    for (address, resource) in bundle.resources() {
        let category = category(&read_head(resource)?, None);
        entries.push(Entry { category, full_url: Some(address), resource, file: None });
    }
    let document_id = hex::encode(rng.array::<16>()?);
    Ok(rendered_pdf(&Chart::new(&entries), About { created: now, document_id: &document_id }).ok())
}

/// Bytes of a Bundle whose PDF goes along: encrypted and in base64url, a host takes it (`body_space_bytes` in docs/limits.md).
#[cfg(feature = "pdf")]
const LONGEST_WITH_PDF: usize = 6 * 1024 * 1024 - 4 * 1024;
