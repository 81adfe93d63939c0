//! The PDFs that leave with a share: what lists everything, and what the patient tells.

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::assembly::{AssembledBundle, AssemblyError};

use crate::error::WalletError;

/// Adds a PDF of all that is in a Bundle to it, and one of what the patient tells; answers the size of the first in bytes, or nothing if
/// there is none: it would make the Bundle longer than hosts take, this library is built without, or it can't be set, for want of which
/// nobody is to leave a clinic unseen.
///
/// # Errors
/// [`AssemblyError::Story`] if the story is longer than [`LONGEST_STORY`], has no room, or can't be set.
#[cfg(feature = "pdf")]
pub(super) fn add_pdfs(
    bundle: &mut AssembledBundle,
    story: Option<&str>,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<Option<u64>, WalletError> {
    use keepwell_pdf::{About, story_pdf};
    use keepwell_protocol::formats::assembly::PatientSharedDocument;

    let room = |bundle: &AssembledBundle| LONGEST_WITH_PDF.saturating_sub(bundle.json.len()) / 4 * 3;
    let has_room = |bundle: &AssembledBundle, pdf: &[u8]| pdf.len() + ENTRY < room(bundle);
    let story = match story {
        None => None,
        Some(story) => {
            let chart = charted(bundle)?;
            let document_id = hex::encode(rng.array::<16>()?);
            let about = About { created: now, document_id: &document_id };
            let pdf = story_pdf(story, chart.patient.as_ref(), about).map_err(|_| AssemblyError::Story)?;
            if story.chars().count() > LONGEST_STORY || !has_room(bundle, &pdf) {
                return Err(AssemblyError::Story.into());
            }
            Some(pdf)
        }
    };
    // Of the records alone, and before the story takes its room.
    let rendering = if has_room(bundle, &[]) { rendered(bundle, now, rng)? } else { None };
    if let Some(pdf) = &story {
        PatientSharedDocument::Story.add_to(bundle, pdf, now, rng)?;
    }
    let rendering = rendering.filter(|pdf| has_room(bundle, pdf));
    if let Some(pdf) = &rendering {
        PatientSharedDocument::Rendering.add_to(bundle, pdf, now, rng)?;
    }
    Ok(rendering.map(|pdf| pdf.len() as u64))
}

#[cfg(not(feature = "pdf"))]
pub(super) fn add_pdfs(
    _: &mut AssembledBundle,
    story: Option<&str>,
    _: Timestamp,
    _: &mut Rng,
) -> Result<Option<u64>, WalletError> {
    if story.is_some() { Err(AssemblyError::Story.into()) } else { Ok(None) }
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

/// Bytes of an entry beside its PDF, at most.
#[cfg(feature = "pdf")]
const ENTRY: usize = 2 * 1024;

/// Characters of what a patient tells: some ten pages.
#[cfg(feature = "pdf")]
const LONGEST_STORY: usize = 30_000;
