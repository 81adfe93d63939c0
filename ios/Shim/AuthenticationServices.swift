// The few names of AuthenticationServices that our code uses; as SwiftUI.swift says.

import Foundation

/// UIKit's own, which is built after this.
@MainActor open class UIWindow: NSObject {}

public typealias ASPresentationAnchor = UIWindow

@MainActor public protocol ASWebAuthenticationPresentationContextProviding: AnyObject {
    func presentationAnchor(for session: ASWebAuthenticationSession) -> ASPresentationAnchor
}

@MainActor open class ASWebAuthenticationSession: NSObject {
    public init(
        url: URL, callbackURLScheme: String?, completionHandler: @escaping @Sendable (URL?, (any Error)?) -> Void
    ) {}
    open weak var presentationContextProvider: (any ASWebAuthenticationPresentationContextProviding)?
    open var prefersEphemeralWebBrowserSession: Bool {
        get { shim }
        set {}
    }
    open func start() -> Bool { shim }
}

private var shim: Never { preconditionFailure("the shim is for type-checking only") }
