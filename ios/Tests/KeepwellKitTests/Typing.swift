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

/// Waits until `condition` holds, for at most five seconds.
@MainActor func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<500 {
        if condition() { return true }
        try? await Task.sleep(nanoseconds: 10_000_000)
    }
    return condition()
}
