// What the screens show of the log.

import Foundation

/// What happened, newest first.
public struct Log: Equatable, Sendable {
    public let entries: [LogEntry]
    /// Whether nobody was reached who knows what others did.
    public let isOwnOnly: Bool

    public init(entries: [LogEntry], isOwnOnly: Bool) {
        self.entries = entries
        self.isOwnOnly = isOwnOnly
    }
}

/// What happened about one grant, newest first.
public struct GrantActivity: Equatable, Sendable {
    public let entries: [LogEntry]
    /// How many records were read under it, each once. None where nobody was reached who knows.
    public let recordsRead: Int?

    public init(entries: [LogEntry], recordsRead: Int?) {
        self.entries = entries
        self.recordsRead = recordsRead
    }
}

/// Something that happened: what the owner did, and what others did with what they were given.
public struct LogEntry: Equatable, Hashable, Sendable {
    /// What happened.
    public enum Event: Equatable, Hashable, Sendable {
        case granted, revoked
        /// A clinic asked which records there are.
        case grantRead
        /// A clinic fetched records.
        case recordsRead
        /// A clinic fetched records and signed no valid receipt for it.
        case readWithoutReceipt
        /// The host says that a clinic read or asked, and nothing proves it.
        case unproved
        /// A clinic wanted to look, and the host refused.
        case grantDenied
        case shareMade, shareOpened, shareDenied
    }

    public let time: Date
    public let event: Event
    /// Whom or what it was about: a clinic's name, a share's label, who they said they are.
    public let about: String
    /// The access that it was about or by which it was done.
    public let grant: Grant.ID?

    public init(time: Date, event: Event, about: String, grant: Grant.ID? = nil) {
        self.time = time
        self.event = event
        self.about = about
        self.grant = grant
    }

    /// Whether it is something that the owner did.
    public var isOwn: Bool {
        switch event {
        case .granted, .revoked, .shareMade: true
        case .grantRead, .recordsRead, .readWithoutReceipt, .unproved, .grantDenied, .shareOpened, .shareDenied: false
        }
    }
}

/// That a clinic read records.
public struct RecordsRead: Equatable, Hashable, Sendable {
    /// The access by which it read last.
    public let grant: Grant.ID
    /// Empty where this wallet knows no such access.
    public let clinicName: String
    /// How many records, each once.
    public let records: Int
    /// Whether the clinic signed that it asked for them, if no receipt. Else the server says so, and nothing proves it.
    public let isProved: Bool

    public init(grant: Grant.ID, clinicName: String, records: Int, isProved: Bool) {
        self.grant = grant
        self.clinicName = clinicName
        self.records = records
        self.isProved = isProved
    }
}
