// What the first launch shows: where a wallet may be connected, and what a restore came to.

import Foundation

/// Servers that the app was built with or that a code names. Nothing is connected before the person agrees.
public struct ConnectionOffer: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// Who keeps the sealed records, in the form that a name server knows.
    public let hostName: String
    /// Who confirms clinics, in the same form.
    public let ledgerName: String
    /// By what people tell what they trust there from another's: groups of letters and digits.
    public let anchorFingerprint: String
    /// Whether it is a demonstration, which proves nothing.
    public let isDemonstration: Bool
    public let ledgerURL: String
    public let hostURL: String
    /// The trust anchor file's content.
    public let anchor: Data
    /// As secret as an entrance ticket.
    public let invite: String?

    public init(
        hostName: String, ledgerName: String, anchorFingerprint: String, isDemonstration: Bool, ledgerURL: String,
        hostURL: String, anchor: Data, invite: String? = nil
    ) {
        self.hostName = hostName
        self.ledgerName = ledgerName
        self.anchorFingerprint = anchorFingerprint
        self.isDemonstration = isDemonstration
        self.ledgerURL = ledgerURL
        self.hostURL = hostURL
        self.anchor = anchor
        self.invite = invite
    }

    /// How the text of a code begins that names servers.
    public static let codePrefix = "keepwell:c/"
    /// How the code on a clinic's desk begins, which names no servers.
    public static let clinicCodePrefix = "keepwell:p/"

    public var description: String { "ConnectionOffer(\(hostName))" }
    public var customMirror: Mirror { Mirror(self, children: ["hostName": hostName]) }
}

/// How much of what is fetched is here.
public struct RestoreProgress: Equatable, Sendable {
    /// Sealed bytes of records so far.
    public let bytes: Int
    /// Of how many; 0 while it is not known.
    public let total: Int

    public init(bytes: Int, total: Int) {
        self.bytes = bytes
        self.total = total
    }

    /// Between 0 and 1, where there is a total.
    public var fraction: Double? { total > 0 ? min(1, max(0, Double(bytes) / Double(total))) : nil }
}

/// What came back with the words, and what did not.
public struct RestoreReport: Equatable, Sendable {
    /// Something that is not back, or not certain; counts are at least one.
    public enum Missing: Hashable, Sendable {
        /// Records that are not there any more or are damaged; no category where only one clinic's access listed them.
        case records(RecordCategory?, count: Int)
        /// Things that only a newer Keepwell reads.
        case needsUpdate(count: Int)
        /// Notes of the app's own: names of shares, who got what, what was done.
        case ownNotes(count: Int)
        /// Grants that exist and whose terms are lost.
        case unknownGrants(count: Int)
        /// Grants of which it could not be learned whether they still hold.
        case unprovedGrants(count: Int)
        /// Nothing proves that this is the newest state.
        case maybeOlder
    }

    public let records: Int
    public let grants: Int
    public let shares: Int
    /// As of when.
    public let time: Date
    public let missing: [Missing]

    public init(records: Int, grants: Int, shares: Int, time: Date, missing: [Missing]) {
        self.records = records
        self.grants = grants
        self.shares = shares
        self.time = time
        self.missing = missing
    }
}

/// How what is known of clinics is asked for.
public enum LedgerQuestions: Equatable, Sendable {
    /// Sealed, through the host: it does not learn what is asked, and who answers not which phone asks.
    case oblivious
    /// Who answers sees which phone asks.
    case direct
}

/// How the wallet is.
public struct WalletStatus: Equatable, Sendable {
    /// Whether the owner has shown that the recovery words were written down.
    public let areWordsVerified: Bool
    public let records: Int
    /// Whether the wallet knows its servers.
    public let isConnected: Bool
    /// Versions of records that are on this phone alone; all of them while it is not connected.
    public let recordsOnlyHere: Int
    /// Decisions that no server was told of.
    public let unsentDecisions: Int
    /// How the ledger was asked last; none where it never was.
    public let ledgerQuestions: LedgerQuestions?

    public init(
        areWordsVerified: Bool, records: Int, isConnected: Bool, recordsOnlyHere: Int = 0, unsentDecisions: Int = 0,
        ledgerQuestions: LedgerQuestions? = nil
    ) {
        self.areWordsVerified = areWordsVerified
        self.records = records
        self.isConnected = isConnected
        self.recordsOnlyHere = recordsOnlyHere
        self.unsentDecisions = unsentDecisions
        self.ledgerQuestions = ledgerQuestions
    }
}
