package org.keepwell.platform

import android.os.Bundle
import android.os.CancellationSignal
import android.os.ParcelFileDescriptor
import android.print.PageRange
import android.print.PrintAttributes
import android.print.PrintDocumentAdapter
import android.print.PrintDocumentInfo
import java.io.IOException
import kotlin.concurrent.thread

/**
 * Hands a PDF to Android's printing out of memory; what prints it keeps a copy of its own. The pages are of US Letter, with margins that let A4
 * print them as they are. [pdf] is copied, and the copy overwritten when the person leaves the printing.
 */
class PdfPrintout(pdf: ByteArray) : PrintDocumentAdapter() {
    private val pages = pdf.copyOf()

    override fun onLayout(
        before: PrintAttributes?,
        now: PrintAttributes,
        cancellation: CancellationSignal,
        callback: LayoutResultCallback,
        extras: Bundle?,
    ) {
        if (cancellation.isCanceled) return callback.onLayoutCancelled()
        val document = PrintDocumentInfo.Builder(NAME)
            .setContentType(PrintDocumentInfo.CONTENT_TYPE_DOCUMENT)
            .setPageCount(PrintDocumentInfo.PAGE_COUNT_UNKNOWN)
            .build()
        callback.onLayoutFinished(document, before == null)
    }

    /** Android asks on the main thread, and whoever reads may be slow. */
    override fun onWrite(wanted: Array<PageRange>, destination: ParcelFileDescriptor, cancellation: CancellationSignal, callback: WriteResultCallback) {
        thread {
            try {
                ParcelFileDescriptor.AutoCloseOutputStream(destination).use { stream ->
                    synchronized(pages) { stream.write(pages) }
                }
                if (cancellation.isCanceled) callback.onWriteCancelled() else callback.onWriteFinished(arrayOf(PageRange.ALL_PAGES))
            } catch (_: IOException) {
                callback.onWriteFailed(null)
            }
        }
    }

    override fun onFinish() {
        // What is being written ends first, and nobody on the main thread waits for it.
        thread { synchronized(pages) { pages.fill(0) } }
    }

    private companion object {
        /** What it is called where the person saves it as a file instead. */
        const val NAME = "keepwell.pdf"
    }
}
