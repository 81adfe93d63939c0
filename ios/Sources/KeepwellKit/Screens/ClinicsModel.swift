// The directory of clinics.

import Foundation
import Observation

/// What the list of clinics shows.
public struct ClinicsState: Equatable, Sendable {
    public internal(set) var clinics: [Clinic] = []
    public internal(set) var search = ""
    public internal(set) var isLoading = false
    public internal(set) var problem: Problem?

    /// The clinics whose name or place contains what was typed.
    public var found: [Clinic] {
        guard !search.isEmpty else { return clinics }
        return clinics.filter { clinic in
            [clinic.name, clinic.place ?? ""].contains { $0.range(of: search, options: .ignoringCaseAndMarks) != nil }
        }
    }
}

extension String.CompareOptions {
    static let ignoringCaseAndMarks: Self = [.caseInsensitive, .diacriticInsensitive]
}

/// Lists clinics.
@MainActor @Observable
public final class ClinicsModel {
    public private(set) var state = ClinicsState()
    private let service: any ConsentService

    public init(service: any ConsentService) {
        self.service = service
    }

    public func load() async {
        state.isLoading = true
        defer { state.isLoading = false }
        do {
            state.clinics = try await service.clinics()
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
        }
    }

    public func search(_ text: String) {
        state.search = text
    }
}
