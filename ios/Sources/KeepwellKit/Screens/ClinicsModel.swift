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
    /// The clinic that a desk's code named, until it is shown.
    public internal(set) var scanned: Clinic.ID?
    /// The same as it was proved, to be shown.
    public internal(set) var opened: Clinic?
    /// The code of a request, until what it asks for is proved.
    public internal(set) var requestCode: String?
    /// What a clinic asks for, to be shown.
    public internal(set) var asked: AccessRequest?
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

    /// Takes the code of a clinic's desk, or of what it asks for; false where it is none.
    public func take(code: String) -> Bool {
        if AccessRequest.isOne(code) {
            state.requestCode = code
            return true
        }
        guard let id = Clinic.scanned(code) else { return false }
        state.scanned = id
        return true
    }

    /// Opens the clinic whose code was taken. A name comes only from a proof, or from the list that the person sees.
    public func openScanned() async {
        guard let id = state.scanned else { return }
        state.isLoading = true
        state.problem = nil
        defer { state.isLoading = false }
        do throws(Problem) {
            let clinic = try await service.proveClinic(id)
            guard state.scanned == id else { return }
            state.opened = clinic
        } catch {
            guard state.scanned == id else { return }
            if let listed = state.clinics.first(where: { $0.id == id }) {
                state.opened = listed
            } else {
                state.problem = error.worthShowing
            }
        }
        state.scanned = nil
    }

    /// Has what a code asks for proved.
    public func openRequest() async {
        guard let code = state.requestCode else { return }
        state.isLoading = true
        state.problem = nil
        defer { state.isLoading = false }
        do throws(Problem) {
            let asked = try await service.takeRequest(code)
            guard state.requestCode == code else { return }
            state.asked = asked
        } catch {
            guard state.requestCode == code else { return }
            state.problem = error.worthShowing
        }
        state.requestCode = nil
    }

    /// The clinic is shown, or what it asks for was answered or left.
    public func shown() {
        state.opened = nil
        state.asked = nil
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
