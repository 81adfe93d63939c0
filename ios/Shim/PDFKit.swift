// The few names of PDFKit that our code uses; as SwiftUI.swift says. There its view is a UIView.

import Foundation

open class PDFDocument: NSObject {
    public init?(data: Data) {}
    open var pageCount: Int { shim }
    open func page(at index: Int) -> PDFPage? { shim }
}

open class PDFPage: NSObject {
    open var annotations: [PDFAnnotation] { shim }
    open func removeAnnotation(_ annotation: PDFAnnotation) {}
}

open class PDFAnnotation: NSObject {
    open var action: PDFAction?
}

open class PDFAction: NSObject {}

@MainActor open class PDFView: NSObject {
    open var document: PDFDocument?
    open var autoScales = false
}

private var shim: Never { preconditionFailure("the shim is for type-checking only") }
