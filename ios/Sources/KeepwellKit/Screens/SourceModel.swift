// A clinic whose records come from its own server: what it gives, fetching, letting it go.

import Foundation
import Observation

/// What is shown of such a clinic.
public struct SourceState: BusyState, Equatable, Sendable {
    public enum Step: Equatable, Sendable {
        case shown, fetching, fetched, removed
    }

    public internal(set) var step = Step.shown
    public internal(set) var source: Source
    /// The kind of records that is asked for now.
    public internal(set) var fetching: String?
    public internal(set) var report: ImportReport?
    public internal(set) var missing: [MissingRecords] = []
    /// Whether the clinic was told that it is let go.
    public internal(set) var isTold = true
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Shows such a clinic, fetches what is new there, and lets it go.
@MainActor @Observable
public final class SourceModel: BusyModel {
    public internal(set) var state: SourceState
    private let service: any SourceService
    private let browser: any SignInBrowser
    @ObservationIgnored private var job: Task<Void, Never>?

    public init(source: Source, service: any SourceService, browser: any SignInBrowser) {
        state = SourceState(source: source)
        self.service = service
        self.browser = browser
    }

    /// Fetches what is new.
    public func fetch() {
        guard !state.isBusy, !state.source.needsSignIn else { return }
        state.step = .fetching
        state.fetching = nil
        state.report = nil
        state.missing = []
        job = Task { await fetchNow() }
    }

    private func fetchNow() async {
        let id = state.source.id
        let progress: @Sendable (String) -> Void = { type in
            Task { @MainActor [weak self] in self?.show(fetching: type) }
        }
        await work { [service] () throws(Problem) in
            do throws(Problem) {
                let synced = try await service.syncSource(id, progress: progress)
                self.state.source = synced.source
                self.state.report = synced.report
                self.state.missing = synced.missing
                self.state.step = .fetched
            } catch {
                self.state.step = .shown
                // What the patient agreed to may have ended with it.
                if let source = try? await service.sources().first(where: { $0.id == id }) { self.state.source = source }
                throw error
            }
        }
    }

    private func show(fetching type: String) {
        if state.step == .fetching { state.fetching = type }
    }

    /// Stops the fetching: what came until then is there.
    public func stop() { job?.cancel() }

    /// Waits until nothing is being fetched.
    public func finishFetching() async { await job?.value }

    /// Signs in again at the clinic's page.
    public func signIn() async {
        let address = state.source.address
        await work { [service, browser] () throws(Problem) in
            let redirect = try await browser.signIn(at: try await service.beginSource(at: address))
            guard case .connected(let source) = try await service.finishSource(redirect, as: nil) else { throw .sourceOfOther }
            self.state.source = source
        }
    }

    /// Lets the clinic go, once the person has been asked.
    public func remove() async {
        let id = state.source.id
        await work { [service] () throws(Problem) in
            self.state.isTold = try await service.removeSource(id)
            self.state.step = .removed
        }
    }
}
