// swift-tools-version:6.0
import PackageDescription

let package = Package(
    name: "Keepwell",
    defaultLocalization: "en",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "KeepwellKit", targets: ["KeepwellKit"])
    ],
    targets: [
        // Screens without pictures: models, what is asked of a wallet, view models, texts.
        .target(name: "KeepwellKit", resources: [.process("Resources")]),
        // A wallet in memory, for tests and previews.
        .target(name: "KeepwellFake", dependencies: ["KeepwellKit"]),
        .testTarget(name: "KeepwellKitTests", dependencies: ["KeepwellKit", "KeepwellFake"]),
    ],
    swiftLanguageModes: [.v6]
)
