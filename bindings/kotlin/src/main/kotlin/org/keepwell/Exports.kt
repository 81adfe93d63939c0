package org.keepwell

import java.io.IOException
import java.io.OutputStream
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runInterruptible

/** Writes every version of every record to [stream], which stays open; see [Wallet.exportRecordsTo]. */
suspend fun Wallet.exportRecordsTo(
    authentication: Authentication,
    stream: OutputStream,
    cancellation: Cancellation? = null,
): ExportReport = exportRecordsTo(authentication, StreamSink(stream), cancellation)

/** Writes the export that comes back whole to [stream], which stays open; see [Wallet.exportHistoryTo]. */
suspend fun Wallet.exportHistoryTo(
    authentication: Authentication,
    stream: OutputStream,
    cancellation: Cancellation? = null,
): ExportReport = exportHistoryTo(authentication, StreamSink(stream), cancellation)

/** Writes everything that happened to [stream], which stays open; see [Wallet.exportAuditTo]. */
suspend fun Wallet.exportAuditTo(
    authentication: Authentication,
    stream: OutputStream,
    cancellation: Cancellation? = null,
): AuditExportReport = exportAuditTo(authentication, StreamSink(stream), cancellation)

private class StreamSink(private val stream: OutputStream) : ExportSink {
    override suspend fun write(bytes: ByteArray) =
        try {
            runInterruptible(Dispatchers.IO) {
                stream.write(bytes)
                stream.flush()
            }
        } catch (_: IOException) {
            throw ExportSinkException.Unwritable()
        }
}
