// The directory of clinics.

import Foundation
import Observation

/// What the list of clinics shows.
public struct ClinicsState: Equatable, Sendable {
    public internal(set) var clinics: [Clinic] = []
    public internal(set) var search = ""
    /// The clinics in whose name or place is what was typed.
    public internal(set) var found: [Clinic] = []
    public internal(set) var isLoading = false
    public internal(set) var problem: Problem?
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
            state.found = try service.find(state.search, among: state.clinics)
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
        }
    }

    public func search(_ text: String) {
        state.search = text
        do {
            state.found = try service.find(text, among: state.clinics)
        } catch {
            state.problem = error.worthShowing
        }
    }
}
