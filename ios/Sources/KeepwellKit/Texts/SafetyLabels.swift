// What the screens of safety say.

import Foundation

extension Texts {
    /// After how long without use the wallet locks itself.
    public func autoLock(_ time: TimeInterval?) -> String {
        guard let time else { return self(.autoLockNever) }
        if time == 0 { return self(.autoLockAtOnce) }
        return self(.autoLockAfter, time.truncatingRemainder(dividingBy: 60) == 0 ? life(time) : self(.seconds, Int(time)))
    }
}
