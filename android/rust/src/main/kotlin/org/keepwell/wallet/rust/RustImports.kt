package org.keepwell.wallet.rust

import java.io.ByteArrayInputStream
import java.io.IOException
import java.io.InputStream
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runInterruptible
import org.keepwell.DeliveryId
import org.keepwell.Event
import org.keepwell.ImportOptions
import org.keepwell.ImportOutcome
import org.keepwell.ImportSource
import org.keepwell.ImportStream
import org.keepwell.ImportStreamException
import org.keepwell.Observer
import org.keepwell.QuarantineId
import org.keepwell.readShareLink
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.LinkPreview
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.model.SetAsideId
import org.keepwell.wallet.service.ImportService

/** Imports by the library, which reads a file through [FileStream]; [changed] is told when records came or went. */
internal class RustImports(private val library: RustWallet, private val changed: () -> Unit) : ImportService {
    override suspend fun importFiles(files: List<RecordFile>, person: Int?, onProgress: (Long) -> Unit): Outcome<ImportResult> {
        val streams = files.map(::FileStream)
        try {
            val result = library.asking { wallet ->
                wallet.subscribe(ProgressObserver(onProgress)).use { subscription ->
                    try {
                        val options = ImportOptions(patient = person?.let { "@$it" })
                        wallet.importFiles(files.zip(streams) { file, stream -> ImportSource.Stream(file.name, stream) }, options)
                    } finally {
                        subscription.cancel()
                    }
                }
            }
            return when (result) {
                is Outcome.Failed -> result
                is Outcome.Done -> Outcome.Done(result.value.toModel()).also { changed() }
            }
        } finally {
            streams.forEach(FileStream::close)
        }
    }

    override fun readLink(link: String): Outcome<LinkPreview> = outcome {
        readShareLink(link).run { LinkPreview(server, label?.ifBlank { null }, expires, needsPasscode) }
    }

    override suspend fun openLink(link: String, recipient: String, passcode: ByteArray?): Outcome<List<RecordFile>> {
        // What the list of imports shows of it.
        val name = when (val read = readLink(link)) {
            is Outcome.Failed -> return read
            is Outcome.Done -> read.value.run { label ?: server }
        }
        return library.asking(::problemOfLink) {
            it.openShare(link, recipient, passcode?.decodeToString()).map { file -> Fetched(name, file.content) }
        }
    }

    override suspend fun imports() = library.asking { it.imports().map { one -> one.toModel() } }

    override suspend fun importReach(id: ImportId) = library.asking { it.importReach(DeliveryId(id.text)).toModel() }

    override suspend fun undoImport(id: ImportId) = library.asking { it.undoImport(DeliveryId(id.text)).toModel() }.also { changed() }

    override suspend fun quarantine() = library.asking { it.quarantine().map { one -> one.toModel() } }

    override suspend fun dropQuarantined(id: SetAsideId) = library.asking { it.dropQuarantined(QuarantineId(id.hex)) }
}

private class ProgressObserver(private val onProgress: (Long) -> Unit) : Observer {
    override fun onEvents(events: List<Event>) {
        events.filterIsInstance<Event.ImportProgress>().lastOrNull()?.let { onProgress(it.bytes.toLong()) }
    }
}

/** What was behind a link; in memory, because a link may open only once. */
private class Fetched(override val name: String, private val content: ByteArray) : RecordFile {
    override val size = content.size.toLong()

    override fun open(): InputStream = ByteArrayInputStream(content)
}

/** A file of another app, which may hang, end early or be withdrawn: each read is on a thread that may wait. */
private class FileStream(private val file: RecordFile) : ImportStream, AutoCloseable {
    private var opened: InputStream? = null

    override suspend fun read(most: UInt): ByteArray = try {
        runInterruptible(Dispatchers.IO) {
            val stream = opened ?: file.open().also { opened = it }
            stream.readNBytes(most.toInt())
        }
    } catch (_: IOException) {
        throw ImportStreamException.Unreadable()
    }

    override fun close() {
        try {
            opened?.close()
        } catch (_: IOException) {
            // It was read to its end, or is given up.
        }
    }
}
