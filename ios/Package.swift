// swift-tools-version:6.0
import PackageDescription

// Views need SwiftUI. Where there is none, `./dev test swift` type-checks them against a shim.
#if os(Linux)
    let views: [Target] = []
#else
    let views: [Target] = [.target(name: "KeepwellApp", dependencies: ["KeepwellKit"])]
#endif

let package = Package(
    name: "Keepwell",
    defaultLocalization: "en",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "KeepwellKit", targets: ["KeepwellKit"])
    ] + views.map { .library(name: $0.name, targets: [$0.name]) },
    targets: views + [
        // Screens without pictures: models, what is asked of a wallet, view models, texts.
        .target(name: "KeepwellKit", resources: [.process("Resources")]),
        // A wallet in memory, for tests and previews.
        .target(name: "KeepwellFake", dependencies: ["KeepwellKit"]),
        .testTarget(name: "KeepwellKitTests", dependencies: ["KeepwellKit", "KeepwellFake"]),
    ],
    swiftLanguageModes: [.v6]
)
