// What the camera sees, and the codes in it. Nothing of it is kept or sent.

#if canImport(VisionKit) && canImport(UIKit)
    import KeepwellKit
    import SwiftUI
    import Vision
    import VisionKit

    struct CodeCamera: UIViewControllerRepresentable {
        /// Whether the app is in front. Out of sight the phone stops the camera; this has it start again.
        let isActive: Bool
        /// Is told each code that is seen.
        let read: @MainActor (String) -> Void
        /// Is told that the camera can't be had, or not any more, and why.
        let failed: @MainActor (CameraAccess) -> Void

        func makeCoordinator() -> CodeReader { CodeReader() }

        func makeUIViewController(context: Context) -> DataScannerViewController {
            let scanner = DataScannerViewController(
                recognizedDataTypes: [.barcode(symbologies: [.qr])], isHighlightingEnabled: true)
            context.coordinator.follow(scanner, read: read, failed: failed)
            return scanner
        }

        func updateUIViewController(_ scanner: DataScannerViewController, context: Context) {
            guard isActive, !scanner.isScanning else { return }
            do {
                try scanner.startScanning()
            } catch {
                let access = CodeReader.access(after: error)
                // Not while the screen is being drawn, which this is a part of.
                Task { [failed] in failed(access) }
            }
        }

        static func dismantleUIViewController(_ scanner: DataScannerViewController, coordinator: CodeReader) {
            coordinator.stop()
            scanner.stopScanning()
        }
    }

    /// Passes codes on until it is stopped.
    @MainActor final class CodeReader: DataScannerViewControllerDelegate {
        private var following: Task<Void, Never>?
        private var failed: (@MainActor (CameraAccess) -> Void)?

        func follow(
            _ scanner: DataScannerViewController, read: @escaping @MainActor (String) -> Void,
            failed: @escaping @MainActor (CameraAccess) -> Void
        ) {
            self.failed = failed
            scanner.delegate = self
            following = Task {
                for await items in scanner.recognizedItems {
                    for case .barcode(let code) in items {
                        if let text = code.payloadStringValue { read(text) }
                    }
                }
            }
        }

        func dataScanner(
            _ dataScanner: DataScannerViewController,
            becameUnavailableWithError error: DataScannerViewController.ScanningUnavailable
        ) {
            failed?(Self.access(after: error))
        }

        func stop() {
            following?.cancel()
            failed = nil
        }

        /// What an error of the scanner says of the camera.
        static func access(after error: any Error) -> CameraAccess {
            switch error as? DataScannerViewController.ScanningUnavailable {
            case .cameraRestricted: .restricted
            case .unsupported: .missing
            default: .failed
            }
        }
    }
#endif
