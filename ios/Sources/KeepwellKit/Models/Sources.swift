// Clinics whose records come from their own servers.

import Foundation

/// A clinic whose records come from its own server; kinds of records are by FHIR's names.
public struct Source: Equatable, Hashable, Identifiable, Sendable {
    public let id: String
    /// The name of its server.
    public let name: String
    public let address: String
    /// The kinds of records that it gives.
    public let given: [String]
    /// The kinds that it was asked for and does not give.
    public let withheld: [String]
    public let added: Date
    /// When its records were fetched last.
    public let last: Date?
    /// When what the patient agreed to ends, where that is known.
    public let expires: Date?
    /// Whether that has ended: the patient signs in again.
    public let needsSignIn: Bool

    public init(
        id: String, name: String, address: String, given: [String], withheld: [String], added: Date, last: Date?,
        expires: Date? = nil, needsSignIn: Bool = false
    ) {
        self.id = id
        self.name = name
        self.address = address
        self.given = given
        self.withheld = withheld
        self.added = added
        self.last = last
        self.expires = expires
        self.needsSignIn = needsSignIn
    }
}

/// What came of signing in.
public enum SignInResult: Equatable, Sendable {
    /// The clinic is connected; nothing was fetched yet.
    case connected(Source)
    /// It gives records of somebody who may be the patient or not: it is not connected.
    case whoIsIt(OtherPerson)
}

/// Somebody whose records a clinic gives; the id says that it is the patient when the patient signs in again.
public struct OtherPerson: Equatable, Identifiable, Sendable {
    public let id: String
    public let name: String?
    public let birthDate: String?

    public init(id: String, name: String?, birthDate: String?) {
        self.id = id
        self.name = name
        self.birthDate = birthDate
    }
}

/// What came of fetching records.
public struct SourceSync: Equatable, Sendable {
    public let source: Source
    public let report: ImportReport
    public let missing: [MissingRecords]

    public init(source: Source, report: ImportReport, missing: [MissingRecords]) {
        self.source = source
        self.report = report
        self.missing = missing
    }
}

/// A kind of records that did not come, or not all of it, or maybe not.
public struct MissingRecords: Equatable, Hashable, Sendable {
    /// Why, as far as a person can act on it.
    public enum Reason: Equatable, Hashable, Sendable, CaseIterable {
        /// The clinic does not give it.
        case refused
        /// It was not reached, or had too much to do: later it may be there.
        case later
        /// What came can't be used.
        case unusable
        /// The clinic gives it only in parts, and may have others than those that came; nothing failed.
        case inParts
        /// What the patient agreed to has ended.
        case signedOut
    }

    public let type: String
    public let reason: Reason

    public init(type: String, reason: Reason) {
        self.type = type
        self.reason = reason
    }
}
