// The few names of BackgroundTasks that our code uses; as SwiftUI.swift says.

import Foundation

open class BGTaskScheduler: NSObject {
    open class var shared: BGTaskScheduler { preconditionFailure("the shim is for type-checking only") }
    open func submit(_ taskRequest: BGTaskRequest) throws {}
    open func cancel(taskRequestWithIdentifier identifier: String) {}
}

open class BGTaskRequest: NSObject {}

open class BGAppRefreshTaskRequest: BGTaskRequest {
    public init(identifier: String) {}
}
