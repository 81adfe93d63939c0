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
    /// When the version that is shown came in.
    public let arrived: Date?

    public init(
        id: String, category: RecordCategory, resourceType: String, title: String, date: String?, source: String,
        value: PictureValue? = nil, flag: ValueFlag? = nil, validities: [Validity] = [.valid], arrived: Date? = nil
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
        self.arrived = arrived
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
    public var order: RecordOrder

    public init(
        category: RecordCategory? = nil, text: String = "", period: Period = .any, order: RecordOrder = .newestFirst
    ) {
        self.category = category
        self.text = text
        self.period = period
        self.order = order
    }
}

/// In which order records are listed.
public enum RecordOrder: CaseIterable, Hashable, Sendable {
    /// By the time that they show, the newest first.
    case newestFirst
    /// By when they came in, the latest first.
    case latestArrival
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

/// Records under one heading, which stand together in a list.
public struct RecordGroup: Equatable, Identifiable, Sendable {
    /// What stands above them.
    public enum Heading: Equatable, Hashable, Sendable {
        /// The month of what they show, or the year where no more is known, as FHIR writes it.
        case time(String)
        /// They show no time.
        case undated
        /// The day on which they came in, at its beginning.
        case arrival(Date)
    }

    public let heading: Heading
    public private(set) var records: [RecordSummary]

    /// That of the first: a heading may come twice where records show another zone than that by which they are in order.
    public var id: RecordSummary.ID? { records.first?.id }

    private init(_ heading: Heading, _ record: RecordSummary) {
        self.heading = heading
        records = [record]
    }

    /// Puts these behind those that stand before them in this order.
    static func adding(_ records: [RecordSummary], in order: RecordOrder, to groups: inout [RecordGroup]) {
        for record in records {
            let heading = heading(of: record, in: order)
            if let last = groups.indices.last, groups[last].heading == heading {
                groups[last].records.append(record)
            } else {
                groups.append(RecordGroup(heading, record))
            }
        }
    }

    private static func heading(of record: RecordSummary, in order: RecordOrder) -> Heading {
        if order == .latestArrival, let arrived = record.arrived {
            return .arrival(Calendar.current.startOfDay(for: arrived))
        }
        guard let date = record.date, date.count >= 4 else { return .undated }
        return .time(String(date.prefix(date.count >= 7 ? 7 : 4)))
    }
}

/// A page of records, and the mark after which the next one begins.
public struct RecordPage: Equatable, Sendable {
    public let records: [RecordSummary]
    public let next: String?

    public init(records: [RecordSummary], next: String?) {
        self.records = records
        self.next = next
    }
}
