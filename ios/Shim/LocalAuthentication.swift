// The few names of LocalAuthentication that our code uses; as SwiftUI.swift says.

import Foundation

open class LAContext: NSObject {
    /// Apple's takes a pointer to the error, which Swift passes alike.
    open func canEvaluatePolicy(_ policy: LAPolicy, error: UnsafeMutablePointer<NSError?>?) -> Bool { shim }
    open var evaluatedPolicyDomainState: Data? { shim }
    open func invalidate() {}
    open var localizedReason: String {
        get { shim }
        set {}
    }
    open var localizedFallbackTitle: String? {
        get { shim }
        set {}
    }
}

public enum LAPolicy: Int, Sendable {
    case deviceOwnerAuthenticationWithBiometrics = 1
    case deviceOwnerAuthentication = 2
}

public struct LAError: Error {
    public enum Code: Int, Sendable {
        case authenticationFailed = -1
        case userCancel = -2
        case userFallback = -3
        case systemCancel = -4
        case passcodeNotSet = -5
        case biometryNotAvailable = -6
        case biometryNotEnrolled = -7
        case biometryLockout = -8
        case appCancel = -9
        case invalidContext = -10
        case notInteractive = -1004
    }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
public let LAErrorDomain = "com.apple.LocalAuthentication"

private var shim: Never { preconditionFailure("the shim is for type-checking only") }
