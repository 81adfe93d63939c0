package org.keepwell.platform

import com.google.zxing.BarcodeFormat
import com.google.zxing.qrcode.QRCodeWriter
import kotlin.test.assertEquals
import kotlin.test.assertNull
import org.junit.jupiter.api.Test

class QrReaderTest {
    private val text = "keepwell:p/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"

    @Test
    fun `reads a code from rows that are longer than the picture`() {
        assertEquals(text, QrReader().read(picture(stride = 700), 700, 640, 480))
    }

    @Test
    fun `reads a plane whose last row is short`() {
        val luma = picture(stride = 700)
        assertEquals(text, QrReader().read(luma.copyOf(luma.size - 60), 700, 640, 480))
    }

    @Test
    fun `finds nothing where half of the code is missing`() {
        val luma = picture(stride = 700)
        luma.fill(-1, 0, 700 * 240)
        assertNull(QrReader().read(luma, 700, 640, 480))
    }

    @Test
    fun `a picture without a code does not spoil the next`() {
        val reader = QrReader()
        assertNull(reader.read(ByteArray(700 * 480) { -1 }, 700, 640, 480))
        assertEquals(text, reader.read(picture(stride = 700), 700, 640, 480))
    }

    /** A 640×480 picture, dark on light grey, with the code in the middle. */
    private fun picture(stride: Int): ByteArray {
        val code = QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 300, 300)
        val luma = ByteArray(stride * 480) { 200.toByte() }
        for (y in 0 until 300) for (x in 0 until 300) if (code[x, y]) luma[(y + 90) * stride + x + 170] = 30
        return luma
    }
}
