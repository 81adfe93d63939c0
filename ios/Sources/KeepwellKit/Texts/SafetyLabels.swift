// What the screens of safety say.

import Foundation

extension Texts {
    /// After how long without use the wallet locks itself.
    public func autoLock(_ time: TimeInterval?) -> String {
        guard let time else { return self(.autoLockNever) }
        if time == 0 { return self(.autoLockAtOnce) }
        return time.truncatingRemainder(dividingBy: 60) == 0 ? life(time) : self(.seconds, Int(time))
    }

    /// What stays when everything is erased from this phone, and at last what brings it back.
    public func lines(_ comesBack: EraseState.Return) -> [String] {
        switch comesBack {
        case .byWords: [self(.eraseStays), self(.eraseBack)]
        case .byUncheckedWords: [self(.eraseStays), self(.todoCheckWords), self(.eraseBack)]
        case .never: [self(.eraseNotConnected)]
        case .unknown: [self(.eraseUnknown)]
        }
    }
}
