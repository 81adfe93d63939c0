// Clinics whose records come from their own servers.

import Foundation

/// Connecting such clinics, fetching from them, and letting them go.
public protocol SourceService: Sendable {
    /// Asks the server at this address how to sign in; gives the page for the browser, from which the patient comes back within
    /// an hour.
    func beginSource(at address: String) async throws(Problem) -> URL
    /// Takes what the browser came back with, which connects the clinic, once; `person` is whom the patient said to be.
    func finishSource(_ redirect: String, as person: OtherPerson.ID?) async throws(Problem) -> SignInResult
    /// Every clinic that is connected, in the order in which they were.
    func sources() async throws(Problem) -> [Source]
    /// Fetches what is new there; `progress` gets each kind of records before it is asked for. Stopped, it keeps what came.
    func syncSource(_ id: Source.ID, progress: @escaping @Sendable (String) -> Void) async throws(Problem) -> SourceSync
    /// Lets a clinic go; its records stay. Says whether the clinic was told.
    func removeSource(_ id: Source.ID) async throws(Problem) -> Bool
}

extension Source {
    /// Where clinics' pages lead back to, in the app's own scheme.
    public static let redirect = "keepwell://authorized"

    /// Whether a text is what the browser comes back with.
    public static func isRedirect(_ text: String) -> Bool { text.hasPrefix(redirect + "?") }
}
