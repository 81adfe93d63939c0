package org.keepwell.platform

import com.google.zxing.BarcodeFormat
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.PlanarYUVLuminanceSource
import com.google.zxing.ReaderException
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader

/** Finds a QR code in the brightness of a picture. */
class QrReader {
    private val reader = QRCodeReader()

    /** The text of a code in the picture, null if there is none; [luma] has [stride] bytes a row, of which [width] count. */
    fun read(luma: ByteArray, stride: Int, width: Int, height: Int): String? {
        // The last row of a camera's plane may end with its last pixel.
        val rows = if (luma.size < stride * height) luma.copyOf(stride * height) else luma
        val source = PlanarYUVLuminanceSource(rows, stride, height, 0, 0, width, height, false)
        return try {
            reader.decode(BinaryBitmap(HybridBinarizer(source)), HINTS).text
        } catch (_: ReaderException) {
            null
        } finally {
            reader.reset()
        }
    }

    private companion object {
        val HINTS = mapOf(DecodeHintType.POSSIBLE_FORMATS to listOf(BarcodeFormat.QR_CODE), DecodeHintType.TRY_HARDER to true)
    }
}
