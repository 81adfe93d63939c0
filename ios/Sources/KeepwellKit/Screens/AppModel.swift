// The whole app: locked or open, and what happens when it goes out of sight.

import Foundation
import Observation

/// A clinic whose key was replaced without its own signature.
public struct ChangedKey: Equatable, Sendable {
    public let clinic: Clinic.ID
    public let name: String
}

/// What the app shows first.
public struct AppState: Equatable, Sendable {
    public internal(set) var isUnlocked = false
    /// The person is told of each once.
    public internal(set) var changedKeys: [ChangedKey] = []
    /// What clinics read, the last first; until the person has read that.
    public internal(set) var reads: [RecordsRead] = []
    /// How often a question was closed or records changed here since it was unlocked: what lists them looks again.
    public internal(set) var changes = 0
    /// Whether a face or a finger opened the wallet before, and the phone has come to know another one since.
    public internal(set) var wereBiometricsLost = false
    public internal(set) var problem: Problem?
}

/// Follows the wallet and owns the unlock screen.
@MainActor @Observable
public final class AppModel {
    public private(set) var state = AppState()
    public let unlock: UnlockModel
    public let services: any WalletServices
    public let phone: Phone
    public let sending: SendingModel
    public let notices: NoticesModel
    /// Files or a link that are asked about, or being read.
    public private(set) var importing: ImportModel?
    /// Servers that are asked about.
    public private(set) var connecting: ConnectModel?
    /// What the browser came back with from a clinic's page, being looked at.
    public private(set) var signedIn: SignedInModel?
    /// The recovery words, being checked.
    public private(set) var checkingWords: CheckWordsModel?
    /// What is to be asked about once the wallet is open and nothing else is asked.
    private var waiting: [IncomingItem] = []
    private var asking: IncomingItem?
    /// Clinics that the person was told of; each sync finds them again.
    private var told: Set<Clinic.ID> = []
    /// When the app went out of sight, until it came back.
    private var hidden: Date?
    /// What tells the wallet where the app is, one after the other; and the last that tells it that the app went out of sight.
    private var telling: Task<Void, Never>?
    private var leaving: Task<Void, Never>?
    private var isLockingInDistress = false
    /// Takes over when the wallet was erased.
    public let ended: WalletEnded
    private let now: @Sendable () -> Date
    /// Where an export lies until the person has chosen a place for it.
    public let exports: URL
    /// Where lies what was read from the phone's health app, until it is taken in or declined.
    public let healthFiles: URL
    /// How long words that were typed stay while the app is out of sight, to answer a call.
    static let patience: TimeInterval = 120
    /// More than a person hands over; an app that goes on handing over does not fill the memory.
    private static let mostWaiting = 8

    public init(
        services: any WalletServices, phone: Phone, exports: URL = ExportModel.folder,
        healthFiles: URL = HealthModel.folder, ended: @escaping WalletEnded = { _ in },
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.services = services
        self.phone = phone
        self.exports = exports
        self.healthFiles = healthFiles
        self.now = now
        sending = SendingModel(service: services, phone: phone, now: now)
        notices = NoticesModel(service: services, phone: phone, now: now)
        self.ended = ended
        unlock = UnlockModel(service: services, ended: ended, now: now)
        if services.isUnlocked { opened() }
    }

    /// Follows the wallet until the task is cancelled.
    public func observe() async {
        let changes = services.changes()
        // It may have locked itself before anybody listened.
        if state.isUnlocked, !services.isUnlocked { locked() }
        // One that was just made or brought back was opened before anybody listened.
        if state.isUnlocked { await notices.note(.unlocked) }
        for await change in changes {
            switch change {
            case .unlocked: opened()
            case .locked: locked()
            case .clinicKeyChanged(let clinic, let name):
                let changed = ChangedKey(clinic: clinic, name: name)
                if told.insert(clinic).inserted { state.changedKeys.append(changed) }
            case .recordsRead(let read):
                state.reads.insert(read, at: 0)
            case .grantChanged, .grantExpiring, .shareTried, .other:
                break
            }
            await sending.note(change)
            await notices.note(change)
        }
    }

    /// Another app hands something over, or the person chose files. It is asked about when the wallet is open.
    public func take(_ item: IncomingItem) {
        guard waiting.count < Self.mostWaiting, state.isUnlocked || !item.goesWithLock else { return item.discard() }
        waiting.append(item)
        askNext()
    }

    /// Asks whether to connect to where the app was built to.
    public func connect() {
        guard state.isUnlocked, asking == nil, checkingWords == nil else { return }
        connecting = ConnectModel(code: nil, service: services)
    }

    /// Checks the recovery words, which was put off at the first launch.
    public func checkWords() {
        guard state.isUnlocked, asking == nil, connecting == nil, checkingWords == nil else { return }
        checkingWords = CheckWordsModel(service: services, isQuiz: true)
    }

    /// The import's screen, that of a connection or that of the words is left.
    public func closeQuestion() {
        importing?.close()
        importing = nil
        connecting = nil
        signedIn?.connected?.stop()
        signedIn = nil
        checkingWords?.close()
        checkingWords = nil
        asking = nil
        recordsChanged()
        askNext()
    }

    /// Records came in, or an import was taken back.
    public func recordsChanged() {
        state.changes += 1
    }

    /// Whether something that was handed over is asked about, or waits for that.
    var hasQuestions: Bool { asking != nil || !waiting.isEmpty }

    private func askNext() {
        guard state.isUnlocked, asking == nil, connecting == nil, checkingWords == nil, !waiting.isEmpty else { return }
        let item = waiting.removeFirst()
        asking = item
        switch item {
        case .files(let files): importing = ImportModel(files: files, service: services)
        case .link(let link): importing = ImportModel(link: link, service: services, now: now)
        case .code(let code): connecting = ConnectModel(code: code, service: services)
        case .signedIn(let redirect, let address, let person):
            signedIn = SignedInModel(
                redirect: redirect, address: address, person: person, service: services, browser: phone.browser)
        }
    }

    private func opened() {
        state.isUnlocked = true
        state.wereBiometricsLost = state.wereBiometricsLost || unlock.state.wereBiometricsLost
        state.problem = nil
        unlock.opened()
        askNext()
    }

    private func locked() {
        // What went wrong with locking stays to be read.
        guard state.isUnlocked || unlock.state.isOpen else { return }
        ExportModel.removeLeftovers(in: exports)
        // What a sync out of sight brought is told only once.
        state = AppState(reads: state.reads)
        unlock.reset()
        importing?.cancel()
        // What was only asked about is asked again; a link also when it was being read, or who it is about was asked.
        let isToAskAgain =
            importing.map { $0.state.step == .ask || $0.isOfLink && $0.state.step != .report } ?? signedIn?.isUnused
        if let asking, isToAskAgain ?? true {
            waiting.insert(asking, at: 0)
        } else {
            importing?.close()
        }
        importing = nil
        connecting = nil
        signedIn = nil
        checkingWords?.close()
        checkingWords = nil
        asking = nil
        // Plain records of the app's own reading are not to lie beside a locked wallet.
        waiting.filter(\.goesWithLock).forEach { $0.discard() }
        waiting.removeAll(where: \.goesWithLock)
        // Also what no screen has handed over yet.
        HealthModel.removeLeftovers(in: healthFiles)
    }

    /// The person has read what clinics read.
    public func acknowledgeReads() {
        state.reads = []
    }

    /// The person has read about a clinic's changed key.
    public func acknowledgeChangedKeys() {
        state.changedKeys = []
    }

    /// The person has read that no finger and no face opens the wallet any more.
    public func acknowledgeLostBiometrics() {
        state.wereBiometricsLost = false
    }

    /// The person has read what went wrong.
    public func acknowledgeProblem() {
        state.problem = nil
    }

    /// Locks, and goes to the recovery words, for whoever has used up the tries of their PIN while it was open.
    public func lockToRecover() async {
        await lock()
        if !state.isUnlocked { unlock.recover() }
    }

    /// Locks. Nothing is shown from now on, also while the wallet has yet to end what it is at.
    public func lock() async {
        locked()
        do throws(Problem) {
            try await services.lock()
        } catch {
            tellNotLocked(error)
        }
    }

    /// What is so is shown again: it is still open.
    private func tellNotLocked(_ problem: Problem) {
        if services.isUnlocked { opened() }
        state.problem = problem.worthShowing
    }

    /// Locks, and leaves only PIN and words to open the wallet. Nothing is shown from now on, as in ``lock()``.
    public func panicLock() async {
        guard !isLockingInDistress else { return }
        isLockingInDistress = true
        defer { isLockingInDistress = false }
        locked()
        do throws(Problem) {
            try await services.panicLock()
        } catch {
            guard !services.isUnlocked else { return tellNotLocked(error) }
            // It is locked. What matters now is whether a finger could still open it.
            let opensToNoFinger = (try? await services.hasBiometrics()) == false
            state.problem = opensToNoFinger ? nil : .fingerMayStillOpen
        }
    }

    /// Leaves only PIN and words to open the wallet, after locking in distress did not.
    public func disableBiometrics() async {
        guard state.problem == .fingerMayStillOpen, !isLockingInDistress else { return }
        isLockingInDistress = true
        defer { isLockingInDistress = false }
        let failure: Problem?
        do throws(Problem) {
            try await services.disableBiometrics()
            failure = nil
        } catch {
            failure = (try? await services.hasBiometrics()) == false ? nil : .fingerMayStillOpen
        }
        // Whoever has opened it meanwhile is told nothing of what was.
        if state.problem == .fingerMayStillOpen { state.problem = failure }
        await unlock.load()
    }

    /// Says what went wrong before the wallet was found again.
    func tell(_ problem: Problem?) {
        state.problem = problem?.worthShowing
    }

    /// The app left the screen or came back; out of sight the wallet locks itself after a while.
    public func setInBackground(_ isInBackground: Bool) async {
        if isInBackground {
            hidden = now()
            // What a question was being answered with goes at once.
            connecting?.clear()
            importing?.clear()
        } else if let left = hidden {
            hidden = nil
            // Out of sight an app does not run: what is too old goes before it is seen again.
            if now().timeIntervalSince(left) >= Self.patience { unlock.leaveRecovery() }
        }
        let (planned, plan) = AsyncStream<Void>.makeStream()
        let told = tell(isInBackground, after: planned)
        await sending.setInBackground(isInBackground) {
            plan.finish()
            await told.value
        }
        plan.finish()
    }

    /// Tells the wallet where the app is when what comes first is `planned`. In the order in which the app went there: a wallet that
    /// is told last that it is out of sight would lock itself in front.
    private func tell(_ isInBackground: Bool, after planned: AsyncStream<Void>) -> Task<Void, Never> {
        let before = telling
        let told = Task {
            await before?.value
            for await _ in planned {}
            await attempt { () throws(Problem) in try await self.services.setInBackground(isInBackground) }
        }
        telling = told
        if isInBackground { leaving = told }
        return told
    }

    /// Waits until the wallet has looked whether it is time to lock, and shows nothing of it if it was.
    func lookAtLock() async {
        // It may have been too busy to hear that the app went.
        await leaving?.value
        // Reading waits only for a wallet that has to lock first.
        _ = try? await services.status()
        if state.isUnlocked, !services.isUnlocked { locked() }
    }

    private func attempt(_ body: @MainActor () async throws(Problem) -> Void) async {
        do {
            try await body()
        } catch {
            state.problem = error.worthShowing
        }
    }
}
