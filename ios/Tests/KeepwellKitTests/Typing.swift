import KeepwellFake
import KeepwellKit

extension PINEntry {
    /// Types each digit.
    @MainActor func type(_ digits: String) {
        for digit in digits { type(digit.wholeNumberValue ?? -1) }
    }
}

extension FakeWallet {
    static func sample(_ change: (inout World) -> Void = { _ in }) -> FakeWallet {
        var world = World.sample
        change(&world)
        return FakeWallet(world)
    }
}

/// Waits until `condition` holds, for at most a minute: a machine that is busy is given its time, and none is lost on one that is not.
@MainActor func eventually(_ condition: () -> Bool) async -> Bool {
    let began = ContinuousClock.now
    while !condition() {
        guard ContinuousClock.now - began < .seconds(60) else { return false }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return true
}
