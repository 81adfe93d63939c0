// The few names of VisionKit that our code uses; as SwiftUI.swift says. There its scanner is a UIViewController.

import Foundation
import Vision

@MainActor public final class DataScannerViewController: NSObject {
    public enum QualityLevel: Sendable { case balanced, fast, accurate }

    public struct RecognizedDataType: Hashable, Sendable {
        public static func barcode(symbologies: [VNBarcodeSymbology] = []) -> RecognizedDataType { shim }
    }

    public enum ScanningUnavailable: Error, Hashable, Sendable { case unsupported, cameraRestricted }

    public weak var delegate: (any DataScannerViewControllerDelegate)?
    public class var isSupported: Bool { shim }
    public class var isAvailable: Bool { shim }
    public init(
        recognizedDataTypes: Set<RecognizedDataType>, qualityLevel: QualityLevel = .balanced,
        recognizesMultipleItems: Bool = false, isHighFrameRateTrackingEnabled: Bool = true,
        isPinchToZoomEnabled: Bool = true, isGuidanceEnabled: Bool = true, isHighlightingEnabled: Bool = false
    ) {}
    public var isScanning: Bool { shim }
    public func startScanning() throws {}
    public func stopScanning() {}
    public var recognizedItems: AsyncStream<[RecognizedItem]> { shim }
}

@MainActor public protocol DataScannerViewControllerDelegate: AnyObject {
    func dataScanner(
        _ dataScanner: DataScannerViewController,
        becameUnavailableWithError error: DataScannerViewController.ScanningUnavailable)
}

extension DataScannerViewControllerDelegate {
    public func dataScanner(
        _ dataScanner: DataScannerViewController,
        becameUnavailableWithError error: DataScannerViewController.ScanningUnavailable
    ) {}
}

public enum RecognizedItem: Identifiable, Sendable {
    public struct Barcode: Identifiable, Sendable {
        public let id: UUID
        public let payloadStringValue: String?
    }

    case barcode(Barcode)

    public var id: UUID { shim }
}

private var shim: Never { preconditionFailure("the shim is for type-checking only") }
