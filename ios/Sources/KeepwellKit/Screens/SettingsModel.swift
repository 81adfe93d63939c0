// The settings: what opens the wallet, and when it locks itself.

import Foundation
import Observation

/// What the settings show.
public struct SettingsState: BusyState, Equatable, Sendable {
    /// Whether a face or a finger opens the wallet; unknown until it is read.
    public internal(set) var hasBiometrics: Bool?
    /// Unknown until it is read.
    public internal(set) var autoLock: AutoLock?
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Shows and changes when the wallet locks itself.
@MainActor @Observable
public final class SettingsModel: BusyModel {
    public internal(set) var state = SettingsState()
    private let service: any SafetyService
    private let choices: Choices

    /// `choices` are what the library offers.
    public init(service: any SafetyService, choices: Choices) {
        self.service = service
        self.choices = choices
    }

    /// What can be chosen while the app is in front; with what is set, whoever set it.
    public var timesInFront: [TimeInterval?] { Self.times(choices.autoLockInFront, with: state.autoLock.map(\.inFront)) }
    /// What can be chosen while the person is in another app.
    public var timesInBackground: [TimeInterval?] {
        Self.times(choices.autoLockInBackground, with: state.autoLock.map(\.inBackground))
    }

    /// Reads how it is set.
    public func load() async {
        await work { [service] () throws(Problem) in
            self.state.hasBiometrics = try await service.hasBiometrics()
            self.state.autoLock = try await service.autoLock()
        }
    }

    /// Locks after so many seconds without use while the app is in front.
    public func lock(inFrontAfter time: TimeInterval?) async {
        guard var autoLock = state.autoLock, autoLock.inFront != time else { return }
        autoLock.inFront = time
        await set(autoLock)
    }

    /// Locks after so many seconds in another app.
    public func lock(inBackgroundAfter time: TimeInterval?) async {
        guard var autoLock = state.autoLock, autoLock.inBackground != time else { return }
        autoLock.inBackground = time
        await set(autoLock)
    }

    private func set(_ autoLock: AutoLock) async {
        await work { [service] () throws(Problem) in
            try await service.setAutoLock(autoLock)
            // As the wallet has it, which is what holds.
            self.state.autoLock = try await service.autoLock()
        }
    }

    private static func times(_ offered: [TimeInterval], with current: TimeInterval??) -> [TimeInterval?] {
        guard let current else { return offered }
        guard let current else { return offered.map(Optional.some) + [nil] }
        return Set(offered + [current]).sorted()
    }
}
