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
}

extension BusyModel {
    /// Does `body`, unless something is being done already.
    func work(_ body: @MainActor () async throws(Problem) -> Void) async {
        guard !state.isBusy else { return }
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do {
            try await body()
        } catch {
            state.problem = error.worthShowing
        }
    }
}
