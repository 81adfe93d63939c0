// The library's values as the screens', and back.

import Foundation
import Keepwell
import KeepwellKit

extension WalletChange {
    init?(_ event: Event) {
        switch event {
        case .unlocked: self = .unlocked
        case .locked: self = .locked
        case .proofArrived(let grant, let state): self = .grantChanged(grant.text, Grant.State(state))
        case .expiring(let grant, let notAfter): self = .grantExpiring(grant.text, notAfter)
        case .providerKeyChanged(let provider, let name): self = .clinicKeyChanged(provider.text, name: name)
        case .shareOpened(let share, _, _), .shareDenied(let share, _, _, _): self = .shareTried(share.text)
        case .recordsRead(let grant, let name, let records, let proof):
            self = .recordsRead(
                RecordsRead(
                    grant: grant.text, clinicName: name, records: Int(clamping: records), isProved: proof != .unproved))
        case .grantRead, .grantDenied, .readDoubtful: self = .other
        // The screens learn of their own changes where they make them, and of others by what is told beside these.
        case .grantsChanged, .sharesChanged, .importProgress, .sourceProgress, .restoreProgress: return nil
        }
    }
}

extension KeepwellKit.Choices {
    init(_ choices: KeepwellCore.Choices) {
        self.init(
            shareLives: choices.shareLives, shareLivesOnLedger: choices.shareLivesOnLedger, shareLife: choices.shareLife,
            grantDays: choices.grantDurations.map(Self.days), days: Self.days(choices.grantDuration),
            purposes: choices.purposes.map { KeepwellKit.Purpose($0) }, purpose: KeepwellKit.Purpose(choices.purpose),
            autoLockInFront: choices.autoLockInFront, autoLockInBackground: choices.autoLockInBackground)
    }

    static func days(_ duration: TimeInterval) -> Int { Int(duration / 86_400) }
}

extension AccessRequest {
    init(_ asked: KeepwellCore.AccessRequestView) {
        let clinic = Clinic(
            id: asked.provider.text, name: asked.name, place: asked.place.isEmpty ? nil : asked.place, standing: .active)
        self.init(
            id: asked.request.text, clinic: clinic, categories: asked.categories.map { KeepwellKit.RecordCategory($0) },
            purpose: KeepwellKit.Purpose(asked.purpose), lasts: asked.duration)
    }
}

extension KeepwellKit.LedgerQuestions {
    init(_ questions: KeepwellCore.LedgerQuestions) {
        switch questions {
        case .oblivious: self = .oblivious
        case .direct: self = .direct
        }
    }
}

extension KeepwellKit.CategoryCount {
    init(_ count: KeepwellCore.CategoryCount) {
        self.init(category: KeepwellKit.RecordCategory(count.category), count: Int(clamping: count.count))
    }
}

extension KeepwellKit.RecordSummary {
    init(_ record: KeepwellCore.RecordSummary) {
        self.init(
            id: record.id.text, category: KeepwellKit.RecordCategory(record.category), resourceType: record.resourceType,
            title: record.display ?? record.code ?? record.resourceType, date: record.date, source: record.source,
            value: record.value.map { PictureValue($0) }, flag: record.flag.map { KeepwellKit.ValueFlag($0) },
            validities: record.validities.map { KeepwellKit.Validity($0) }, arrived: record.arrivedAt)
    }
}

extension KeepwellKit.RecordOrder {
    var inLibrary: KeepwellCore.RecordOrder {
        switch self {
        case .newestFirst: .newestFirst
        case .latestArrival: .latestArrival
        }
    }
}

extension Clinic {
    init(_ provider: ProviderSummary) {
        self.init(
            id: provider.provider.text, name: provider.name, place: provider.place.isEmpty ? nil : provider.place,
            standing: Standing(provider.state))
    }

    var inLibrary: ProviderSummary {
        ProviderSummary(provider: ProviderId(id), name: name, place: place ?? "", state: standing.inLibrary)
    }

    init(_ provider: ProviderView) {
        self.init(
            id: provider.provider.text, name: provider.name, place: provider.place.isEmpty ? nil : provider.place,
            standing: Standing(provider.state))
    }
}

extension Clinic.Standing {
    init(_ state: ProviderState) {
        switch state {
        case .listed: self = .listed
        case .active: self = .active
        case .suspended: self = .suspended
        case .keyChanged: self = .keyChanged
        }
    }
}

extension Clinic.Standing {
    var inLibrary: ProviderState {
        switch self {
        case .listed: .listed
        case .active: .active
        case .suspended: .suspended
        case .keyChanged: .keyChanged
        }
    }
}

extension GrantTerms {
    var scope: Scope { Scope(categories: categories.map(\.inLibrary)) }
}

extension Grant {
    init(_ grant: GrantView) {
        self.init(
            id: grant.grant.text, clinic: grant.provider.text, clinicName: grant.name,
            categories: grant.scope.categories.map { KeepwellKit.RecordCategory($0) },
            purpose: KeepwellKit.Purpose(grant.purpose), notBefore: grant.notBefore, notAfter: grant.notAfter,
            state: State(grant.state), since: grant.since, stoppedBy: grant.stoppedBy.map { StoppedBy($0) },
            delivered: grant.delivered,
            matchCode: grant.matchCode)
    }
}

extension KeepwellKit.GrantExtension {
    init(_ extended: KeepwellCore.GrantExtension) {
        self.init(grant: Grant(extended.grant), former: Grant.State(extended.former))
    }
}

extension Grant.State {
    init(_ state: GrantState) {
        switch state {
        case .pending: self = .pending
        case .active: self = .active
        case .expired: self = .expired
        case .revoking: self = .revoking
        case .revoked: self = .revoked
        }
    }
}

extension Grant.StoppedBy {
    init(_ stoppedBy: KeepwellCore.StoppedBy) {
        switch stoppedBy {
        case .host: self = .host
        case .ledger: self = .ledger
        }
    }
}

extension GrantPreview {
    init(_ preview: AccessPreview) {
        let seen = preview.categories.flatMap(\.seen).map { KeepwellKit.RecordSummary($0.record) }
        self.init(
            seen: PreviewedCategory.grouping(seen), along: preview.referenced.map { KeepwellKit.RecordSummary($0) })
    }
}

extension KeepwellKit.SharePreview {
    init(_ preview: KeepwellCore.SharePreview) {
        self.init(
            leaving: PreviewedCategory.grouping(preview.records.map { KeepwellKit.RecordSummary($0) }),
            along: preview.referenced.map { KeepwellKit.RecordSummary($0) },
            withdrawn: preview.withdrawn.map { KeepwellKit.RecordSummary($0) }, hasPDF: preview.renderedPdfBytes != nil)
    }
}

extension KeepwellKit.ShareRequest {
    var scopes: [Scope] { categories.map { Scope(categories: [$0.inLibrary]) } }

    /// What the library is asked for: one file, which every scanner knows, unless something else is asked of it.
    func inLibrary(_ passcode: String?) -> KeepwellCore.ShareRequest {
        let isPlain = !followsRecord && passcode == nil
        return ShareRequest(
            scopes, for: .seconds(life), label: label.isEmpty ? nil : label, opens: opens.map(UInt32.init(clamping:)),
            manifest: isPlain ? nil : ManifestRequest(isLongTerm: followsRecord, passcode: passcode),
            story: hasStory ? story : nil)
    }
}

extension SyncOutcome {
    init(_ report: SyncReport) {
        self.init(isComplete: report.offline == nil, hasNews: report.sent > 0 || report.received > 0)
    }
}

extension Share {
    init(_ share: ShareSummary) {
        self.init(
            id: share.id.text, label: share.label, created: share.created, expires: share.expires,
            opens: share.opens.map(Int.init), state: State(share.state), isTold: share.isTold,
            followsRecord: share.isLongTerm, needsPasscode: share.needsPasscode, ledger: share.ledger.map { Grant.State($0) })
    }
}

extension Share.State {
    init(_ state: ShareState) {
        switch state {
        case .active: self = .active
        case .paused: self = .paused
        case .expired: self = .expired
        case .revoked: self = .revoked
        }
    }
}

extension Share.Action {
    var inLibrary: LinkAction {
        switch self {
        case .pause: .pause
        case .resume: .resume
        case .revoke: .revoke
        }
    }
}

extension KeepwellKit.ShareOpening {
    init(_ opening: KeepwellCore.ShareOpening) {
        self.init(time: opening.time, recipient: opening.recipient, opened: opening.outcome == .opened)
    }
}

extension KeepwellKit.GrantActivity {
    init(_ activity: KeepwellCore.GrantActivity) {
        self.init(
            entries: activity.entries.map { LogEntry($0) }, recordsRead: activity.recordsRead.map { Int(clamping: $0) })
    }
}

extension LogEntry {
    init(_ activity: Activity) {
        let (event, about, grant): (Event, String, GrantId?) =
            switch activity.event {
            case .granted(let grant, let name): (.granted, name, grant)
            case .revoked(let grant, let name): (.revoked, name, grant)
            case .grantRead(let grant, let name, .signed): (.grantRead, name, grant)
            case .grantDenied(let grant, let name, _, .signed): (.grantDenied, name, grant)
            case .recordsRead(let grant, let name, _, .signed, .valid): (.recordsRead, name, grant)
            case .recordsRead(let grant, let name, _, .signed, .invalid): (.readWithoutReceipt, name, grant)
            case .recordsRead(let grant, let name, _, .unproved, _), .grantRead(let grant, let name, .unproved),
                .grantDenied(let grant, let name, _, .unproved):
                (.unproved, name, grant)
            case .shareMade(_, let label): (.shareMade, label, nil)
            case .shareOpened(_, let recipient): (.shareOpened, recipient, nil)
            case .shareDenied(_, let recipient, _): (.shareDenied, recipient, nil)
            }
        self.init(time: activity.time, event: event, about: about, grant: grant?.text)
    }
}

extension KeepwellKit.Purpose {
    init(_ purpose: KeepwellCore.Purpose) {
        switch purpose {
        case .treat: self = .treatment
        case .emergencyTreat: self = .emergency
        case .payment: self = .payment
        case .operations: self = .operations
        case .research: self = .research
        case .publicHealth: self = .publicHealth
        case .patientRequest: self = .patientRequest
        case .familyRequest: self = .familyRequest
        }
    }

    var inLibrary: KeepwellCore.Purpose {
        switch self {
        case .treatment: .treat
        case .emergency: .emergencyTreat
        case .payment: .payment
        case .operations: .operations
        case .research: .research
        case .publicHealth: .publicHealth
        case .patientRequest: .patientRequest
        case .familyRequest: .familyRequest
        }
    }
}

extension KeepwellKit.RecordCategory {
    init(_ category: KeepwellCore.RecordCategory) {
        switch category {
        case .patient: self = .patient
        case .allergies: self = .allergies
        case .conditions: self = .conditions
        case .medications: self = .medications
        case .immunizations: self = .immunizations
        case .results: self = .results
        case .vitals: self = .vitals
        case .procedures: self = .procedures
        case .documents: self = .documents
        case .encounters: self = .encounters
        case .devices: self = .devices
        case .familyHistory: self = .familyHistory
        case .socialHistory: self = .socialHistory
        case .carePlans: self = .carePlans
        case .insurance: self = .insurance
        case .genomics: self = .genomics
        case .wearables: self = .wearables
        case .other: self = .other
        }
    }

    var inLibrary: KeepwellCore.RecordCategory {
        // Both lists have the same members: the switch above is exhaustive one way, a test the other.
        KeepwellCore.RecordCategory.allCases.first { KeepwellKit.RecordCategory($0) == self } ?? .other
    }
}
