// What the home asks of a wallet, and words that are shown and asked for.

import Foundation

/// What the home shows.
public protocol HomeService: Sendable {
    /// Whose records these are, what holds now, what is new, what there is to do.
    func overview() async throws(Problem) -> Overview
    /// Notes that the owner has seen what is new in an overview: what arrived up to its ``Overview/newest``.
    func markSeen(_ newest: Int) async throws(Problem)
    /// Sends what is queued, and everything that a host has lost, since the owner agreed to that.
    func sendAgain() async throws(Problem) -> SyncOutcome
}

/// Words that may be shown to whoever they belong to; they are overwritten when the last reference goes.
public protocol ShownWords: Sendable {
    /// The words in their order.
    func words() throws(Problem) -> [String]
    /// Three places, from 1, to ask for.
    func quiz() throws(Problem) -> [Int]
    /// Checks what was typed for places, from 1; throws ``Problem/quizFailed`` unless all of it is right. A wallet that there is
    /// notes that the words were written down.
    func check(_ answers: [Int: SecretBytes]) async throws(Problem)
}
