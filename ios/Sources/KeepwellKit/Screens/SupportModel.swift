// What whoever helps may need to know, without anything about anybody's health.

import Foundation
import Observation

/// What whoever helps may need to know of the wallet: no record, no count of records, no name, no clinic and no server. What is nil
/// is not known.
public struct SupportState: Equatable, Sendable {
    public internal(set) var isConnected: Bool?
    /// How many decisions no server was told of.
    public internal(set) var unsent: Int?
    public internal(set) var hasBiometrics: Bool?
    public internal(set) var autoLock: AutoLock?
    public internal(set) var isLoading = true
}

/// What the phone says of itself.
public struct PhoneFacts: Equatable, Sendable {
    public let appVersion: String
    public let model: String
    public let system: String
    public let language: String
    public let textSize: String

    public init(appVersion: String, model: String, system: String, language: String, textSize: String) {
        self.appVersion = appVersion
        self.model = model
        self.system = system
        self.language = language
        self.textSize = textSize
    }
}

/// A line of what a helper is sent.
public struct SupportLine: Equatable, Hashable, Sendable {
    public let label: String
    public let text: String
}

/// Gathers what a helper may need to know. Nothing is sent; that is the person's to do.
@MainActor @Observable
public final class SupportModel {
    public private(set) var state = SupportState()
    private let service: any SafetyService & StatusService

    public init(service: any SafetyService & StatusService) {
        self.service = service
    }

    public func load() async {
        // What can't be learned is left out.
        let status = try? await service.status()
        let (hasBiometrics, autoLock) = (try? await service.hasBiometrics(), try? await service.autoLock())
        state = SupportState(
            isConnected: status?.isConnected, unsent: status?.unsentDecisions, hasBiometrics: hasBiometrics, autoLock: autoLock,
            isLoading: false)
    }
}

extension Texts {
    /// What a helper is sent, line by line.
    public func lines(_ state: SupportState, on phone: PhoneFacts) -> [SupportLine] {
        let lines: [(String, String?)] = [
            ("Keepwell", phone.appVersion),
            (self(.supportPhone), "\(phone.model), \(phone.system)"),
            (self(.languageTitle), phone.language),
            (self(.supportTextSize), phone.textSize),
            (self(.supportConnected), state.isConnected.map { self($0 ? .valueYes : .valueNo) }),
            (self(.supportUnsent), state.unsent.map(String.init)),
            (self(.biometricsTitle), state.hasBiometrics.map { self($0 ? .switchedOn : .switchedOff) }),
            (self(.autoLockTitle), state.autoLock.map { "\(autoLock($0.inFront)), \(autoLock($0.inBackground))" }),
        ]
        return lines.compactMap { label, text in text.map { SupportLine(label: label, text: $0) } }
    }
}
