package org.keepwell.platform

import android.content.ContentResolver
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.provider.DocumentsContract
import android.provider.OpenableColumns
import android.system.ErrnoException
import android.system.Os
import android.system.OsConstants
import java.io.FileNotFoundException
import java.io.IOException
import java.io.OutputStream
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.model.PlaceFullException

/** A document of another app, which the person has made or chosen to be written over. What that app does wrong is an [IOException] and no more. */
class ContentPlace(private val resolver: ContentResolver, private val address: Uri) : ExportPlace {
    @Volatile
    private var isOpened = false

    override fun open(): OutputStream = guarded {
        isOpened = true
        val descriptor = resolver.openFileDescriptor(address, "wt") ?: throw FileNotFoundException("nothing behind it")
        Document(descriptor)
    }

    override suspend fun remove(): Leftover = withContext(Dispatchers.IO) {
        when {
            !isOpened && size() != 0L -> Leftover.NOTHING
            isDeleted() || isEmptied() -> Leftover.NOTHING
            isOpened -> Leftover.MAYBE_A_PART
            else -> Leftover.NOTHING
        }
    }

    /** How long it says to be; a document that was there before is not empty. */
    private fun size(): Long? = asked(null) {
        resolver.query(address, arrayOf(OpenableColumns.SIZE), null, null, null)?.use { cursor ->
            if (cursor.moveToFirst() && !cursor.isNull(0)) cursor.getLong(0) else null
        }
    }

    /** What says that it has removed it may not have. */
    private fun isDeleted() = asked(false) { DocumentsContract.deleteDocument(resolver, address) } && !isThere()

    private fun isThere() = asked(false) { resolver.query(address, null, null, null, null)?.use { it.moveToFirst() } ?: false }

    /** The next best: the other app keeps the document, and nothing in it. */
    private fun isEmptied(): Boolean {
        if (!isOpened) return false
        return asked(false) {
            resolver.openFileDescriptor(address, "wt")?.use { it.statSize == 0L } ?: false
        }
    }

    private fun <T> asked(otherwise: T, ask: () -> T): T = try {
        guarded(ask)
    } catch (_: IOException) {
        otherwise
    }

    /** Writes, and learns at the end whether all of it has arrived. */
    private class Document(private val descriptor: ParcelFileDescriptor) : OutputStream() {
        private val stream = ParcelFileDescriptor.AutoCloseOutputStream(descriptor)
        private var isClosed = false

        override fun write(byte: Int) = guarded { stream.write(byte) }

        override fun write(bytes: ByteArray, offset: Int, length: Int) = guarded { stream.write(bytes, offset, length) }

        override fun flush() = guarded {
            try {
                Os.fsync(descriptor.fileDescriptor)
            } catch (e: ErrnoException) {
                // A pipe has nothing to be written down.
                if (e.errno != OsConstants.EINVAL && e.errno != OsConstants.EROFS) throw e.rethrowAsIOException()
            }
        }

        override fun close() {
            if (isClosed) return
            isClosed = true
            guarded { stream.close() }
        }
    }

    private companion object {
        /** Another app answers: whatever it throws over the process border is as good as a document that can't be written. */
        inline fun <T> guarded(ask: () -> T): T = try {
            ask()
        } catch (e: IOException) {
            throw e.orPlaceFull()
        } catch (e: RuntimeException) {
            throw IOException(e)
        }
    }
}

/** The same, or that there is no room, where the system says so. */
fun IOException.orPlaceFull(): IOException {
    val isFull = generateSequence<Throwable>(this) { it.cause }.any {
        it is ErrnoException && (it.errno == OsConstants.ENOSPC || it.errno == OsConstants.EDQUOT)
    }
    return if (isFull) PlaceFullException(this) else this
}
