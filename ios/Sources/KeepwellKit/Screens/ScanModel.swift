// The camera looking for a code.

import Foundation
import Observation

/// What the camera's screen shows.
public struct ScanState: Equatable, Sendable {
    /// Unknown until the phone has said so.
    public internal(set) var camera: CameraAccess?
    /// The code that was seen last is of something else.
    public internal(set) var isOtherCode = false
    /// The code was taken: there is nothing more to look for.
    public internal(set) var isDone = false
}

/// Goes on with the first code that is taken; any other code is said to be none and forgotten.
@MainActor @Observable
public final class ScanModel: Identifiable {
    public private(set) var state = ScanState()
    private let phone: any PhoneCamera
    private let take: @MainActor (String) -> Bool

    /// Looks for a link to records, which `found` asks about; there it is said why one can't be followed.
    public convenience init(phone: any PhoneCamera, found: @escaping @MainActor (IncomingItem) -> Void) {
        self.init(phone: phone) { text in
            let item = IncomingItem(text: text)
            guard case .link = item else { return false }
            found(item)
            return true
        }
    }

    /// `take` says whether it goes on with the text of a code.
    public init(phone: any PhoneCamera, take: @escaping @MainActor (String) -> Bool) {
        self.phone = phone
        self.take = take
    }

    /// Asks for the camera where nobody was asked yet; again when the person comes back from the phone's settings.
    public func load() async {
        state.camera = await phone.access()
    }

    /// The camera could not be started, or stopped; `access` says why, as far as the phone does.
    public func failed(_ access: CameraAccess = .failed) {
        guard !state.isDone else { return }
        state.camera = access
    }

    /// The camera has read a code.
    public func read(_ text: String) {
        guard !state.isDone else { return }
        state.isDone = take(text)
        state.isOtherCode = !state.isDone
    }
}

extension Clinic {
    /// The clinic that a desk's code names, `keepwell:p/` and its id as base64url; none if it is no such code.
    public static func scanned(_ text: String) -> Clinic.ID? {
        let prefix = "keepwell:p/"
        guard text.hasPrefix(prefix) else { return nil }
        let encoded = text.dropFirst(prefix.count)
        // 32 bytes, which need no padding to be told.
        guard encoded.utf8.count == 43, encoded.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
        else { return nil }
        let plain = encoded.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/") + "="
        guard let bytes = Data(base64Encoded: plain), bytes.count == 32 else { return nil }
        return bytes.map { String(format: "%02x", $0) }.joined()
    }
}
