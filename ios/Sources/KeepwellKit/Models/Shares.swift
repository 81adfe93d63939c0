// What the screens show of share links.

import Foundation

/// What to put behind a link, and for how long.
public struct ShareRequest: Equatable, Sendable {
    /// Empty: what a clinic asks for at check-in.
    public var categories: [RecordCategory]
    /// At most 80 characters; shown to whoever opens the link.
    public var label: String
    /// At most 24 hours, or one of ``Choices/shareLivesOnLedger``.
    public var life: TimeInterval
    /// How often it may be opened; none: any number of times.
    public var opens: Int?
    /// Whether what is added later is shown, too, while it lives.
    public var followsRecord: Bool
    /// What the patient tells of themselves, which goes along; nothing where it is blank.
    public var story: String

    /// Whether what the patient wrote goes along.
    public var hasStory: Bool { !story.allSatisfy(\.isWhitespace) }

    public init(
        categories: [RecordCategory] = [], label: String = "", life: TimeInterval, opens: Int? = nil, followsRecord: Bool = false,
        story: String = ""
    ) {
        self.categories = categories
        self.label = label
        self.life = life
        self.opens = opens
        self.followsRecord = followsRecord
        self.story = story
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
    /// Whether what it shows follows the record while it lives.
    public let followsRecord: Bool
    /// Whether it opens only with its passcode.
    public let needsPasscode: Bool
    /// Where its grant on the ledger stands, while which is pending nobody can open it; none: it goes by the host's word alone.
    public let ledger: Grant.State?

    /// Whether nobody can open it yet: the ledger does not show it.
    public var isPending: Bool { state == .active && ledger == .pending }

    /// Whether the ledger is still to show that it was made, or ended.
    public func isOnItsWay(at now: Date) -> Bool { now < expires && (isPending || ledger == .revoking) }

    /// Whether the link still opens although the patient paused or ended it: the host was not reached, and its time is not over.
    public func isStillOpen(at now: Date) -> Bool {
        !isTold && now < expires && (state == .paused || state == .revoked)
    }

    /// Whether whoever has the link can read now.
    public func isOpen(at now: Date) -> Bool { now < expires && state == .active || isStillOpen(at: now) }

    /// Whether the link opens, or can be made to again.
    public func isLive(at now: Date) -> Bool { now < expires && state == .paused || isOpen(at: now) }

    public init(
        id: String, label: String, created: Date, expires: Date, opens: Int?, state: State, isTold: Bool,
        followsRecord: Bool = false, needsPasscode: Bool = false, ledger: Grant.State? = nil
    ) {
        self.id = id
        self.label = label
        self.created = created
        self.expires = expires
        self.opens = opens
        self.state = state
        self.isTold = isTold
        self.followsRecord = followsRecord
        self.needsPasscode = needsPasscode
        self.ledger = ledger
    }
}

/// What would leave with a share that is not made yet.
public struct SharePreview: Equatable, Sendable {
    public let leaving: [PreviewedCategory]
    /// What goes along because a record that leaves refers to it.
    public let along: [RecordSummary]
    /// What stays because its source calls it an error or has removed it.
    public let withdrawn: [RecordSummary]
    /// Whether a PDF that lists what leaves goes along.
    public let hasPDF: Bool

    public init(
        leaving: [PreviewedCategory], along: [RecordSummary] = [], withdrawn: [RecordSummary] = [], hasPDF: Bool = false
    ) {
        self.leaving = leaving
        self.along = along
        self.withdrawn = withdrawn
        self.hasPDF = hasPDF
    }
}

/// A share's link and code. Whoever sees them can read until it ends, so they are shown and never kept or logged.
public struct ShareCode: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    public let link: String
    public let code: QRCode

    public init(link: String, code: QRCode) {
        self.link = link
        self.code = code
    }

    public var description: String { "ShareCode(..)" }
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
