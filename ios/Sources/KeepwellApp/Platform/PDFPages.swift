// A PDF on the screen. Its links lead nowhere: whoever wrote the record chose where they would.

#if canImport(PDFKit)
    import PDFKit
    import SwiftUI

    struct PDFPages {
        private let document: PDFDocument

        /// None where it is no PDF.
        init?(_ content: Data) {
            guard let document = PDFDocument(data: content), document.pageCount > 0 else { return nil }
            for page in (0..<document.pageCount).compactMap({ document.page(at: $0) }) {
                for annotation in page.annotations where annotation.action != nil { page.removeAnnotation(annotation) }
            }
            self.document = document
        }

        @MainActor private func show() -> PDFView {
            let view = PDFView()
            view.autoScales = true
            view.document = document
            return view
        }
    }

    #if os(macOS)
        extension PDFPages: NSViewRepresentable {
            func makeNSView(context: Context) -> PDFView { show() }
            func updateNSView(_ view: PDFView, context: Context) {}
        }
    #else
        extension PDFPages: UIViewRepresentable {
            func makeUIView(context: Context) -> PDFView { show() }
            func updateUIView(_ view: PDFView, context: Context) {}
        }
    #endif
#endif
