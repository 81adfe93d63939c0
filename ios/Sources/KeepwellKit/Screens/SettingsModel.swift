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
    /// The times that were chosen last, while they are not set.
    private var chosen: AutoLock?

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
            let autoLock = try await service.autoLock()
            if self.chosen == nil { self.state.autoLock = autoLock }
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
        let before = state.autoLock
        let isSetting = chosen != nil
        state.autoLock = autoLock
        chosen = autoLock
        // What is being set already goes on with it.
        guard !isSetting else { return }
        await attempt { () throws(Problem) in try await self.setChosen(insteadOf: before) }
    }

    /// Sets what was chosen, and again what was chosen meanwhile; the newest stands.
    private func setChosen(insteadOf before: AutoLock?) async throws(Problem) {
        var kept = before
        var problem: Problem?
        while let next = chosen {
            do throws(Problem) {
                try await service.setAutoLock(next)
                kept = next
                problem = nil
            } catch {
                problem = error
            }
            // As the wallet has it, which is what holds.
            if let now = try? await service.autoLock() { kept = now }
            if chosen == next { chosen = nil }
        }
        state.autoLock = kept
        if let problem { throw problem }
    }

    private static func times(_ offered: [TimeInterval], with current: TimeInterval??) -> [TimeInterval?] {
        guard let current else { return offered }
        guard let current else { return offered.map(Optional.some) + [nil] }
        return Set(offered + [current]).sorted()
    }
}
