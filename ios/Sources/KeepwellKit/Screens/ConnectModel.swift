// Connecting a wallet that works on its own: where to, then the PIN.

import Foundation
import Observation

/// What the question about a connection shows.
public struct ConnectState: BusyState, Equatable, Sendable {
    public internal(set) var offer: ConnectionOffer?
    public internal(set) var isBusy = false
    public internal(set) var isConnected = false
    public internal(set) var problem: Problem?
}

/// Asks whether to connect, and does it with the PIN.
@MainActor @Observable
public final class ConnectModel: BusyModel, Identifiable {
    public internal(set) var state = ConnectState()
    public let pin = PINEntry()
    private let service: any StatusService
    private let code: String?

    /// `code`: the text of a code; none: where the app was built to connect.
    public init(code: String?, service: any StatusService) {
        self.code = code
        self.service = service
    }

    /// Whether a code named the servers, not the app's maker.
    public var isFromCode: Bool { code != nil }

    public var canConnect: Bool { state.offer != nil && pin.isComplete && !state.isBusy && !state.isConnected }

    /// Reads who is to be connected to; nothing is connected.
    public func load() async {
        await work { [service, code] () throws(Problem) in
            if let code {
                self.state.offer = try await service.readConnection(code)
            } else {
                self.state.offer = try await service.builtInConnection()
            }
        }
    }

    /// Forgets what was typed; out of sight, too.
    public func clear() {
        pin.clear()
    }

    /// Connects, since the person agreed by their PIN.
    public func connect() async {
        guard canConnect, let offer = state.offer else { return }
        await work { [service, pin] () throws(Problem) in
            try await pin.spend { pin throws(Problem) in try await service.connect(to: offer, pin: pin) }
            self.state.isConnected = true
        }
    }
}
