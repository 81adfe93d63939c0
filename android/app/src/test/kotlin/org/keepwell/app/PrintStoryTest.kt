package org.keepwell.app

import android.os.CancellationSignal
import android.os.ParcelFileDescriptor
import android.print.PageRange
import android.print.PrintAttributes
import android.print.PrintDocumentAdapter.LayoutResultCallback
import android.print.PrintDocumentAdapter.WriteResultCallback
import android.print.PrintDocumentInfo
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.test.core.app.ApplicationProvider
import java.io.File
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.platform.PdfPrintout
import org.keepwell.wallet.fake.FakeWallet
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowToast

/** Records on paper, clicked through the app's own activity; and what Android's printing gets of them. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [34, 35], qualifiers = "en-w360dp-h720dp-xhdpi")
class PrintStoryTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()
    private val clicks = Clicks(compose)
    private val wallet get() = ApplicationProvider.getApplicationContext<FakeApplication>().wallet

    /** What the printing is told, in the order in which it is. */
    private val told = LinkedBlockingQueue<String>()

    private val laidOut = object : LayoutResultCallback() {
        override fun onLayoutFinished(info: PrintDocumentInfo, changed: Boolean) {
            told += "${info.name} ${info.contentType} $changed"
        }

        override fun onLayoutCancelled() {
            told += "cancelled"
        }
    }

    private val written = object : WriteResultCallback() {
        override fun onWriteFinished(pages: Array<PageRange>) {
            told += "written ${pages.single()}"
        }

        override fun onWriteCancelled() {
            told += "cancelled"
        }

        override fun onWriteFailed(error: CharSequence?) {
            told += "failed"
        }
    }

    private fun heard() = assertNotNull(told.poll(Clicks.PATIENCE, TimeUnit.MILLISECONDS))

    /** Has the pages written into a file, and gives what was said then and what is in it. Robolectric's pipes are no pipes. */
    private fun write(
        printout: PdfPrintout, cancellation: CancellationSignal = CancellationSignal(), mode: Int = ParcelFileDescriptor.MODE_READ_WRITE,
    ): Pair<String, ByteArray> {
        val file = File.createTempFile("pages", ".pdf")
        try {
            printout.onWrite(arrayOf(PageRange.ALL_PAGES), ParcelFileDescriptor.open(file, mode), cancellation, written)
            return heard() to file.readBytes()
        } finally {
            file.delete()
        }
    }

    @Test
    fun pagesAreMadeByThePinAndForgottenWithTheScreen(): Unit = with(clicks) {
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
        press("Settings")
        press("Print your records")
        sees("Paper is not locked.")
        press("Continue")
        enterPin("000000", "Make the pages")
        sees("Wrong PIN")
        enterPin(FakeWallet.PIN, "Make the pages")
        sees("Your pages are ready")
        // Robolectric's phone has no printing.
        press("Print")
        assertEquals(compose.activity.getString(R.string.phone_cannot), ShadowToast.getTextOfLatestToast())
        press("Done")
        sees("What to print")
        assertTrue(wallet.safety.printouts.single().expose().all { it == 0.toByte() })
    }

    @Test
    fun whatPrintsGetsThePagesOutOfMemory() {
        // Longer than what is written at once.
        val pdf = ByteArray(300_000) { (it % 251).toByte() }
        val printout = PdfPrintout(pdf)
        val paper = PrintAttributes.Builder().setMediaSize(PrintAttributes.MediaSize.ISO_A4).build()
        printout.onLayout(null, paper, CancellationSignal(), laidOut, null)
        assertEquals("keepwell.pdf ${PrintDocumentInfo.CONTENT_TYPE_DOCUMENT} true", heard())
        printout.onLayout(paper, paper, CancellationSignal(), laidOut, null)
        assertEquals("keepwell.pdf ${PrintDocumentInfo.CONTENT_TYPE_DOCUMENT} false", heard())
        // The screen may forget its own.
        val expected = pdf.copyOf()
        pdf.fill(0)
        repeat(2) {
            val (said, pages) = write(printout)
            assertEquals("written ${PageRange.ALL_PAGES}", said)
            assertTrue(expected.contentEquals(pages), "${pages.size} bytes")
        }
    }

    @Test
    fun whatIsBrokenOffIsSaid() {
        val printout = PdfPrintout(ByteArray(300_000) { 1 })
        val cancelled = CancellationSignal().apply { cancel() }
        printout.onLayout(null, PrintAttributes.Builder().build(), cancelled, laidOut, null)
        assertEquals("cancelled", heard())
        assertEquals("cancelled", write(printout, cancelled).first)
        assertEquals("failed", write(printout, mode = ParcelFileDescriptor.MODE_READ_ONLY).first)
    }

    @Test
    fun whoHasPrintedLeavesNothingInMemory() {
        val printout = PdfPrintout(ByteArray(1_000) { 1 })
        printout.onFinish()
        val end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Clicks.PATIENCE)
        var left = write(printout).second
        while (left.any { it != 0.toByte() } && System.nanoTime() < end) left = write(printout).second
        assertTrue(left.all { it == 0.toByte() })
    }
}
