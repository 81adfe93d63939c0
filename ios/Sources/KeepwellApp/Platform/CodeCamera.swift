// What the camera sees, and the codes in it. Nothing of it is kept or sent.

#if canImport(VisionKit) && canImport(UIKit)
    import SwiftUI
    import Vision
    import VisionKit

    struct CodeCamera: UIViewControllerRepresentable {
        /// Is told each code that is seen.
        let read: @MainActor (String) -> Void
        /// Is told that the camera can't be had, or not any more.
        let failed: @MainActor () -> Void

        func makeCoordinator() -> CodeReader { CodeReader() }

        func makeUIViewController(context: Context) -> DataScannerViewController {
            let scanner = DataScannerViewController(
                recognizedDataTypes: [.barcode(symbologies: [.qr])], isHighlightingEnabled: true)
            context.coordinator.follow(scanner, read: read)
            return scanner
        }

        func updateUIViewController(_ scanner: DataScannerViewController, context: Context) {
            guard !scanner.isScanning else { return }
            do {
                try scanner.startScanning()
            } catch {
                // Not while the screen is being drawn, which this is a part of.
                Task { [failed] in failed() }
            }
        }

        static func dismantleUIViewController(_ scanner: DataScannerViewController, coordinator: CodeReader) {
            coordinator.stop()
            scanner.stopScanning()
        }
    }

    /// Passes codes on until it is stopped.
    @MainActor final class CodeReader {
        private var following: Task<Void, Never>?

        func follow(_ scanner: DataScannerViewController, read: @escaping @MainActor (String) -> Void) {
            following = Task {
                for await items in scanner.recognizedItems {
                    for case .barcode(let code) in items {
                        if let text = code.payloadStringValue { read(text) }
                    }
                }
            }
        }

        func stop() { following?.cancel() }
    }
#endif
