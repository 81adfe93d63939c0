// swift-tools-version:6.0
import Foundation
import PackageDescription

// The library: on Apple's systems the framework that `./dev ios` builds; else a shared library that the linker is told of,
// as `./dev test swift` does.
let framework = "build/KeepwellCoreFFI.xcframework"
let hasFramework = FileManager.default.fileExists(atPath: Context.packageDirectory + "/" + framework)
let library: Target =
    hasFramework ? .binaryTarget(name: "KeepwellCoreFFI", path: framework) : .systemLibrary(name: "KeepwellCoreFFI")

// Views need SwiftUI. Where there is none, `./dev test swift` type-checks them against a shim.
#if os(Linux)
    let views: [Target] = []
    let previews: [Target] = []
#else
    let views: [Target] = [.target(name: "KeepwellApp", dependencies: ["Keepwell", "KeepwellKit", "KeepwellService"])]
    // Previews of the views in Xcode; no product has them.
    let previews: [Target] = [.target(name: "KeepwellPreviews", dependencies: ["KeepwellApp", "KeepwellFake", "KeepwellKit"])]
#endif

let package = Package(
    name: "Keepwell",
    defaultLocalization: "en",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "Keepwell", targets: ["Keepwell"]),
        .library(name: "KeepwellKit", targets: ["KeepwellKit", "KeepwellService"]),
    ] + views.map { .library(name: $0.name, targets: [$0.name]) },
    targets: views + previews + [
        library,
        // Generated. Swift 6 mode does not take what is generated for an asynchronous protocol of the app's.
        .target(name: "KeepwellCore", dependencies: ["KeepwellCoreFFI"], swiftSettings: [.swiftLanguageMode(.v5)]),
        // What makes the generated code feel like Swift.
        .target(name: "Keepwell", dependencies: ["KeepwellCore"]),
        // Screens without pictures: models, what is asked of a wallet, view models, texts.
        .target(name: "KeepwellKit", resources: [.process("Resources")]),
        // What is asked of a wallet, done by the library.
        .target(name: "KeepwellService", dependencies: ["Keepwell", "KeepwellKit"]),
        // A wallet in memory, for tests and previews.
        .target(name: "KeepwellFake", dependencies: ["KeepwellKit"]),
        .testTarget(name: "KeepwellKitTests", dependencies: ["KeepwellKit", "KeepwellFake"]),
        .testTarget(name: "KeepwellTests", dependencies: ["Keepwell", "KeepwellFake", "KeepwellService"]),
    ],
    swiftLanguageModes: [.v6]
)
