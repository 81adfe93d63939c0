//! Records as a PDF.

use keepwell_chart::{Chart, Entry};
use keepwell_pdf::{About, rendered_pdf};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::fhir::{ResourceHead, category};

use crate::sample::{Sample, lines};
use crate::table::{Table, cpu, in_turn, show};

/// The sample's first resources, against their chart alone.
pub(crate) fn pdf(table: &mut Table) {
    for (count, goal) in [(100, Some(0.1)), (1_000, None)] {
        let ndjson = Sample::load().ndjson(count);
        let entry = |resource| Entry {
            category: category(&ResourceHead::read(resource).unwrap(), None),
            full_url: None,
            resource,
            file: None,
        };
        let entries: Vec<Entry<'_>> = lines(&ndjson).map(entry).collect();
        assert_eq!(entries.len(), count);
        let about = About { created: Timestamp(1_796_000_000), document_id: "1" };
        let render = || rendered_pdf(&Chart::new(&entries), about).unwrap();
        let bytes = render().len();
        let (whole, chart) = in_turn(15, || cpu(render).0, || cpu(|| Chart::new(&entries)).0);
        let measured = format!("{}, {} of it the chart; {} kB", show(whole), show(chart), bytes / 1_000);
        let met = goal.map(|goal| whole.as_secs_f64() <= goal);
        table.row(&format!("a PDF of {count} resources"), measured, goal.map_or("", |_| "≤ 100 ms"), met);
    }
}
