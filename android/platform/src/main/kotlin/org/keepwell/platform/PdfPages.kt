package org.keepwell.platform

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Color
import android.graphics.pdf.PdfRenderer
import android.os.Build
import android.os.Handler
import android.os.HandlerThread
import android.os.ParcelFileDescriptor
import android.os.ProxyFileDescriptorCallback
import android.os.storage.StorageManager
import android.system.ErrnoException
import android.system.Os
import android.system.OsConstants
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

/** The pages of a PDF, drawn by the framework out of memory: no file of it is ever on the phone's storage. */
class PdfPages private constructor(private val renderer: PdfRenderer) : AutoCloseable {
    private val turn = Mutex()
    private var isClosed = false

    /** How many pages there are. */
    val count: Int = renderer.pageCount

    /** A page on white, [width] pixels wide; null where it can't be drawn. The framework draws one page at a time. */
    suspend fun draw(page: Int, width: Int): Bitmap? = withContext(Dispatchers.IO) {
        turn.withLock {
            if (isClosed) return@withLock null
            try {
                renderer.openPage(page).use { it.draw(width) }
            } catch (_: RuntimeException) {
                null
            }
        }
    }

    private fun PdfRenderer.Page.draw(wanted: Int): Bitmap {
        val across = wanted.coerceIn(1, WIDEST)
        val down = (across.toLong() * height / width.coerceAtLeast(1)).coerceIn(1, LONGEST.toLong()).toInt()
        return Bitmap.createBitmap(across, down, Bitmap.Config.ARGB_8888).also {
            it.eraseColor(Color.WHITE)
            render(it, null, null, PdfRenderer.Page.RENDER_MODE_FOR_DISPLAY)
        }
    }

    override fun close() {
        // What draws a page now ends first.
        Thread {
            runBlocking {
                turn.withLock {
                    if (isClosed) return@withLock
                    isClosed = true
                    renderer.close()
                }
            }
        }.start()
    }

    companion object {
        private const val WIDEST = 2_400
        private const val LONGEST = 6_000

        /** The pages of these bytes; null where they are no PDF, or one that asks for a password. The caller may overwrite them afterwards. */
        suspend fun open(context: Context, bytes: ByteArray): PdfPages? = withContext(Dispatchers.IO) {
            try {
                val memory = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) inMemory(bytes) else throughProxy(context, bytes)
                try {
                    PdfPages(PdfRenderer(memory))
                } catch (e: Exception) {
                    memory.close()
                    throw e
                }
            } catch (_: IOException) {
                null
            } catch (_: ErrnoException) {
                null
            } catch (_: RuntimeException) {
                null
            }
        }

        private fun inMemory(bytes: ByteArray): ParcelFileDescriptor {
            val file = Os.memfd_create("pages", 0)
            return try {
                var written = 0
                while (written < bytes.size) written += Os.write(file, bytes, written, bytes.size - written)
                Os.lseek(file, 0, OsConstants.SEEK_SET)
                ParcelFileDescriptor.dup(file)
            } finally {
                Os.close(file)
            }
        }

        /** Before Android 11 the framework's own way to read a file out of memory. */
        private fun throughProxy(context: Context, bytes: ByteArray): ParcelFileDescriptor {
            val own = bytes.copyOf()
            val thread = HandlerThread("pages").apply { start() }
            val storage = checkNotNull(context.getSystemService(StorageManager::class.java))
            val reading = object : ProxyFileDescriptorCallback() {
                override fun onGetSize() = own.size.toLong()

                override fun onRead(offset: Long, size: Int, data: ByteArray): Int {
                    val from = offset.coerceIn(0, own.size.toLong()).toInt()
                    val length = minOf(size, own.size - from)
                    own.copyInto(data, 0, from, from + length)
                    return length
                }

                override fun onRelease() {
                    own.fill(0)
                    thread.quitSafely()
                }
            }
            return storage.openProxyFileDescriptor(ParcelFileDescriptor.MODE_READ_ONLY, reading, Handler(thread.looper))
        }
    }
}
