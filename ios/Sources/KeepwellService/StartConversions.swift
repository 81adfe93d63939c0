// What the library says of connections, restores and imports, as the screens'.

import Foundation
import Keepwell
import KeepwellKit

extension KeepwellKit.ConnectionOffer {
    init(_ offer: KeepwellCore.ConnectionOffer) {
        self.init(
            hostName: offer.hostName, ledgerName: offer.ledgerName, anchorFingerprint: offer.anchorFingerprint.text,
            isDemonstration: offer.isDemonstration, ledgerURL: offer.servers.ledgerUrl, hostURL: offer.servers.hostUrl,
            anchor: offer.servers.anchor, invite: offer.invite)
    }

    var servers: Servers { Servers(ledgerUrl: ledgerURL, hostUrl: hostURL, anchor: anchor) }
}

extension KeepwellKit.RestoreReport {
    init(_ report: KeepwellCore.RestoreReport) {
        self.init(
            records: Int(clamping: report.records), grants: Int(clamping: report.grants), shares: Int(clamping: report.shares),
            time: report.time, missing: Self.merged(report.missing))
    }

    /// Each kind once, in the order of their first mention, with the counts of those that are one to a person.
    private static func merged(_ missing: [KeepwellCore.Missing]) -> [Missing] {
        missing.reduce(into: []) { merged, one in
            let one = Missing(one)
            guard let index = merged.firstIndex(where: { $0.isSameKind(as: one) }) else { return merged.append(one) }
            merged[index] = merged[index].with(count: merged[index].count + one.count)
        }
    }
}

extension KeepwellKit.RestoreReport.Missing {
    init(_ missing: KeepwellCore.Missing) {
        switch missing {
        case .versions(let category, let count), .lists(let category, let count):
            self = .records(category.map { KeepwellKit.RecordCategory($0) }, count: Int(clamping: count))
        case .newerVersions(let count), .newerState(let count): self = .needsUpdate(count: Int(clamping: count))
        case .stateLists(let count), .state(_, let count), .compartments(let count): self = .ownNotes(count: Int(clamping: count))
        case .unknownGrants(let count): self = .unknownGrants(count: Int(clamping: count))
        case .unprovedGrants(let count): self = .unprovedGrants(count: Int(clamping: count))
        case .anchor: self = .maybeOlder
        }
    }

    fileprivate var count: Int {
        switch self {
        case .records(_, let count), .needsUpdate(let count), .ownNotes(let count), .unknownGrants(let count),
            .unprovedGrants(let count):
            count
        case .maybeOlder: 0
        }
    }

    fileprivate func with(count: Int) -> Self {
        switch self {
        case .records(let category, _): .records(category, count: count)
        case .needsUpdate: .needsUpdate(count: count)
        case .ownNotes: .ownNotes(count: count)
        case .unknownGrants: .unknownGrants(count: count)
        case .unprovedGrants: .unprovedGrants(count: count)
        case .maybeOlder: .maybeOlder
        }
    }

    fileprivate func isSameKind(as other: Self) -> Bool { with(count: 0) == other.with(count: 0) }
}

extension KeepwellKit.RestoreProgress {
    init?(_ event: Event) {
        guard case .restoreProgress(let bytes, let total) = event else { return nil }
        self.init(bytes: Int(clamping: bytes), total: Int(clamping: total))
    }
}

extension KeepwellKit.ImportOutcome {
    init(_ outcome: KeepwellCore.ImportOutcome) {
        switch outcome {
        case .imported(let report): self = .imported(KeepwellKit.ImportReport(report))
        case .otherPatients(let patients): self = .whoIsIt(patients.map { FoundPerson($0) })
        }
    }
}

extension KeepwellKit.ImportReport {
    init(_ report: KeepwellCore.ImportReport) {
        let setAside = report.quarantined.map { SetAsideKind($0) } + report.broken.map { _ in SetAsideKind.damaged }
        self.init(
            id: report.import?.text, added: Int(clamping: report.added), updated: Int(clamping: report.updated),
            unchanged: Int(clamping: report.duplicates), keptOut: Int(clamping: report.otherPatient),
            removed: Int(clamping: report.removed), setAside: setAside,
            isIncomplete: report.notices.contains { $0.isMissing })
    }
}

extension Notice {
    /// Whether it says that something is not among the files.
    fileprivate var isMissing: Bool {
        switch self {
        case .missingPage: true
        case .serverSaid(_, _, let isError, _): isError
        case .oldRelease, .healthCard, .document, .measurements, .more: false
        }
    }
}

extension SetAsideKind {
    init(_ part: QuarantinedPart) {
        switch part.reason {
        case .tooDeep, .tooLarge: self = .tooLarge
        case .invalidJson, .invalidText: self = .damaged
        case .unsupportedFormat, .notAResource, .invalidResourceType, .healthCard, .document: self.init(part.kind)
        }
    }

    init(_ item: QuarantinedItem) {
        self = [.tooDeep, .tooLarge, .gzipTooLarge].contains(item.reason) ? .tooLarge : SetAsideKind(item.kind)
    }

    private init(_ kind: ContentKind) {
        switch kind {
        case .pdf, .officeDocument, .text: self = .document
        case .picture, .dicom: self = .picture
        case .zip, .archive: self = .packed
        case .cCda, .fhirXml, .appleHealth, .hl7Version2, .xml: self = .otherForm
        case .healthCard, .healthCardJws, .healthCardQr, .healthLink, .jwe: self = .card
        case .table: self = .table
        case .html: self = .webPage
        case .empty: self = .empty
        case .damaged: self = .damaged
        case .bundle, .resource, .ndjson, .jsonLinesOfValues, .jsonOther, .binary: self = .unknown
        }
    }
}

extension FoundPerson {
    init(_ patient: FoundPatient) {
        self.init(
            id: Int(clamping: patient.number), name: patient.name, birthDate: patient.birthDate,
            records: Int(clamping: patient.records), isOwner: patient.isOwner)
    }
}

extension Import {
    init(_ summary: ImportSummary) {
        self.init(
            id: summary.import.text, source: summary.source, time: summary.time, added: Int(clamping: summary.added),
            updated: Int(clamping: summary.updated), undone: summary.undone)
    }
}

extension KeepwellKit.ImportReach {
    init(_ reach: KeepwellCore.ImportReach) {
        self.init(
            records: Int(clamping: reach.versions), clinics: reach.granted, shares: Int(clamping: reach.shares),
            setAside: Int(clamping: reach.quarantined))
    }
}

extension KeepwellKit.UndoReport {
    init(_ report: KeepwellCore.UndoReport) {
        self.init(removed: Int(clamping: report.removed), restored: Int(clamping: report.restored))
    }
}

extension SetAsideItem {
    init(_ item: QuarantinedItem) {
        self.init(
            id: item.id.text, file: item.file, kind: SetAsideKind(item), bytes: Int(clamping: item.bytes),
            received: item.received)
    }
}
