// What a record's labels, kinds, flags and values are called.

import Foundation

extension Texts {
    public func label(_ label: PictureLabel) -> String { named("label", label.rawValue) }

    public func label(_ flag: ValueFlag) -> String { named("flag", flag.rawValue) }

    /// Why a record does not simply hold; none of one that does.
    public func label(_ validity: Validity) -> String? {
        validity == .valid ? nil : named("validity", validity.rawValue)
    }

    /// What kind of record it is; of a type without a kind of its own FHIR's name.
    public func kindLabel(_ row: PictureRow) -> String {
        row.kind == .other ? row.resourceType : named("kind", row.kind.rawValue)
    }

    public func valueText(_ value: PictureValue) -> String {
        switch value {
        case .text(let text): text
        case .truth(let holds): self(holds ? .valueYes : .valueNo)
        case .time(let time): timeText(time)
        case .curve: self(.valueCurve)
        case .absent(let reason): self(.valueAbsent, reason)
        }
    }

    public func timeText(_ time: PictureTime) -> String {
        switch (time.lasts, time.start, time.end) {
        case (false, let start, _): start ?? ""
        case (true, nil, let end): self(.valueUntil, end ?? "")
        case (true, let start?, nil): self(.valueSince, start)
        case (true, let start?, let end?): "\(start) – \(end)"
        }
    }

    /// A value with what its source says about it.
    public func valueText(_ row: PictureRow) -> String? {
        let said = [row.value.map { valueText($0) }, row.flag.map { label($0) }].compactMap { $0 }
        return said.isEmpty ? nil : said.joined(separator: " · ")
    }

    /// A part's value, what its source says of it, and what is normal.
    public func valueText(_ part: PicturePart) -> String {
        let range = part.referenceRange.map { "[\($0)]" }
        return ([part.value.map { valueText($0) }].compactMap { $0 } + part.interpretation + [range].compactMap { $0 })
            .joined(separator: " · ")
    }

    /// What stands under a record's title in a list: why it may not hold, its value, its day.
    public func recordDetail(_ record: RecordSummary) -> String {
        let validity = record.validities.first.flatMap { label($0) }
        return [validity, record.value.map { valueText($0) }, record.flag.map { label($0) }, record.date ?? self(.recordUndated)]
            .compactMap { $0 }.joined(separator: " · ")
    }

    /// A result within a report, on one line.
    public func resultText(_ row: PictureRow) -> String {
        ([row.time.map { timeText($0) }, valueText(row)] + row.validities.map { label($0) }).compactMap { $0 }.joined(
            separator: " · ")
    }
}
