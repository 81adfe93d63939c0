// The few names of UIKit that our code uses; as SwiftUI.swift says.

import AuthenticationServices
import Foundation

@MainActor open class UIApplication: NSObject {
    open class var shared: UIApplication { shim }
    open class var openSettingsURLString: String { shim }
    open var isIdleTimerDisabled: Bool {
        get { shim }
        set {}
    }
    open var connectedScenes: Set<UIScene> { shim }
    open func beginBackgroundTask(
        withName taskName: String?, expirationHandler handler: (@MainActor @Sendable () -> Void)? = nil
    ) -> UIBackgroundTaskIdentifier { shim }
    open func endBackgroundTask(_ identifier: UIBackgroundTaskIdentifier) {}
}

@MainActor open class UIDevice: NSObject {
    open class var current: UIDevice { shim }
    open var model: String { shim }
    open var systemName: String { shim }
    open var systemVersion: String { shim }
}

public struct UIBackgroundTaskIdentifier: Hashable, Sendable {
    public static let invalid = UIBackgroundTaskIdentifier()
}

@MainActor open class UIScene: NSObject {}

@MainActor open class UIWindowScene: UIScene {
    open var screen: UIScreen { shim }
    open var keyWindow: UIWindow? { shim }
}

@MainActor open class UIScreen: NSObject {
    open var brightness: CGFloat {
        get { shim }
        set {}
    }
}

@MainActor open class UIPrintInfo: NSObject {
    public enum OutputType: Sendable { case general }

    public init(dictionary: [AnyHashable: Any]?) {}
    open var jobName: String {
        get { shim }
        set {}
    }
    open var outputType: OutputType {
        get { shim }
        set {}
    }
}

@MainActor open class UIPrintInteractionController: NSObject {
    public typealias CompletionHandler = @MainActor (UIPrintInteractionController, Bool, (any Error)?) -> Void

    open class var isPrintingAvailable: Bool { shim }
    open class var shared: UIPrintInteractionController { shim }
    open var printInfo: UIPrintInfo?
    open var printingItem: Any?
    @discardableResult open func present(animated: Bool, completionHandler: CompletionHandler? = nil) -> Bool { shim }
}

private var shim: Never { preconditionFailure("the shim is for type-checking only") }
