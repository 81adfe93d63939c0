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

    public init(time: Date, event: Event, about: String) {
        self.time = time
        self.event = event
        self.about = about
    }
}
