//! What would leave with a share, before it is made.

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Timestamp;
use rusqlite::Connection;

use super::share_selection::{Choice, ShareFormat, SharedIdentityDetail, select};
use crate::error::WalletError;
use crate::records_view::list::page;
use crate::records_view::sensitive::{SensitiveKinds, SensitiveRecord};
use crate::store::records::{Query, RecordSummary};

/// What would leave with a share that is not made yet; in each list newest first, the undated come last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SharePreview {
    /// What was chosen, and the Patient, as lists show it.
    pub records: Vec<RecordSummary>,
    /// What goes along because a record that leaves refers to it.
    pub referenced: Vec<RecordSummary>,
    /// What stays although it is of the kind that was asked for, because its source calls it an error or has removed it;
    /// none where the patient chose what leaves.
    pub withdrawn: Vec<RecordSummary>,
    /// What stays because it is of a sensitive kind that is to be left out.
    pub kept_back: Vec<RecordSummary>,
    /// Which of what leaves and of what is kept back are of sensitive kinds; the rest is what the table of codes does not
    /// know.
    pub sensitive: Vec<SensitiveRecord>,
    /// The identity numbers and photos in what leaves; they stay themselves unless they were asked for.
    pub identity_details: Vec<SharedIdentityDetail>,
    /// How many records stay because they have no place in a summary; none where everything leaves that was chosen.
    pub left_out: u64,
    /// How many references lead to what does not leave.
    pub dangling: u64,
    /// The size of the PDF that would go along, which lists everything that leaves, in bytes; absent where none does: a summary
    /// tells everything itself, and what is very long has no room for one.
    pub rendered_pdf_bytes: Option<u64>,
    /// The size of what would be uploaded, before it is sealed, in bytes.
    pub bytes: u64,
}

pub(super) fn of_choice(
    connection: &Connection,
    choice: &Choice,
    format: ShareFormat,
    with_numbers: bool,
    now: Timestamp,
) -> Result<SharePreview, WalletError> {
    let selection = select(connection, choice)?;
    let leaving = selection.leaving()?;
    // Put together as it would leave, under addresses that nobody is shown.
    let bundle = selection.assemble(format, with_numbers, None, now, &mut Rng::system())?;
    let mut preview = SharePreview {
        identity_details: bundle.identity_details,
        left_out: bundle.left_out.len() as u64,
        dangling: bundle.dangling as u64,
        rendered_pdf_bytes: bundle.rendered_pdf_bytes,
        bytes: bundle.json.len() as u64,
        ..SharePreview::default()
    };
    let mut query = Query { limit: PAGE, ..Query::default() };
    loop {
        let page = page(connection, &query)?;
        for record in page.records {
            if bundle.left_out.contains(&record.id) {
                continue;
            } else if selection.referenced.contains(&record.id) {
                preview.referenced.push(record);
            } else if leaving.contains(&record.id) {
                preview.records.push(record);
            } else if selection.withdrawn.contains(&record.id) {
                preview.withdrawn.push(record);
            } else if selection.kept_back.contains(&record.id) {
                preview.kept_back.push(record);
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let listed = preview.records.iter().chain(&preview.referenced).chain(&preview.kept_back);
    preview.sensitive = SensitiveKinds::read(connection)?.among(listed.map(|record| record.id));
    Ok(preview)
}

/// Records of a page.
const PAGE: u32 = 1_000;
