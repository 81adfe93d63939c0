// What the screens show of clinics and grants.

import Foundation

/// A clinic of the ledger's directory.
public struct Clinic: Equatable, Hashable, Identifiable, Sendable {
    /// How far the clinic can be trusted with a grant.
    public enum Standing: Equatable, Hashable, Sendable {
        /// In the directory; not proved yet.
        case listed
        /// Proved by the ledger.
        case active
        /// Suspended by governance.
        case suspended
        /// Its signing key was replaced without its own signature.
        case keyChanged
    }

    /// 64 lower-case hexadecimal characters.
    public let id: String
    public let name: String
    public let place: String?
    public let standing: Standing

    /// Whether a grant can be made.
    public var canBeGranted: Bool { standing == .listed || standing == .active }

    public init(id: String, name: String, place: String? = nil, standing: Standing) {
        self.id = id
        self.name = name
        self.place = place
        self.standing = standing
    }
}

extension Clinic {
    /// The clinic of a grant as far as the grant knows it; nothing is proved by that.
    public init(of grant: Grant) {
        self.init(id: grant.clinic, name: grant.clinicName, standing: .listed)
    }

    /// The same clinic, standing otherwise.
    func with(standing: Standing) -> Clinic {
        Clinic(id: id, name: name, place: place, standing: standing)
    }
}

/// Why a clinic reads.
public enum Purpose: String, CaseIterable, Hashable, Sendable {
    case treatment, emergency, payment, operations, research, publicHealth, patientRequest, familyRequest
}

/// What a patient is about to grant.
public struct GrantTerms: Equatable, Sendable {
    public var clinic: Clinic.ID
    /// Sorted, without repeats, not empty.
    public var categories: [RecordCategory]
    public var purpose: Purpose
    /// None: as long as the clinic asks for.
    public var days: Int?
    /// Whether the clinic is told the patient's name and birth date.
    public var isNamed: Bool
    /// What this answers; none where the clinic asked for nothing.
    public var request: AccessRequest.ID?

    public init(
        clinic: Clinic.ID, categories: [RecordCategory], purpose: Purpose, days: Int?, isNamed: Bool = true,
        request: AccessRequest.ID? = nil
    ) {
        self.clinic = clinic
        self.categories = categories
        self.purpose = purpose
        self.days = days
        self.isNamed = isNamed
        self.request = request
    }
}

/// What a clinic asks for by the code at its desk; the patient may give less.
public struct AccessRequest: Equatable, Hashable, Identifiable, Sendable {
    /// 32 lower-case hexadecimal characters.
    public let id: String
    /// Who asks, as the ledger proves it.
    public let clinic: Clinic
    public let categories: [RecordCategory]
    public let purpose: Purpose
    /// For how long, in seconds.
    public let lasts: TimeInterval

    public init(id: String, clinic: Clinic, categories: [RecordCategory], purpose: Purpose, lasts: TimeInterval) {
        self.id = id
        self.clinic = clinic
        self.categories = categories
        self.purpose = purpose
        self.lasts = lasts
    }

    /// Whether a code's text may be one; who reads it says whether it is.
    static func isOne(_ text: String) -> Bool { text.hasPrefix("keepwell:r/") }
}

/// What the clinic would see if the grant were made now.
public struct GrantPreview: Equatable, Sendable {
    /// What it would see; what is not listed stays unseen.
    public let seen: [PreviewedCategory]
    /// What goes along because a record that is seen refers to it.
    public let along: [RecordSummary]

    public init(seen: [PreviewedCategory], along: [RecordSummary] = []) {
        self.seen = seen
        self.along = along
    }
}

/// A grant that was made.
public struct Grant: Equatable, Hashable, Identifiable, Sendable {
    /// Where a grant stands.
    public enum State: Equatable, Hashable, Sendable {
        /// Made here, not yet proved to be on the ledger.
        case pending
        /// Proved to be on the ledger and in force.
        case active
        /// Ended by time.
        case expired
        /// Revoked here; the ledger's proof is awaited.
        case revoking
        /// Revoked, and proved so.
        case revoked
    }

    /// Who has stopped a grant that the patient ended.
    public enum StoppedBy: Equatable, Hashable, Sendable {
        /// The host serves it no more; the ledger does not show it yet.
        case host
        /// The ledger shows that it was revoked.
        case ledger
    }

    /// 64 lower-case hexadecimal characters.
    public let id: String
    public let clinic: Clinic.ID
    public let clinicName: String
    public let categories: [RecordCategory]
    public let purpose: Purpose
    public let notBefore: Date
    public let notAfter: Date
    public let state: State
    /// When it came to the state that it is in.
    public let since: Date
    /// Of one that the patient ended: who has stopped it; nobody yet while neither host nor ledger was reached.
    public let stoppedBy: StoppedBy?
    /// Whether the clinic has been told.
    public let delivered: Bool
    /// The six digits that both screens show.
    public let matchCode: String

    /// Whether the clinic may read, or will as soon as the ledger has the grant.
    public var isInForce: Bool { state == .pending || state == .active }

    /// Whether access is given: the ledger proves it, and the clinic was told.
    public var isGiven: Bool { state == .active && delivered }

    /// Whether the clinic can still read although the patient ended it: neither host nor ledger was reached.
    public var isStillOpen: Bool { state == .revoking && stoppedBy == nil }

    /// Whether the clinic can read under it, or will be able to.
    public var isOpen: Bool { isInForce || isStillOpen }

    /// Whether a server or the clinic has yet to learn what the patient decided.
    public var isUnsent: Bool { isStillOpen || isInForce && !isGiven }

    public init(
        id: String, clinic: Clinic.ID, clinicName: String, categories: [RecordCategory], purpose: Purpose, notBefore: Date,
        notAfter: Date, state: State, since: Date? = nil, stoppedBy: StoppedBy?, delivered: Bool, matchCode: String
    ) {
        self.id = id
        self.clinic = clinic
        self.clinicName = clinicName
        self.categories = categories
        self.purpose = purpose
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.state = state
        self.since = since ?? notBefore
        self.stoppedBy = stoppedBy
        self.delivered = delivered
        self.matchCode = matchCode
    }

    /// The same grant in another state; `stoppedBy` counts while it is being revoked.
    public func with(state: State, since: Date? = nil, stoppedBy: StoppedBy? = nil, delivered: Bool? = nil) -> Grant {
        Grant(
            id: id, clinic: clinic, clinicName: clinicName, categories: categories, purpose: purpose, notBefore: notBefore,
            notAfter: notAfter, state: state, since: since ?? self.since, stoppedBy: state == .revoked ? .ledger : stoppedBy,
            delivered: delivered ?? self.delivered, matchCode: matchCode)
    }
}

/// What extending an access came to.
public struct GrantExtension: Equatable, Sendable {
    /// The new access, which lasts from now for as long as was chosen.
    public let grant: Grant
    /// Where the former one stands. In force: it was kept, since the new one does not stand yet.
    public let former: Grant.State

    public init(grant: Grant, former: Grant.State) {
        self.grant = grant
        self.former = former
    }
}
