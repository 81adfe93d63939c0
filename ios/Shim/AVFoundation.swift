// The few names of AVFoundation that our code uses; as SwiftUI.swift says.

import Foundation

open class AVCaptureDevice: NSObject {
    open class func authorizationStatus(for mediaType: AVMediaType) -> AVAuthorizationStatus { shim }
    open class func requestAccess(for mediaType: AVMediaType) async -> Bool { shim }
}

public struct AVMediaType: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let video = AVMediaType(rawValue: "vide")
}

public enum AVAuthorizationStatus: Int, Sendable {
    case notDetermined, restricted, denied, authorized
}

private var shim: Never { preconditionFailure("the shim is for type-checking only") }
