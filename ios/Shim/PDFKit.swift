// The few names of PDFKit that our code uses; as SwiftUI.swift says. There its view is a UIView.

import Foundation

open class PDFDocument: NSObject {
    public override init() {}
    public init?(data: Data) {}
    open func insert(_ page: PDFPage, at index: Int) {}
    open var pageCount: Int { shim }
    open func page(at index: Int) -> PDFPage? { shim }
}

open class PDFPage: NSObject {
    public init?(image: UIImage) {}
    open var annotations: [PDFAnnotation] { shim }
    open func removeAnnotation(_ annotation: PDFAnnotation) {}
}

open class PDFAnnotation: NSObject {
    open var action: PDFAction?
}

open class PDFAction: NSObject {}

/// A picture, which PDFKit has from UIKit.
open class UIImage: NSObject {
    public init?(data: Data) {}
    open var size: CGSize { shim }
    open var scale: CGFloat { shim }
    open func preparingThumbnail(of size: CGSize) -> UIImage? { shim }
}

@MainActor open class PDFView: NSObject {
    open var document: PDFDocument?
    open var autoScales = false
}

private var shim: Never { preconditionFailure("the shim is for type-checking only") }
