// Granting in three steps: what, for what and how long, then a plain preview that the PIN confirms.

import Foundation
import Observation

/// What the screens of a new grant show.
public struct GrantScreenState: BusyState, Equatable, Sendable {
    /// The steps in their order.
    public enum Step: Int, Comparable, CaseIterable, Sendable {
        case categories, terms, review, granted

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    public internal(set) var step = Step.categories
    /// The clinic as it was last proved, or as the directory has it until then.
    public internal(set) var clinic: Clinic
    public internal(set) var counts: [CategoryCount] = []
    public internal(set) var categories: Set<RecordCategory> = []
    public internal(set) var purpose: Purpose
    /// None: as long as the clinic asks for.
    public internal(set) var days: Int?
    /// Whether the clinic is told the patient's name and birth date.
    public internal(set) var isNamed = true
    public internal(set) var preview: GrantPreview?
    public internal(set) var granted: Grant?
    /// Whether what the clinic asks for was refused.
    public internal(set) var isRefused = false
    /// Nobody was reached who can go on with what was granted.
    public internal(set) var isOffline = false
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?

    /// Among what the screen lets choose where the clinic asked for nothing.
    let choices: Choices
    /// What the clinic asks for: no more is given in answer to it.
    public let asked: AccessRequest?

    init(clinic: Clinic, choices: Choices, asked: AccessRequest? = nil) {
        self.clinic = clinic
        self.choices = choices
        self.asked = asked
        categories = Set(asked?.categories ?? [])
        purpose = asked?.purpose ?? choices.purpose
        days = asked == nil ? choices.days : nil
    }

    /// The kinds of records that can be chosen, with how many there are.
    public var offered: [CategoryCount] {
        guard let asked else { return counts }
        return asked.categories.map { one in counts.first { $0.category == one } ?? CategoryCount(category: one, count: 0) }
    }

    /// For how many days it can be given; less than what the clinic asks for.
    public var offeredDays: [Int] {
        guard let asked else { return choices.grantDays }
        return choices.grantDays.filter { TimeInterval($0) * 86_400 < asked.lasts }
    }

    /// What for; what the clinic asks for is not changed.
    public var offeredPurposes: [Purpose] { asked.map { [$0.purpose] } ?? choices.purposes }

    /// How long it lasts, in seconds.
    public var lasts: TimeInterval { days.map { TimeInterval($0) * 86_400 } ?? asked?.lasts ?? 0 }

    /// Whether there is something to refuse.
    public var canRefuse: Bool { asked != nil && !isBusy && !isRefused && step == .categories }

    /// Whether the next step can be taken.
    public var canContinue: Bool {
        guard !isBusy, !isRefused, clinic.canBeGranted else { return false }
        switch step {
        case .categories: return !categories.isEmpty
        case .terms: return true
        case .review: return preview != nil
        case .granted: return false
        }
    }

    /// What will be granted.
    var terms: GrantTerms {
        GrantTerms(
            clinic: clinic.id, categories: RecordCategory.allCases.filter(categories.contains), purpose: purpose, days: days,
            isNamed: isNamed, request: asked?.id)
    }
}

/// Makes a grant.
@MainActor @Observable
public final class GrantModel: BusyModel {
    public internal(set) var state: GrantScreenState
    /// The PIN that confirms.
    public let pin = PINEntry()
    private let consent: any ConsentService & LockService
    private let records: any RecordService

    public init(clinic: Clinic, consent: any ConsentService & LockService, records: any RecordService) {
        state = GrantScreenState(clinic: clinic, choices: consent.choices)
        self.consent = consent
        self.records = records
    }

    /// Answers what a clinic asks for.
    public init(asked: AccessRequest, consent: any ConsentService & LockService, records: any RecordService) {
        state = GrantScreenState(clinic: asked.clinic, choices: consent.choices, asked: asked)
        self.consent = consent
        self.records = records
    }

    /// Proves the clinic and counts what could be granted.
    public func load() async {
        await attempt { [consent, records, id = state.clinic.id] () throws(Problem) in
            self.state.counts = try await records.counts()
            self.state.clinic = try await consent.proveClinic(id)
            try self.refuseUntrusted()
        }
    }

    public func toggle(_ category: RecordCategory) {
        guard state.step == .categories, state.asked?.categories.contains(category) != false else { return }
        state.categories.formSymmetricDifference([category])
    }

    public func choose(_ purpose: Purpose) {
        guard state.step == .terms, state.offeredPurposes.contains(purpose) else { return }
        state.purpose = purpose
    }

    /// For so many days, or none: as long as the clinic asks for.
    public func choose(days: Int?) {
        guard state.step == .terms, days.map(state.offeredDays.contains) ?? (state.asked != nil) else { return }
        state.days = days
    }

    /// Chooses whether the clinic is told the patient's name and birth date.
    public func tellName(_ isNamed: Bool) {
        guard state.step == .terms else { return }
        state.isNamed = isNamed
    }

    /// Goes a step on; before the last it fetches the preview.
    public func next() async {
        guard state.canContinue else { return }
        switch state.step {
        case .categories:
            state.step = .terms
        case .terms:
            await attempt { [consent, terms = state.terms] () throws(Problem) in
                self.state.preview = try await consent.preview(terms)
                self.state.step = .review
            }
        case .review, .granted:
            break
        }
    }

    /// Goes a step back; a preview is made anew each time.
    public func back() {
        guard !state.isBusy, state.step != .granted, let step = GrantScreenState.Step(rawValue: state.step.rawValue - 1) else {
            return
        }
        pin.clear()
        state.preview = nil
        state.problem = nil
        state.step = step
    }

    /// Refuses what the clinic asks for.
    public func refuse() async {
        guard state.canRefuse, let asked = state.asked else { return }
        await attempt { [consent] () throws(Problem) in
            try await consent.refuseRequest(asked.id)
            self.state.isRefused = true
        }
    }

    /// Grants what the preview showed. The PIN is overwritten.
    public func confirm() async {
        guard state.step == .review, state.canContinue, pin.isComplete else { return }
        await attempt { [consent, terms = state.terms] () throws(Problem) in
            self.state.granted = try await self.pin.spend { pin throws(Problem) in
                try await consent.grant(terms, pin: pin)
            }
            self.state.step = .granted
        }
        // The grant stands whether or not anybody is reached now.
        guard state.granted != nil else { return }
        await attempt { [consent] () throws(Problem) in
            self.state.isOffline = try await !consent.sync().isComplete
            try await self.look()
        }
    }

    /// Syncs until access is given or has ended, or the task is cancelled. Each `pause` is a few seconds.
    public func follow(pause: Pause = aFewSeconds) async {
        await consent.syncWhile({ state.granted?.isUnsent == true }, pause: pause) {
            state.isOffline = !$0.isComplete
            if $0.hasNews { try? await look() }
        }
    }

    /// Follows what happens to the grant that was made, also by another screen's doing, until the task is cancelled.
    public func observe() async {
        for await change in consent.changes() {
            switch change {
            case .grantChanged, .other: try? await look()
            case .unlocked, .locked, .grantExpiring, .shareTried, .recordsRead, .clinicKeyChanged: break
            }
        }
    }

    /// Looks where the grant that was made stands now.
    private func look() async throws(Problem) {
        guard let granted = state.granted else { return }
        state.granted = try await consent.grants().first { $0.id == granted.id } ?? granted
    }

    func learn(from problem: Problem) {
        if problem == .clinicKeyChanged { state.clinic = state.clinic.with(standing: .keyChanged) }
        if problem == .clinicSuspended { state.clinic = state.clinic.with(standing: .suspended) }
    }

    private func refuseUntrusted() throws(Problem) {
        switch state.clinic.standing {
        case .listed, .active: return
        case .suspended: throw .clinicSuspended
        case .keyChanged: throw .clinicKeyChanged
        }
    }
}
