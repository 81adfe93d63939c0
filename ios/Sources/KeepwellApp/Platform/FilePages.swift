// A PDF or a picture on the screen, as large as fingers make it. Links lead nowhere: whoever wrote the record chose where they would.

#if canImport(PDFKit)
    import PDFKit
    import SwiftUI

    struct FilePages {
        private let document: PDFDocument

        /// None where it is no PDF.
        init?(_ content: Data) {
            guard let document = PDFDocument(data: content), document.pageCount > 0 else { return nil }
            for page in (0..<document.pageCount).compactMap({ document.page(at: $0) }) {
                for annotation in page.annotations where annotation.action != nil { page.removeAnnotation(annotation) }
            }
            self.document = document
        }

        /// None where it is no picture.
        init?(picture content: Data) {
            #if os(macOS)
                let picture = NSImage(data: content)
            #else
                let picture = UIImage(data: content)?.small
            #endif
            guard let page = picture.flatMap({ PDFPage(image: $0) }) else { return nil }
            document = PDFDocument()
            document.insert(page, at: 0)
        }

        @MainActor private func show() -> PDFView {
            let view = PDFView()
            view.autoScales = true
            view.document = document
            return view
        }
    }

    #if !os(macOS)
        extension UIImage {
            /// Itself, or smaller: a few bytes can be a picture that takes all of the memory.
            fileprivate var small: UIImage? {
                let (longest, most) = (max(size.width, size.height) * scale, CGFloat(4_000))
                guard longest > most else { return self }
                return preparingThumbnail(of: CGSize(width: size.width * most / longest, height: size.height * most / longest))
            }
        }
    #endif

    #if os(macOS)
        extension FilePages: NSViewRepresentable {
            func makeNSView(context: Context) -> PDFView { show() }
            func updateNSView(_ view: PDFView, context: Context) {}
        }
    #else
        extension FilePages: UIViewRepresentable {
            func makeUIView(context: Context) -> PDFView { show() }
            func updateUIView(_ view: PDFView, context: Context) {}
        }
    #endif
#endif
