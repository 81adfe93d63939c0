// swift-tools-version:6.0
import PackageDescription

// A program of somebody else's: it knows Keepwell only as the package that is published. The tutorial, docs/tutorial-swift.md, is about it.
let package = Package(
    name: "HealthDiary",
    platforms: [.macOS(.v14)],
    dependencies: [
        // Yours says where it is published: .package(url: "https://…/keepwell-swift", exact: "0.2.0")
        .package(
            name: "keepwell-swift",
            path: Context.environment["KEEPWELL_PACKAGE"] ?? "../../target/packages/swift/keepwell-swift")
    ],
    targets: [
        .executableTarget(name: "HealthDiary", dependencies: [.product(name: "Keepwell", package: "keepwell-swift")])
    ],
    swiftLanguageModes: [.v6]
)
