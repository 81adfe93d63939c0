// What the screens show of share links.

import Foundation

/// What to put behind a link, and for how long.
public struct ShareRequest: Equatable, Sendable {
    /// Empty: what a clinic asks for at check-in.
    public var categories: [RecordCategory]
    /// At most 80 characters; shown to whoever opens the link.
    public var label: String
    /// At most 24 hours.
    public var life: TimeInterval
    /// How often it may be opened; none: any number of times.
    public var opens: Int?

    public init(categories: [RecordCategory] = [], label: String = "", life: TimeInterval, opens: Int? = nil) {
        self.categories = categories
        self.label = label
        self.life = life
        self.opens = opens
    }
}

/// A share link as its owner sees it; the link itself is not in it.
public struct Share: Equatable, Hashable, Identifiable, Sendable {
    /// Where a share stands by this wallet's word and clock.
    public enum State: Equatable, Hashable, Sendable {
        case active, paused, expired, revoked
    }

    /// What can be done with a share.
    public enum Action: Equatable, Hashable, Sendable {
        case pause, resume, revoke
    }

    public let id: String
    public let label: String
    public let created: Date
    public let expires: Date
    public let opens: Int?
    public let state: State
    /// Whether the host knows the state.
    public let isTold: Bool

    /// Whether the link still opens although the patient paused or ended it: the host was not reached, and its time is not over.
    public func isStillOpen(at now: Date) -> Bool {
        !isTold && now < expires && (state == .paused || state == .revoked)
    }

    public init(id: String, label: String, created: Date, expires: Date, opens: Int?, state: State, isTold: Bool) {
        self.id = id
        self.label = label
        self.created = created
        self.expires = expires
        self.opens = opens
        self.state = state
        self.isTold = isTold
    }
}

/// A share that was just made. Whoever sees the code can read until it ends, so it is shown and never kept or logged.
public struct NewShare: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    public let share: Share
    public let link: String
    public let code: QRCode
    /// How many records leave.
    public let records: Int
    /// How many stay because their source calls them an error or has removed them.
    public let withdrawn: Int

    public init(share: Share, link: String, code: QRCode, records: Int, withdrawn: Int = 0) {
        self.share = share
        self.link = link
        self.code = code
        self.records = records
        self.withdrawn = withdrawn
    }

    public var description: String { "NewShare(..)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A QR code as squares, without the quiet zone around it.
public struct QRCode: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// Squares along one side.
    public let size: Int
    private let modules: [Bool]

    /// `modules` row by row, true is dark; none unless they are `size` times `size`, at most 177 as the largest QR code.
    public init?(size: Int, modules: [Bool]) {
        guard (1...177).contains(size), modules.count == size * size else { return nil }
        self.size = size
        self.modules = modules
    }

    /// Whether a square is dark; what lies outside is light.
    public func isDark(row: Int, column: Int) -> Bool {
        guard (0..<size).contains(row), (0..<size).contains(column) else { return false }
        return modules[row * size + column]
    }

    public var description: String { "QRCode(..)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// One attempt to open a share.
public struct ShareOpening: Equatable, Hashable, Sendable {
    public let time: Date
    /// Who they said they are; nobody has checked it.
    public let recipient: String
    public let opened: Bool

    public init(time: Date, recipient: String, opened: Bool) {
        self.time = time
        self.recipient = recipient
        self.opened = opened
    }
}
