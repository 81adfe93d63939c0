// A link to records that the person pastes.

import Foundation
import Observation

/// Takes a link that can be read, and says of any other text that it is none. Nothing is fetched.
@MainActor @Observable
public final class PasteLinkModel: Identifiable, CustomReflectable {
    /// What is in the field; whoever sees a link can open it.
    public private(set) var text = ""
    public private(set) var problem: Problem?
    private let service: any ImportService
    private let take: @MainActor (IncomingItem) -> Void
    /// More than a link can be, whatever stands in the pasteboard.
    private static let longest = 10_000

    /// `take` asks about the link.
    public init(service: any ImportService, take: @escaping @MainActor (IncomingItem) -> Void) {
        self.service = service
        self.take = take
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    public var canContinue: Bool { !text.allSatisfy(\.isWhitespace) }

    /// Takes what is in the field now.
    public func type(_ text: String) {
        guard text != self.text else { return }
        self.text = String(text.prefix(Self.longest))
        problem = nil
    }

    /// Goes on with it, if it is a link.
    public func next() {
        guard canContinue else { return }
        do throws(Problem) {
            _ = try service.readLink(text)
            let link = text
            clear()
            take(.link(link))
        } catch {
            problem = error
        }
    }

    /// Forgets what was pasted.
    public func clear() {
        text = ""
        problem = nil
    }
}
