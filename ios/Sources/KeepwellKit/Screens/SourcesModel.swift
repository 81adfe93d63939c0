// The clinics whose records come from their own servers, and the way to one more.

import Foundation
import Observation

/// What the list of these clinics shows.
public struct SourcesState: BusyState, Equatable, Sendable {
    public internal(set) var sources: [Source] = []
    public internal(set) var isBusy = false
    public internal(set) var isLoaded = false
    public internal(set) var problem: Problem?
}

/// Lists these clinics, and signs in at one more.
@MainActor @Observable
public final class SourcesModel: BusyModel {
    public internal(set) var state = SourcesState()
    /// The address of a clinic's records, as far as it was typed.
    public private(set) var address = ""
    private let service: any SourceService
    private let browser: any SignInBrowser
    private let take: @MainActor (IncomingItem) -> Void
    /// More than anybody types by hand.
    private static let longest = 2_000

    /// `take` gets what the browser comes back with.
    public init(
        service: any SourceService, browser: any SignInBrowser, take: @escaping @MainActor (IncomingItem) -> Void
    ) {
        self.service = service
        self.browser = browser
        self.take = take
    }

    public func load() async {
        do throws(Problem) {
            state.sources = try await service.sources()
            state.isLoaded = true
        } catch {
            state.problem = error.worthShowing
        }
    }

    public var canSignIn: Bool { !address.allSatisfy(\.isWhitespace) && !state.isBusy }

    /// Takes what is in the field now.
    public func type(_ text: String) {
        guard text != address else { return }
        address = String(text.prefix(Self.longest))
        state.problem = nil
    }

    /// Opens the clinic's page. What comes back is looked at like what another app hands over.
    public func signIn() async {
        guard canSignIn else { return }
        let address = address.trimmingCharacters(in: .whitespacesAndNewlines)
        await work { [service, browser] () throws(Problem) in
            let redirect = try await browser.signIn(at: try await service.beginSource(at: address))
            self.address = ""
            self.take(.signedIn(redirect, address: address, person: nil))
        }
    }
}
