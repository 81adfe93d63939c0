// A face or a finger in place of the PIN, to open and for nothing else.

import Foundation
import Observation

/// What the screen about biometrics shows.
public struct BiometricsState: BusyState, Equatable, Sendable {
    /// Unknown until it is read.
    public internal(set) var isOn: Bool?
    public internal(set) var isBusy = false
    /// The phone knows no face and no finger, or does not let the app ask.
    public internal(set) var isUnavailable = false
    public internal(set) var problem: Problem?
}

/// Turns biometrics on, by the PIN, and off.
@MainActor @Observable
public final class BiometricsModel: BusyModel {
    public internal(set) var state = BiometricsState()
    public let pin = PINEntry()
    private let service: any SafetyService

    public init(service: any SafetyService) {
        self.service = service
    }

    public var canTurnOn: Bool { state.isOn == false && pin.isComplete && !state.isBusy }

    public func load() async {
        await work { [service] () throws(Problem) in self.state.isOn = try await service.hasBiometrics() }
    }

    /// Lets a face or a finger open the wallet from now on.
    public func turnOn() async {
        guard canTurnOn else { return }
        state.isUnavailable = false
        await work { [service, pin] () throws(Problem) in
            let proof = try await pin.prove(to: service)
            do throws(Problem) {
                try await proof.enableBiometrics()
            } catch .deviceKeyUnavailable {
                self.state.isUnavailable = true
                return
            }
            self.state.isOn = try await service.hasBiometrics()
        }
    }

    /// Leaves PIN and words.
    public func turnOff() async {
        state.isUnavailable = false
        await work { [service] () throws(Problem) in
            do throws(Problem) {
                try await service.disableBiometrics()
            } catch {
                // What was done of it all the same is what is shown.
                self.state.isOn = (try? await service.hasBiometrics()) ?? self.state.isOn
                throw error
            }
            self.state.isOn = try await service.hasBiometrics()
        }
    }

    /// Forgets what was typed.
    public func clear() {
        pin.clear()
    }
}
