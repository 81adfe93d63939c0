package org.keepwell.wallet.rust

import java.io.IOException
import java.io.OutputStream
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runInterruptible
import org.keepwell.Authentication
import org.keepwell.ExportSink
import org.keepwell.ExportSinkException
import org.keepwell.Wallet
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.ExportReport
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.PlaceFullException
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.service.Export

/** Exports by the library, for whoever has just typed the PIN. */
internal class RustExport(
    private val wallet: Wallet,
    private val authentication: Authentication,
    private val aside: (() -> Unit) -> Unit,
) : Export {
    /** What was closed is freed: the library must not see it again. */
    private var isClosed = false

    override suspend fun write(kind: ExportKind, place: ExportPlace, onProgress: (Long) -> Unit): Outcome<ExportReport> =
        if (isClosed) Outcome.Failed(Problem.Locked) else written(kind, place, onProgress)

    private suspend fun written(kind: ExportKind, place: ExportPlace, onProgress: (Long) -> Unit): Outcome<ExportReport> = try {
        PlaceSink(runInterruptible(Dispatchers.IO) { place.open() }, onProgress).use { sink ->
            val written = outcome {
                when (kind) {
                    ExportKind.HISTORY -> wallet.exportHistoryTo(authentication, sink)
                    ExportKind.RECORDS -> wallet.exportRecordsTo(authentication, sink)
                }
            }
            // The library only knows that it could not go on.
            sink.fault?.let { throw it }
            when (written) {
                is Outcome.Failed -> if (written.problem.code == Problem.FileUnwritable.code) Outcome.Failed(Problem.FileUnwritable) else written
                is Outcome.Done -> {
                    runInterruptible(Dispatchers.IO) { sink.finish() }
                    Outcome.Done(ExportReport(written.value.records.toLong()))
                }
            }
        }
    } catch (_: PlaceFullException) {
        Outcome.Failed(Problem.PlaceFull)
    } catch (_: IOException) {
        Outcome.Failed(Problem.FileUnwritable)
    }

    override fun close() {
        if (isClosed) return
        isClosed = true
        // What is being written holds it until the place has answered.
        aside { authentication.use { it.void() } }
    }
}

/** A place in another app, which may hang, be full or be withdrawn: each piece is written on a thread that may wait. */
private class PlaceSink(private val stream: OutputStream, private val onProgress: (Long) -> Unit) : ExportSink, AutoCloseable {
    private var written = 0L

    /** What kept it from going on. */
    @Volatile
    var fault: IOException? = null
        private set

    override suspend fun write(bytes: ByteArray) = try {
        runInterruptible(Dispatchers.IO) { stream.write(bytes) }
        written += bytes.size
        onProgress(written)
    } catch (e: IOException) {
        fault = e
        throw ExportSinkException.Unwritable()
    }

    /** Learns whether all of it has arrived. */
    fun finish() {
        stream.flush()
        stream.close()
    }

    override fun close() {
        try {
            stream.close()
        } catch (_: IOException) {
            // It is written to its end, or given up.
        }
    }
}
