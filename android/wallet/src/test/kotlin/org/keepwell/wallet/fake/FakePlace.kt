package org.keepwell.wallet.fake

import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.OutputStream
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.model.PlaceFullException

/** A place in another app, which may hold only so many bytes, be gone, or remove nothing. */
class FakePlace(private val holds: Int = Int.MAX_VALUE, private val isGone: Boolean = false, private val removes: Boolean = true) : ExportPlace {
    private var file: ByteArrayOutputStream? = null

    /** What is in the file; null where there is none. */
    val content: String? get() = file?.toString()

    /** How often it was asked to remove the file. */
    var removals = 0
        private set

    override fun open(): OutputStream {
        if (isGone) throw IOException("gone")
        val into = ByteArrayOutputStream().also { file = it }
        return object : OutputStream() {
            override fun write(byte: Int) {
                if (into.size() >= holds) throw PlaceFullException(IOException("no room"))
                into.write(byte)
            }
        }
    }

    override suspend fun remove(): Leftover {
        removals++
        if (!removes && file != null) return Leftover.MAYBE_A_PART
        file = null
        return Leftover.NOTHING
    }
}
