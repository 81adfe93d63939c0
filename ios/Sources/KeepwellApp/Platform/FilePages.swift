// A PDF or a picture on the screen, as large as fingers make it. Links lead nowhere: whoever wrote the record chose where they would.

#if canImport(PDFKit)
    import PDFKit
    import SwiftUI

    /// A file as it was read. Nobody else has its document, so it may go from one thread to another.
    struct ReadPages: @unchecked Sendable {
        fileprivate let document: PDFDocument

        /// Reads it off the main thread, since a large one takes a while; none where it can't be read.
        static func read(_ content: Data, isPicture: Bool) async -> ReadPages? {
            await Task.detached { isPicture ? ReadPages(picture: content) : ReadPages(content) }.value
        }

        /// None where it is no PDF.
        private init?(_ content: Data) {
            guard let document = PDFDocument(data: content), document.pageCount > 0 else { return nil }
            for page in (0..<document.pageCount).compactMap({ document.page(at: $0) }) {
                for annotation in page.annotations where annotation.action != nil { page.removeAnnotation(annotation) }
            }
            self.document = document
        }

        /// None where it is no picture.
        private init?(picture content: Data) {
            #if os(macOS)
                let picture = NSImage(data: content)
            #else
                let picture = UIImage(data: content)?.small
            #endif
            guard let page = picture.flatMap({ PDFPage(image: $0) }) else { return nil }
            document = PDFDocument()
            document.insert(page, at: 0)
        }
    }

    struct FilePages {
        let pages: ReadPages

        @MainActor private func show() -> PDFView {
            let view = PDFView()
            view.autoScales = true
            view.document = pages.document
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
