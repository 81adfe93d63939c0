// What a record's labels, kinds, flags and values are called.

import Foundation

extension Texts {
    public func label(_ label: PictureLabel) -> String { named("label", label.rawValue) }

    public func label(_ flag: ValueFlag) -> String { named("flag", flag.rawValue) }

    /// Why a record does not simply hold; none of one that does.
    public func label(_ validity: Validity) -> String? {
        validity == .valid ? nil : named("validity", validity.rawValue)
    }

    /// What kind of record it is; of one without a kind of its own, its type.
    public func kindLabel(_ row: PictureRow) -> String {
        row.kind == .other ? typeLabel(row.resourceType) : named("kind", row.kind.rawValue)
    }

    /// A FHIR type's name; rarer ones keep FHIR's own.
    public func typeLabel(_ resourceType: String) -> String {
        named("type", ifKnown: resourceType) ?? self(.recordOtherType, resourceType)
    }

    /// A value; FHIR's usual codes in the person's language, the rest as its source wrote it.
    public func valueText(_ value: PictureValue, of label: PictureLabel? = nil) -> String {
        switch value {
        case .text(let text): label.flatMap { codeLabel(text, of: $0) } ?? text
        case .truth(let holds): self(holds ? .valueYes : .valueNo)
        case .time(let time): timeText(time)
        case .curve: self(.valueCurve)
        case .absent(let reason): self(.valueAbsent, reason)
        }
    }

    private func codeLabel(_ text: String, of label: PictureLabel) -> String? {
        switch label {
        case .status, .gender, .criticality, .interpretation: named("code", ifKnown: text.lowercased())
        default: nil
        }
    }

    /// When something was: the day in the person's form, the time of day as written.
    public func timeText(_ time: PictureTime) -> String {
        switch (time.lasts, time.start.map { clinicalTime($0) }, time.end.map { clinicalTime($0) }) {
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
        let said = [part.value.map { valueText($0) }, part.flag.map { label($0) }] + part.interpretation + [range]
        return said.compactMap { $0 }.joined(separator: " · ")
    }

    /// What stands under a record's title in a list: why it may not hold, its value, its day.
    public func recordDetail(_ record: RecordSummary) -> String {
        let validity = record.validities.first.flatMap { label($0) }
        return [validity, record.value.map { valueText($0) }, record.flag.map { label($0) }, dateLine(record)]
            .compactMap { $0 }.joined(separator: " · ")
    }

    /// A record's day, or that it has none.
    public func dateLine(_ record: RecordSummary) -> String { record.date.map { clinicalDate($0) } ?? self(.recordUndated) }

    /// A result within a report, on one line.
    public func resultText(_ row: PictureRow) -> String {
        ([row.time.map { timeText($0) }, valueText(row)] + row.validities.map { label($0) }).compactMap { $0 }.joined(
            separator: " · ")
    }

    /// How a number stands to what its source calls normal. Nothing where its source says otherwise of it.
    public func standing(of measure: PictureMeasure, range: String?, flag: ValueFlag? = nil) -> String? {
        guard let standing = measure.standing, flag?.contradicts(standing) != true, let range = range ?? self.range(of: measure)
        else { return nil }
        return switch standing {
        case .below: self(.rangeBelow, range)
        case .within: self(.rangeWithin, range)
        case .above: self(.rangeAbove, range)
        }
    }

    /// From where to where a number is normal, where at least one end is known.
    public func range(of measure: PictureMeasure) -> String? {
        switch (measure.low, measure.high) {
        case (let low?, let high?): "\(number(low))–\(number(high))"
        case (let low?, nil): self(.rangeFrom, number(low))
        case (nil, let high?): self(.rangeTo, number(high))
        case (nil, nil): nil
        }
    }

    public func label(_ order: RecordOrder) -> String {
        switch order {
        case .newestFirst: self(.orderNewest)
        case .latestArrival: self(.orderArrival)
        }
    }

    /// What stands above records that stand together.
    public func label(_ heading: RecordGroup.Heading) -> String {
        switch heading {
        case .time(let time): clinicalDate(time)
        case .undated: self(.recordUndated)
        case .arrival(let day): self(.timelineCame, self.day(day))
        }
    }

    public func label(_ period: Period) -> String {
        switch period {
        case .any: self(.periodAny)
        case .year: self(.periodYear)
        case .fiveYears: self(.periodFiveYears)
        }
    }

    /// A number as the language writes it.
    public func number(_ number: Double) -> String {
        number.formatted(.number.precision(.significantDigits(1...6)).locale(locale))
    }

    public func label(_ standing: RecordVersion.Standing) -> String {
        switch standing {
        case .present: self(.historyPresent)
        case .superseded: self(.historySuperseded)
        case .removedAtSource: self(.historyRemovedAtSource)
        case .takenBack: self(.historyTakenBack)
        }
    }

    /// What became of a version, where it came from and when.
    public func detail(_ version: RecordVersion) -> String {
        [label(version.standing), self(.recordSource, version.source), day(version.received)].joined(separator: " · ")
    }

    /// What kind of file it is, and how large.
    public func detail(_ file: PictureAttachment) -> String {
        [file.contentType, file.bytes.map { size($0) }].compactMap { $0 }.joined(separator: " · ")
    }
}
