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
    /// Clinics that the person was told of; each sync finds them again.
    private var told: Set<Clinic.ID> = []
    private var hidden: Date?
    private let now: @Sendable () -> Date
    /// How long words that were typed stay while the app is out of sight, to answer a call.
    private static let patience: TimeInterval = 120

    public init(services: any WalletServices, phone: Phone, now: @escaping @Sendable () -> Date = { Date() }) {
        self.services = services
        self.phone = phone
        self.now = now
        sending = SendingModel(service: services, phone: phone, now: now)
        unlock = UnlockModel(service: services, now: now)
    }

    /// Follows the wallet until the task is cancelled.
    public func observe() async {
        for await change in services.changes() {
            switch change {
            case .unlocked:
                state.isUnlocked = true
                unlock.opened()
            case .locked:
                state = AppState()
                unlock.reset()
            case .clinicKeyChanged(let clinic, let name):
                let changed = ChangedKey(clinic: clinic, name: name)
                if told.insert(clinic).inserted { state.changedKeys.append(changed) }
            case .grantChanged, .grantExpiring, .shareTried, .other:
                break
            }
            await sending.note(change)
        }
    }

    /// The person has read about a clinic's changed key.
    public func acknowledgeChangedKeys() {
        state.changedKeys = []
    }

    public func lock() async {
        await attempt { [services] () throws(Problem) in try await services.lock() }
    }

    /// The app left the screen or came back; out of sight the wallet locks itself after a while.
    public func setInBackground(_ isInBackground: Bool) async {
        if isInBackground {
            hidden = now()
        } else if let left = hidden, now().timeIntervalSince(left) >= Self.patience {
            // Out of sight an app does not run: what is too old goes before it is seen again.
            unlock.leaveRecovery()
        }
        await attempt { [services] () throws(Problem) in try await services.setInBackground(isInBackground) }
        await sending.setInBackground(isInBackground)
    }

    private func attempt(_ body: @MainActor () async throws(Problem) -> Void) async {
        do {
            try await body()
        } catch {
            state.problem = error.worthShowing
        }
    }
}
