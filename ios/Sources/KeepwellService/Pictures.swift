// The library's pictures of records as the screens'.

import Foundation
import Keepwell
import KeepwellKit

extension KeepwellKit.Validity {
    init(_ validity: KeepwellCore.Validity) {
        switch validity {
        case .enteredInError: self = .enteredInError
        case .removedAtSource: self = .removedAtSource
        case .modified: self = .modified
        case .refuted: self = .refuted
        case .notDone: self = .notDone
        case .doNotPerform: self = .doNotPerform
        case .cancelled: self = .cancelled
        case .stopped: self = .stopped
        case .inactive: self = .inactive
        case .unconfirmed: self = .unconfirmed
        case .preliminary: self = .preliminary
        case .notSeenSince: self = .notSeenSince
        case .valid: self = .valid
        }
    }
}

extension KeepwellKit.RecordKind {
    init(_ recordKind: KeepwellCore.RecordKind) {
        switch recordKind {
        case .patient: self = .patient
        case .allergy: self = .allergy
        case .problem: self = .problem
        case .prescription: self = .prescription
        case .medicineTaken: self = .medicineTaken
        case .medicineGiven: self = .medicineGiven
        case .medicineDispensed: self = .medicineDispensed
        case .vaccination: self = .vaccination
        case .observation: self = .observation
        case .report: self = .report
        case .procedure: self = .procedure
        case .order: self = .order
        case .visit: self = .visit
        case .document: self = .document
        case .unreadable: self = .unreadable
        case .other: self = .other
        }
    }
}

extension KeepwellKit.ValueFlag {
    init(_ valueFlag: KeepwellCore.ValueFlag) {
        switch valueFlag {
        case .critical: self = .critical
        case .high: self = .high
        case .low: self = .low
        case .abnormal: self = .abnormal
        }
    }
}

extension KeepwellKit.PictureLabel {
    init(_ chartLabel: KeepwellCore.ChartLabel) {
        switch chartLabel {
        case .title: self = .title
        case .code: self = .code
        case .date: self = .date
        case .began: self = .began
        case .ended: self = .ended
        case .status: self = .status
        case .value: self = .value
        case .interpretation: self = .interpretation
        case .referenceRange: self = .referenceRange
        case .criticality: self = .criticality
        case .severity: self = .severity
        case .reaction: self = .reaction
        case .dosage: self = .dosage
        case .asNeeded: self = .asNeeded
        case .maximumDose: self = .maximumDose
        case .amount: self = .amount
        case .lot: self = .lot
        case .doseNumber: self = .doseNumber
        case .performer: self = .performer
        case .place: self = .place
        case .bodySite: self = .bodySite
        case .reason: self = .reason
        case .method: self = .method
        case .content: self = .content
        case .results: self = .results
        case .conclusion: self = .conclusion
        case .note: self = .note
        case .description: self = .description
        case .intent: self = .intent
        case .birthDate: self = .birthDate
        case .gender: self = .gender
        case .address: self = .address
        case .contact: self = .contact
        case .deceased: self = .deceased
        case .narrative: self = .narrative
        }
    }
}

extension PictureTime {
    init(_ time: ChartTime) {
        self.init(start: time.start, end: time.end, lasts: time.lasts)
    }
}

extension PictureValue {
    init(_ value: ChartValue) {
        switch value {
        case .text(let text): self = .text(text)
        case .truth(let holds): self = .truth(holds)
        case .time(let when): self = .time(PictureTime(when))
        case .curve: self = .curve
        case .absent(let reason): self = .absent(reason: reason)
        }
    }
}

extension PictureMeasure {
    init(_ measure: ChartMeasure) {
        self.init(number: measure.number, unit: measure.unit, low: measure.low, high: measure.high)
    }
}

extension KeepwellKit.RecordVersion {
    init(_ version: KeepwellCore.RecordVersion) {
        self.init(
            id: Int(version.version), standing: Standing(version.standing), source: version.source, received: version.received)
    }
}

extension KeepwellKit.RecordVersion.Standing {
    init(_ standing: VersionStanding) {
        switch standing {
        case .present: self = .present
        case .superseded: self = .superseded
        case .removedAtSource: self = .removedAtSource
        case .takenBack: self = .takenBack
        }
    }
}

extension PictureRow {
    init(_ row: ChartRow) {
        self.init(
            kind: KeepwellKit.RecordKind(row.kind), resourceType: row.resourceType, title: row.title,
            time: row.when.map { PictureTime($0) }, value: row.value.map { PictureValue($0) },
            measure: row.measure.map { PictureMeasure($0) }, flag: row.flag.map { KeepwellKit.ValueFlag($0) },
            referenceRange: row.referenceRange,
            validities: row.validities.map { KeepwellKit.Validity($0) })
    }
}

extension RecordPicture {
    init(_ record: RecordView) {
        let view = record.view
        self.init(
            row: PictureRow(view.row),
            facts: view.facts.map { fact in
                PictureFact(label: PictureLabel(fact.label), values: fact.lines.map { PictureValue($0.value) })
            },
            parts: view.components.map { part in
                // One text of which there is a flag is what the flag says; of several it is not known which.
                let isSaid = part.flag != nil && part.interpretation.count == 1
                return PicturePart(
                    title: part.title, value: part.value.map { PictureValue($0) },
                    measure: part.measure.map { PictureMeasure($0) }, flag: part.flag.map { KeepwellKit.ValueFlag($0) },
                    interpretation: isSaid ? [] : part.interpretation, referenceRange: part.referenceRange)
            },
            results: view.results.map { PictureRow($0) },
            passages: view.passages.map { PicturePassage(label: PictureLabel($0.label), title: $0.title, text: $0.text) },
            attachments: view.attachments.map {
                PictureAttachment(
                    title: $0.title, contentType: $0.contentType, bytes: $0.bytes.map { Int(clamping: $0) }, address: $0.address,
                    isHere: $0.isHere, text: $0.text)
            },
            fields: view.fields.listed.map { PictureField(name: $0.name, value: PictureValue($0.value)) },
            source: record.source, received: record.received)
    }
}
