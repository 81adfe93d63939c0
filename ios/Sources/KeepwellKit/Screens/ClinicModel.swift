// One clinic: how it stands, every access that it has or had, what it read, and what it may still hold.

import Foundation
import Observation

/// What the page of a clinic shows.
public struct ClinicState: Equatable, Sendable {
    /// What the person is asked about before it is done.
    public enum Question: Equatable, Sendable {
        /// Whether this access is to end.
        case end(Grant)
        /// Whether every access is to end.
        case endAll
    }

    /// The clinic as it was last proved, or as it was known until then.
    public internal(set) var clinic: Clinic
    /// Every access of it, newest first.
    public internal(set) var grants: [Grant] = []
    /// Whether it is known what it did.
    public enum Knowledge: Equatable, Sendable {
        case loading, known
        /// It could not be learned: what is known of it may not be all.
        case unknown
    }

    /// What it did, newest first, as far as that is known.
    public internal(set) var deeds: [LogEntry] = []
    /// How many records it read by each access, each record once.
    var recordsRead: [Grant.ID: Int] = [:]
    public internal(set) var knowledge = Knowledge.loading
    public internal(set) var asking: Question?
    /// Accesses whose end is being written down.
    public internal(set) var ending: Set<Grant.ID> = []
    public internal(set) var isLoaded = false
    /// Nobody was reached: what is shown is what this phone knew last.
    public internal(set) var isOffline = false
    /// What went wrong with showing it, with proving it and with sending, each until that works.
    var loadProblem: Problem?
    var proofProblem: Problem?
    var syncProblem: Problem?
    /// Why an access could not be ended; until the person has read it or ends one.
    public internal(set) var endProblem: Problem?

    init(clinic: Clinic) {
        self.clinic = clinic
    }

    public var problem: Problem? { loadProblem ?? proofProblem ?? syncProblem }

    /// Accesses by which it can read now or soon, newest first: also what was ended here, until a server has stopped it.
    public var open: [Grant] { grants.filter(\.isOpen) }
    /// Accesses by which it can't read any more, newest first.
    public var ended: [Grant] { grants.filter { !$0.isOpen } }
    /// Accesses that the person can end.
    public var inForce: [Grant] { grants.filter(\.isInForce) }
    /// Until when it may still read although it can't be given access any more, unless the person ends that.
    public var mayReadUntil: Date? { clinic.canBeGranted ? nil : inForce.map(\.notAfter).max() }
    /// Whether something waits to be sent, or for the ledger's proof.
    public var isOnItsWay: Bool { grants.contains { $0.isUnsent || $0.state == .revoking } }

    /// How many records it read by an access, and may still hold. None where that is not known.
    public func recordsRead(by grant: Grant) -> Int? { knowledge == .known ? recordsRead[grant.id] : nil }
}

/// Shows one clinic and ends its accesses after asking.
@MainActor @Observable
public final class ClinicModel {
    public private(set) var state: ClinicState
    private let service: any ConsentService & LockService & LogService
    /// Accesses of other clinics: what happens to them is not looked at.
    @ObservationIgnored private var others: Set<Grant.ID> = []
    /// Whether its key was replaced since it was proved.
    @ObservationIgnored private(set) var isProofDue = false

    public init(clinic: Clinic, service: any ConsentService & LockService & LogService) {
        state = ClinicState(clinic: clinic)
        self.service = service
    }

    /// Shows the clinic and follows what happens, until the task is cancelled.
    public func observe() async {
        let changes = service.changes()
        // Each look fetches the whole log for each access: however much happens during one, there is one more.
        let (looks, look) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let listening = Task {
            for await change in changes where concerns(change) {
                if case .clinicKeyChanged = change { isProofDue = true }
                look.yield()
            }
            look.finish()
        }
        defer { listening.cancel() }
        await load()
        await prove()
        for await _ in looks {
            await load()
            if isProofDue { await prove() }
        }
    }

    /// Whether it may be of this clinic. An access that is not known yet may be.
    private func concerns(_ change: WalletChange) -> Bool {
        switch change {
        case .clinicKeyChanged(let clinic, _): clinic == state.clinic.id
        case .grantChanged(let id, _), .grantExpiring(let id, _): !others.contains(id)
        case .recordsRead(let read): !others.contains(read.grant)
        case .other: true
        case .unlocked, .locked, .shareTried: false
        }
    }

    /// Shows what the phone knows, and what others did as far as somebody is reached who knows it.
    public func load() async {
        do throws(Problem) {
            let grants = try await service.grants()
            state.grants = grants.filter { $0.clinic == state.clinic.id }
            others = Set(grants.lazy.filter { $0.clinic != self.state.clinic.id }.map(\.id))
            state.isLoaded = true
            var deeds: [LogEntry] = []
            var recordsRead: [Grant.ID: Int] = [:]
            for grant in state.grants {
                let activity = try await service.activity(of: grant.id)
                deeds += activity.entries.filter { !$0.isOwn }
                recordsRead[grant.id] = activity.recordsRead
            }
            let isKnown = recordsRead.count == state.grants.count
            state.knowledge = isKnown ? .known : .unknown
            state.loadProblem = nil
            // What was known last stays where nothing is learned now.
            guard isKnown else { return }
            state.deeds = deeds.sorted { $0.time > $1.time }
            state.recordsRead = recordsRead
        } catch {
            state.knowledge = .unknown
            state.loadProblem = error.worthShowing
        }
    }

    /// Has the clinic proved now. Where nobody is reached it stays as it was known.
    private func prove() async {
        isProofDue = false
        // Where nobody is reached, what is known of it stays.
        var problem = state.proofProblem
        defer { state.proofProblem = problem }
        do throws(Problem) {
            state.clinic = try await service.proveClinic(state.clinic.id)
            (state.isOffline, problem) = (false, nil)
        } catch .clinicKeyChanged {
            state.clinic = state.clinic.with(standing: .keyChanged)
            (state.isOffline, problem) = (false, nil)
        } catch .clinicSuspended {
            state.clinic = state.clinic.with(standing: .suspended)
            (state.isOffline, problem) = (false, nil)
        } catch .offline {
            state.isOffline = true
        } catch .notConnected, .notFound, .cancelled {
            // Nobody there to prove it, or to whom it is known: it stays "not checked".
        } catch {
            problem = error.worthShowing
        }
    }

    /// Syncs until nothing is on its way any more, or the task is cancelled. Each `pause` is a few seconds.
    public func follow(pause: Pause = aFewSeconds) async {
        await service.syncWhile({ state.isOnItsWay }, pause: pause) {
            state.isOffline = !$0.isComplete
            state.syncProblem = nil
            if $0.hasNews { await load() }
        }
    }

    /// Sends what is queued and fetches proofs; then shows the clinic.
    public func refresh() async {
        let outcome: SyncOutcome
        do throws(Problem) {
            outcome = try await service.sync()
        } catch {
            state.syncProblem = error.worthShowing
            return await load()
        }
        state.syncProblem = nil
        state.isOffline = !outcome.isComplete
        await load()
        if outcome.isComplete { await prove() }
    }

    /// Asks whether an access is to end.
    public func ask(toEnd id: Grant.ID) {
        state.asking = state.inForce.first { $0.id == id }.map(ClinicState.Question.end)
    }

    /// Asks whether every access is to end.
    public func askToEndAll() {
        state.asking = state.inForce.isEmpty ? nil : .endAll
    }

    /// The person keeps what they were asked about.
    public func keep() {
        state.asking = nil
    }

    /// Ends what the person was asked about, on this phone at once; without network it is sent later.
    public func end(_ question: ClinicState.Question) async {
        state.asking = nil
        let asked: [Grant.ID] =
            switch question {
            case .end(let grant): [grant.id]
            // Also one that came to be while the person was asked.
            case .endAll: state.inForce.map(\.id)
            }
        let ending = asked.filter { id in
            state.inForce.contains { $0.id == id } && state.ending.insert(id).inserted
        }
        guard !ending.isEmpty else { return }
        state.endProblem = nil
        defer { state.ending.subtract(ending) }
        var failure: Problem?
        for id in ending {
            do throws(Problem) {
                _ = try await service.revoke(id)
            } catch {
                // The others are to end all the same.
                failure = failure ?? error
            }
        }
        await refresh()
        state.endProblem = failure?.worthShowing
    }

    /// The person has read why an access could not be ended.
    public func acknowledgeEndProblem() {
        state.endProblem = nil
    }
}
