// What the home shows.

import Foundation

/// Whose records these are, what holds now, what is new, what there is to do.
public struct Overview: Equatable, Sendable {
    /// None where no record gives a name and a birth date.
    public let owner: Owner?
    public let allergies: CurrentRecords
    public let problems: CurrentRecords
    public let medicines: CurrentRecords
    /// The newest results and vital signs, one of each kind.
    public let results: [LatestResult]
    /// What came since the owner saw an overview last; nothing before they saw the first one.
    public let new: [CategoryCount]
    /// The most urgent first.
    public let toDo: [ToDo]
    /// For ``HomeService/markSeen(_:)`` once this was shown.
    public let newest: Int

    public init(
        owner: Owner?, allergies: CurrentRecords = CurrentRecords(), problems: CurrentRecords = CurrentRecords(),
        medicines: CurrentRecords = CurrentRecords(), results: [LatestResult] = [], new: [CategoryCount] = [],
        toDo: [ToDo] = [], newest: Int = 0
    ) {
        self.owner = owner
        self.allergies = allergies
        self.problems = problems
        self.medicines = medicines
        self.results = results
        self.new = new
        self.toDo = toDo
        self.newest = newest
    }
}

/// Whose records these are.
public struct Owner: Equatable, Sendable {
    public let name: String
    /// As FHIR writes a date.
    public let birthDate: String

    public init(name: String, birthDate: String) {
        self.name = name
        self.birthDate = birthDate
    }

    /// The age in whole years; none where the birth date is not known to the day.
    public func age(at now: Date, in zone: TimeZone = .current) -> Int? {
        // FHIR counts years as this calendar does, whichever one the person's phone shows.
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = birthDate.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, birthDate.count == 10 else { return nil }
        let today = calendar.dateComponents([.year, .month, .day], from: now)
        guard let year = today.year, let month = today.month, let day = today.day else { return nil }
        let age = year - parts[0] - ((month, day) < (parts[1], parts[2]) ? 1 : 0)
        return age >= 0 ? age : nil
    }
}

/// Records of one kind that hold now, newest first.
public struct CurrentRecords: Equatable, Sendable {
    public let records: [RecordSummary]
    /// How many more there are.
    public let more: Int

    public init(records: [RecordSummary] = [], more: Int = 0) {
        self.records = records
        self.more = more
    }
}

/// How a number compares with the one before it.
public enum Trend: String, CaseIterable, Hashable, Sendable {
    case up, down, same
}

/// The newest result of a kind.
public struct LatestResult: Equatable, Hashable, Identifiable, Sendable {
    public let record: RecordSummary
    /// None where there is no other to compare with, or where units differ.
    public let trend: Trend?

    public var id: RecordSummary.ID { record.id }

    public init(record: RecordSummary, trend: Trend? = nil) {
        self.record = record
        self.trend = trend
    }
}

/// Something that the owner should do or know; counts are at least one.
public enum ToDo: Hashable, Sendable {
    /// Another phone has taken over; this one sends nothing any more.
    case takenOver
    /// Decisions that no server has: what was ended may still be open.
    case sendDecisions(Int)
    /// Clinics whose key was replaced, and not by themselves.
    case checkClinics(Int)
    /// The recovery words were never checked.
    case checkWords
    /// The wallet knows no servers: records are on this phone alone.
    case connect
    /// The host has lost records, and sending them again waits for the owner to agree.
    case agreeToSendAgain
    /// Records that the host does not have yet.
    case sendRecords(Int)
    /// Grants that end within a day.
    case endSoon(Int)
    /// What was set aside from imports and waits to be looked through.
    case lookThrough(Int)
    /// Clinics, whose records come from their servers, that want the owner to sign in again.
    case signInAgain(Int)
    /// There is nothing in it yet.
    case addRecords
}
