// What the screens show of health records.

import Foundation

/// What kind of information a record is; the names are those of the command line.
public enum RecordCategory: String, CaseIterable, Hashable, Sendable {
    case patient, allergies, conditions, medications, immunizations, results, vitals, procedures, documents, encounters, devices
    case familyHistory = "family-history"
    case socialHistory = "social-history"
    case carePlans = "care-plans"
    case insurance, genomics, wearables, other
}

/// A category and how many records it has.
public struct CategoryCount: Equatable, Hashable, Sendable {
    public let category: RecordCategory
    public let count: Int

    public init(category: RecordCategory, count: Int) {
        self.category = category
        self.count = count
    }
}

/// One line of a list of records.
public struct RecordSummary: Equatable, Hashable, Identifiable, Sendable {
    /// 64 lower-case hexadecimal characters.
    public let id: String
    public let category: RecordCategory
    /// The FHIR resource type.
    public let resourceType: String
    /// What the source calls it.
    public let title: String
    /// The clinical date as the record has it: a year, a month, a day or an instant.
    public let date: String?
    /// Where the record came from.
    public let source: String
    public let value: PictureValue?
    public let flag: ValueFlag?
    /// Whether it holds; the first is the one to show where there is room for one.
    public let validities: [Validity]

    public init(
        id: String, category: RecordCategory, resourceType: String, title: String, date: String?, source: String,
        value: PictureValue? = nil, flag: ValueFlag? = nil, validities: [Validity] = [.valid]
    ) {
        self.id = id
        self.category = category
        self.resourceType = resourceType
        self.title = title
        self.date = date
        self.source = source
        self.value = value
        self.flag = flag
        self.validities = validities
    }
}

/// Records of one category that a preview lists, newest first; the undated come last.
public struct PreviewedCategory: Equatable, Sendable, Identifiable {
    public let category: RecordCategory
    public let records: [RecordSummary]

    public var id: RecordCategory { category }

    public init(category: RecordCategory, records: [RecordSummary]) {
        self.category = category
        self.records = records
    }

    /// Those that are shown at first.
    public var first: [RecordSummary] { Array(records.prefix(5)) }

    /// How many others there are.
    public var more: Int { records.count - first.count }

    /// Records by category, in the categories' order and else in their own.
    public static func grouping(_ records: [RecordSummary]) -> [PreviewedCategory] {
        let groups = Dictionary(grouping: records, by: \.category)
        return RecordCategory.allCases.compactMap { category in
            groups[category].map { PreviewedCategory(category: category, records: $0) }
        }
    }
}

/// Which records to list; no category, no text and any time means all.
public struct RecordQuery: Equatable, Hashable, Sendable {
    public var category: RecordCategory?
    public var text: String
    public var period: Period

    public init(category: RecordCategory? = nil, text: String = "", period: Period = .any) {
        self.category = category
        self.text = text
        self.period = period
    }
}

/// How far back records are listed.
public enum Period: CaseIterable, Hashable, Sendable {
    case any, year, fiveYears

    /// The first day of it. Records show days without a zone, so it is that day wherever they were.
    public func since(_ today: Date, in zone: TimeZone = .current) -> Date? {
        guard let years else { return nil }
        // FHIR counts years as this calendar does, whichever one the person's phone shows.
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        var day = calendar.dateComponents([.year, .month, .day], from: today)
        day.year = day.year.map { $0 - years }
        calendar.timeZone = .gmt
        return calendar.date(from: day)
    }

    private var years: Int? {
        switch self {
        case .any: nil
        case .year: 1
        case .fiveYears: 5
        }
    }
}

/// Records of one year, which stand together in a list.
public struct RecordYear: Equatable, Identifiable, Sendable {
    /// None of records without a date.
    public let year: String?
    public private(set) var records: [RecordSummary]

    /// That of the first: a year may come twice where records show another zone than that by which they are in order.
    public var id: RecordSummary.ID? { records.first?.id }

    init(_ record: RecordSummary) {
        year = Self.year(of: record)
        records = [record]
    }

    private static func year(of record: RecordSummary) -> String? { record.date.map { String($0.prefix(4)) } }

    /// These and those that follow them.
    static func adding(_ records: [RecordSummary], to years: inout [RecordYear]) {
        for record in records {
            if let last = years.indices.last, years[last].year == year(of: record) {
                years[last].records.append(record)
            } else {
                years.append(RecordYear(record))
            }
        }
    }
}

/// A page of records, newest first, and the mark after which the next one begins.
public struct RecordPage: Equatable, Sendable {
    public let records: [RecordSummary]
    public let next: String?

    public init(records: [RecordSummary], next: String?) {
        self.records = records
        self.next = next
    }
}
