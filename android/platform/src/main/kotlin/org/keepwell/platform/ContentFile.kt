package org.keepwell.platform

import android.content.ContentResolver
import android.database.Cursor
import android.net.Uri
import android.provider.OpenableColumns
import java.io.IOException
import java.io.InputStream
import org.keepwell.wallet.model.RecordFile

/**
 * A file of another app, behind the address that it gave. Nothing is asked of that app before the file is opened, but for its
 * name and size, once; what it does wrong is an [IOException] and no more.
 */
class ContentFile(private val resolver: ContentResolver, private val address: Uri) : RecordFile {
    private val described by lazy { describe() }

    override val name get() = described.first

    override val size get() = described.second

    override fun open(): InputStream = guarded { resolver.openInputStream(address) } ?: throw IOException("nothing behind it")

    private fun describe(): Pair<String, Long?> = try {
        guarded { resolver.query(address, COLUMNS, null, null, null) }?.use { read(it) } ?: UNKNOWN
    } catch (_: IOException) {
        UNKNOWN
    }

    private fun read(cursor: Cursor): Pair<String, Long?> = guarded {
        if (!cursor.moveToFirst()) return UNKNOWN
        val (name, size) = COLUMNS.map(cursor::getColumnIndex)
        plain(if (name < 0) null else cursor.getString(name)) to (if (size < 0 || cursor.isNull(size)) null else cursor.getLong(size).takeIf { it >= 0 })
    }

    /** Another app answers: whatever it throws over the process border is as good as a file that can't be read. */
    private inline fun <T> guarded(ask: () -> T): T = try {
        ask()
    } catch (e: RuntimeException) {
        throw IOException(e)
    }

    companion object {
        private val COLUMNS = arrayOf(OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE)
        private val UNKNOWN = "" to null
        private const val LONGEST = 80

        /** A name as it may be shown: no line breaks, nothing that turns the direction of text, not too long. */
        internal fun plain(name: String?): String = name.orEmpty().take(10 * LONGEST)
            .filterNot { it.isISOControl() || Character.getType(it) == Character.FORMAT.toInt() || it == '\u2028' || it == '\u2029' }
            .trim().take(LONGEST)
    }
}
