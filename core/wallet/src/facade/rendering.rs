//! The PDFs that leave with a share: what lists everything, and what the patient tells.

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::assembly::{AssembledBundle, AssemblyError};

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

/// Adds what the patient tells to a Bundle, as a PDF.
///
/// # Errors
/// [`AssemblyError::Story`] if it is longer than [`LONGEST_STORY`], or can't be set.
#[cfg(feature = "pdf")]
pub(super) fn add_story(
    bundle: &mut AssembledBundle,
    story: &str,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<(), WalletError> {
    use keepwell_pdf::{About, story_pdf};
    use keepwell_protocol::formats::assembly::PatientSharedDocument;

    if story.chars().count() > LONGEST_STORY {
        return Err(AssemblyError::Story.into());
    }
    let patient = charted(bundle)?.patient;
    let document_id = hex::encode(rng.array::<16>()?);
    let pdf = story_pdf(story, patient.as_ref(), About { created: now, document_id: &document_id });
    let pdf = pdf.map_err(|_| AssemblyError::Story)?;
    Ok(PatientSharedDocument::Story.add_to(bundle, &pdf, now, rng)?)
}

#[cfg(not(feature = "pdf"))]
pub(super) fn add_story(
    _: &mut AssembledBundle,
    _: &str,
    _: Timestamp,
    _: &mut Rng,
) -> Result<(), WalletError> {
    Err(AssemblyError::Story.into())
}

/// All that is in a Bundle as a PDF.
#[cfg(feature = "pdf")]
pub(super) fn rendered(
    bundle: &AssembledBundle,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<Option<Vec<u8>>, WalletError> {
    use keepwell_pdf::{About, rendered_pdf};

    let document_id = hex::encode(rng.array::<16>()?);
    Ok(rendered_pdf(&charted(bundle)?, About { created: now, document_id: &document_id }).ok())
}

/// All that is in a Bundle.
#[cfg(feature = "pdf")]
fn charted(bundle: &AssembledBundle) -> Result<keepwell_chart::Chart, WalletError> {
    use keepwell_chart::{Chart, Entry};
    use keepwell_protocol::formats::fhir::category;

    use crate::store::records::read_head;

    let mut entries = Vec::new();
    for (address, resource) in bundle.resources() {
        let category = category(&read_head(resource)?, None);
        entries.push(Entry { category, full_url: Some(address), resource, file: None });
    }
    Ok(Chart::new(&entries))
}

/// Bytes of a Bundle whose PDF goes along: encrypted and in base64url, a host takes it (`body_space_bytes` in docs/limits.md).
#[cfg(feature = "pdf")]
const LONGEST_WITH_PDF: usize = 6 * 1024 * 1024 - 4 * 1024;

/// Characters of what a patient tells: some ten pages.
#[cfg(feature = "pdf")]
const LONGEST_STORY: usize = 30_000;
