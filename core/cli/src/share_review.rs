//! What would leave with a share, as a person reads it before agreeing and a document tells it.

use std::collections::BTreeMap;

use keepwell_protocol::domain::{Category, RecordId, Timestamp};
use keepwell_wallet::{CardContents, LinkForm, RecordSummary, SharePreview};
use serde_json::{Value, json};

use crate::record_list::{day, status, title, value};
use crate::report::{Report, counted};
use crate::sensitive_marks::{SensitiveMarks, WHAT_MARKS_MEAN, with_room_for};
use crate::shown_time::shown;
use crate::sync_pass::size;

/// A share that is not made yet.
pub(crate) struct ShareReview<'a> {
    pub(crate) preview: &'a SharePreview,
    /// Whether identity numbers and photos leave.
    pub(crate) with_numbers: bool,
    /// Whether it is a summary, which has no PDF.
    pub(crate) is_summary: bool,
    /// What the patient tells of themselves.
    pub(crate) story: Option<&'a str>,
    pub(crate) ends: Timestamp,
    pub(crate) opens: Option<u32>,
    pub(crate) form: LinkForm,
    /// Whether it is granted on the ledger.
    pub(crate) is_on_ledger: bool,
    /// The health cards that go along, each with the record that holds it.
    pub(crate) cards: Vec<(RecordId, CardContents)>,
}

impl ShareReview<'_> {
    /// Everything that a person agrees to.
    pub(crate) fn text(&self) -> String {
        let preview = self.preview;
        let marks = SensitiveMarks::of(&preview.sensitive);
        let mut report = Report::default().line("This would leave:");
        for (category, records) in by_category(&preview.records) {
            report = report.line(format!("{category}: {}", records.len()));
            let is_marked = |record: &&RecordSummary| !marks.kinds(&record.id).is_empty();
            let (fitting, left) = with_room_for(MOST_TITLES, &records, is_marked);
            let row = |record: &&&RecordSummary| {
                let mark = marks.cell(&record.id);
                vec![format!("  {}", title(record)), value(record), day(record), status(record), mark]
            };
            report = report.rows(&fitting.iter().map(row).collect::<Vec<_>>());
            if left > 0 {
                report = report.line(format!("  … and {left} more, none of them marked"));
            }
        }
        let along = counts(preview.referenced.iter().map(|record| record.resource_type.as_str()));
        let report = match along.is_empty() {
            true => report,
            false => report.line(format!("with them, since they refer to it: {along}")),
        };
        let report = self.stays().into_iter().fold(report, Report::line);
        let report = self.numbers().into_iter().fold(report, Report::line);
        let report = match preview.rendered_pdf_bytes {
            Some(bytes) => {
                report.line(format!("along with them: a PDF for people that lists them all, {}", size(bytes)))
            }
            None if self.is_summary => report,
            None => report.line("no PDF goes along, since there is too much for one"),
        };
        let report = match self.story {
            Some(story) => report.line(format!(
                "along with them: what you tell, as a PDF, {} characters",
                story.chars().count()
            )),
            None => report,
        };
        let report = self.cards.iter().fold(report, |report, (_, card)| {
            let holder = card.holder.as_ref().map_or_else(String::new, |holder| {
                format!(" of {}, born {},", holder.name, holder.birth_date)
            });
            let line = format!(
                "along with them: a health card{holder} as {} signed it, with all that it holds:",
                card.issuer
            );
            let report =
                card.titles.iter().fold(report.line(line), |report, title| report.line(format!("  {title}")));
            let kinds: Vec<&str> = card.sensitive.iter().map(|kind| kind.as_str()).collect();
            if kinds.is_empty() { report } else { report.line(format!("  sensitive: {}", kinds.join(", "))) }
        });
        let often =
            self.opens.map_or(String::new(), |opens| format!(" {},", counted(opens, "time", "times")));
        let report = match &self.form {
            LinkForm::Manifest { is_long_term: true, .. } => {
                report.line("and what is added later to what was asked for, until it ends, with each sync")
            }
            _ => report,
        };
        let who = match &self.form {
            LinkForm::Manifest { passcode: Some(_), .. } => {
                "Whoever has the link or sees its code, and is told the passcode,"
            }
            _ => "Whoever has the link or sees its code",
        };
        let report = report
            .line(format!("references to what does not leave: {}", preview.dangling))
            .line(format!("size: {}", size(preview.bytes)))
            .line(format!("{who} can open it,{often} until {}.", shown(self.ends)));
        let report = if self.is_on_ledger { report.line(ON_LEDGER) } else { report };
        report.line(WHAT_MARKS_MEAN).text().to_owned()
    }

    /// What stays of the kind that was asked for, a line for each reason.
    pub(crate) fn stays(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match self.preview.withdrawn.len() {
            0 => {}
            1 => lines.push("stays: 1 record that its source calls an error or has removed".to_owned()),
            count => {
                lines.push(format!("stays: {count} records that their source calls errors or has removed"))
            }
        }
        match self.preview.left_out {
            0 => {}
            count => lines.push(format!("no place in a summary: {count} of the records")),
        }
        if !self.preview.kept_back.is_empty() {
            let marks = SensitiveMarks::of(&self.preview.sensitive);
            let kinds = self.preview.kept_back.iter().flat_map(|record| marks.kinds(&record.id));
            let records = counted(self.preview.kept_back.len(), "sensitive record", "sensitive records");
            lines.push(format!("stays: {records} ({})", counts(kinds.map(|kind| kind.as_str()))));
        }
        lines
    }

    /// Which identity numbers and photos leave or stay, in a line; none if there are none.
    pub(crate) fn numbers(&self) -> Option<String> {
        let details = &self.preview.identity_details;
        let named = |(kind, ending): (&str, &str)| match ending {
            "" => kind.to_owned(),
            ending => format!("{kind} …{ending}"),
        };
        let details: Vec<String> =
            details.iter().map(|detail| named((detail.kind.as_str(), &detail.ending))).collect();
        let does = if self.with_numbers { "leave" } else { "stay" };
        (!details.is_empty())
            .then(|| format!("identity numbers and photos that {does}: {}", details.join(", ")))
    }

    /// What a document adds to the share that was made of it.
    pub(crate) fn document(&self) -> [(&'static str, Value); 6] {
        let sensitive = self.preview.sensitive.iter();
        let numbers = self.preview.identity_details.iter().map(|detail| {
            json!({ "record": detail.record, "kind": detail.kind.as_str(), "ending": detail.ending,
                "leaves": self.with_numbers })
        });
        let card = |(record, card): &(RecordId, CardContents)| {
            json!({ "record": record, "issuer": card.issuer, "holder": card.holder.as_ref().map(|holder| &holder.name),
                "titles": card.titles, "sensitive": card.sensitive })
        };
        [
            ("sensitive", sensitive.map(|one| json!({ "record": one.record, "kinds": one.kinds })).collect()),
            ("kept_back", self.preview.kept_back.iter().map(|record| json!(record.id)).collect()),
            ("numbers", numbers.collect()),
            ("cards", self.cards.iter().map(card).collect()),
            ("pdf_bytes", self.preview.rendered_pdf_bytes.into()),
            ("bytes", self.preview.bytes.into()),
        ]
    }
}

const ON_LEDGER: &str =
    "It is granted on the ledger, which shows nobody whose it is: that it ends can be proved.";
/// Titles of a category that a screen has room for.
const MOST_TITLES: usize = 20;

fn by_category(records: &[RecordSummary]) -> BTreeMap<Category, Vec<&RecordSummary>> {
    let mut groups: BTreeMap<Category, Vec<&RecordSummary>> = BTreeMap::new();
    for record in records {
        groups.entry(record.category).or_default().push(record);
    }
    groups
}

/// How many there are of each, as in `2 Organization, 1 Practitioner`.
fn counts<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}
