//! Pages of records as scenarios write them.

use keepwell_chart::{Attachment, Component, Fact, Passage, Row, Value as Shown, View, When};
use keepwell_wallet::{RecordView, ResultRow};
use serde_json::{Value, json};

use super::results::{ToValue, name};

impl ToValue for RecordView {
    fn to_value(&self) -> Value {
        let View { row, facts, components, results, passages, attachments, fields } = &self.view;
        let field =
            |field: &keepwell_chart::Field| json!({ "name": field.name, "value": field.value.to_value() });
        json!({ "id": self.id.to_string(), "category": name(self.category), "source": self.source, "row": row.to_value(),
            "facts": facts.to_value(), "components": components.to_value(), "results": results.to_value(),
            "passages": passages.to_value(), "attachments": attachments.to_value(),
            "fields": fields.listed.iter().map(field).collect::<Vec<_>>(), "moreFields": fields.more })
    }
}

impl ToValue for ResultRow {
    fn to_value(&self) -> Value {
        json!({ "id": self.id.to_string(), "row": self.row.to_value() })
    }
}

impl ToValue for Row {
    fn to_value(&self) -> Value {
        json!({ "kind": name(self.kind), "resourceType": self.resource_type, "title": self.title, "code": self.code,
            "when": self.when.to_value(), "value": self.value.to_value(), "flag": self.flag.map(name),
            "referenceRange": self.reference_range, "status": self.status,
            "validities": self.validities.iter().map(name).collect::<Vec<_>>() })
    }
}

impl ToValue for Fact {
    fn to_value(&self) -> Value {
        let lines: Vec<Value> = self.lines.iter().map(|line| line.value.to_value()).collect();
        json!({ "label": name(self.label), "lines": lines })
    }
}

impl ToValue for Component {
    fn to_value(&self) -> Value {
        json!({ "title": self.title, "value": self.value.to_value(), "interpretation": self.interpretation,
            "flag": self.flag.map(name), "referenceRange": self.reference_range })
    }
}

impl ToValue for Passage {
    fn to_value(&self) -> Value {
        json!({ "label": name(self.label), "title": self.title, "text": self.text })
    }
}

impl ToValue for Attachment {
    fn to_value(&self) -> Value {
        json!({ "title": self.title, "contentType": self.content_type, "bytes": self.bytes, "address": self.address,
            "isHere": self.is_here, "text": self.text })
    }
}

impl ToValue for Shown {
    fn to_value(&self) -> Value {
        match self {
            Self::Text { text } => json!(text),
            Self::Truth { holds } => json!(holds),
            Self::Time { when } => when.to_value(),
            Self::Curve => json!({ "curve": true }),
            Self::Absent { reason } => json!({ "absent": reason }),
        }
    }
}

impl ToValue for When {
    fn to_value(&self) -> Value {
        json!({ "start": self.start, "end": self.end, "lasts": self.lasts })
    }
}
