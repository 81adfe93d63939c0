// What the browser came back with from a clinic's page.

import Foundation
import Observation

/// What is shown of it.
public struct SignedInState: BusyState, Equatable, Sendable {
    /// Whose records the clinic gives, where that is to be asked.
    public internal(set) var person: OtherPerson?
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Connects a clinic with what the browser came back with; that does no more, and only once.
@MainActor @Observable
public final class SignedInModel: BusyModel, Identifiable {
    public internal(set) var state = SignedInState()
    /// The clinic, once it is connected.
    public private(set) var connected: SourceModel?
    private let service: any SourceService
    private let browser: any SignInBrowser
    private let address: String?
    private var redirect: String?
    private var named: OtherPerson.ID?

    /// `address`: where the sign-in began, if this app knows it; `person`: whom the patient said to be.
    public init(
        redirect: String, address: String?, person: OtherPerson.ID?, service: any SourceService, browser: any SignInBrowser
    ) {
        self.redirect = redirect
        self.address = address
        self.service = service
        self.browser = browser
        named = person
    }

    /// Whether it was not looked at yet.
    var isUnused: Bool { redirect != nil }

    /// Whether the patient can say to be the person: where the sign-in began is known.
    public var canSignInAgain: Bool { address != nil && !state.isBusy }

    /// Looks at what came back, once.
    public func finish() async {
        guard let redirect else { return }
        self.redirect = nil
        // In a task of its own: what was answered is used up, also when the screen goes away meanwhile.
        let (service, named) = (service, named)
        await work { () throws(Problem) in
            let finishing = Task {
                await Self.result { () throws(Problem) in try await service.finishSource(redirect, as: named) }
            }
            let result = await finishing.value
            // A wallet that locked just now has not looked at it.
            if case .failure(.locked) = result { self.redirect = redirect }
            switch try result.get() {
            case .connected(let source):
                self.state.person = nil
                self.connected = SourceModel(source: source, service: service, browser: self.browser)
            case .whoIsIt(let person): self.state.person = person
            }
        }
    }

    /// That person is the patient: the clinic's page once more, for nothing was kept of the first time.
    public func isMe() async {
        guard let person = state.person, let address, !state.isBusy else { return }
        await work { [service, browser] () throws(Problem) in
            self.redirect = try await browser.signIn(at: try await service.beginSource(at: address))
            self.named = person.id
        }
        await finish()
    }

    private static func result(
        _ body: @Sendable () async throws(Problem) -> SignInResult
    ) async -> Result<SignInResult, Problem> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
