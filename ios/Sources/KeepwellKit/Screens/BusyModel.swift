// What screens have in common that ask the wallet one thing after the other.

import Foundation

/// What such a screen shows of its asking.
protocol BusyState {
    /// Whether it waits for the wallet.
    var isBusy: Bool { get set }
    var problem: Problem? { get set }
}

/// Asks one thing after the other, and says what went wrong with the last.
@MainActor protocol BusyModel: AnyObject {
    associatedtype State: BusyState
    var state: State { get set }
    /// Grows when everything is forgotten: what goes wrong with what is still on its way is not shown then.
    var generation: Int { get }
    /// What a problem shows besides itself.
    func learn(from problem: Problem)
}

extension BusyModel {
    var generation: Int { 0 }
    func learn(from problem: Problem) {}

    /// Does `body`, unless something is being done already.
    func work(_ body: @MainActor () async throws(Problem) -> Void) async {
        guard !state.isBusy else { return }
        await attempt(body)
    }

    /// Does `body`, whatever else is being done.
    func attempt(_ body: @MainActor () async throws(Problem) -> Void) async {
        let asked = generation
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do {
            try await body()
        } catch {
            guard asked == generation else { return }
            learn(from: error)
            state.problem = error.worthShowing
        }
    }
}
