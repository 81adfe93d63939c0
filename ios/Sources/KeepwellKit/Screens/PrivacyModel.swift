// Who learns what, as far as it depends on where this wallet is connected.

import Foundation
import Observation

/// Learns how this wallet asks about clinics.
@MainActor @Observable
public final class PrivacyModel {
    /// None where nothing was asked yet, or it is not known.
    public private(set) var ledgerQuestions: LedgerQuestions?
    private let service: any StatusService

    public init(service: any StatusService) {
        self.service = service
    }

    public func load() async {
        // What can't be learned is left out.
        ledgerQuestions = try? await service.status().ledgerQuestions
    }
}
