package org.keepwell

import java.nio.ByteBuffer
import java.nio.file.Path
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.io.TempDir

/** What only a broken caller sends: buffers that are no value of the declared type. The generated code can't make them. */
class HostileCallsTest {
    @TempDir lateinit var folder: Path

    private fun buffer(bytes: ByteArray): RustBuffer.ByValue {
        val buffer = RustBuffer.alloc(bytes.size.toULong())
        buffer.data!!.write(0, bytes, 0, bytes.size)
        buffer.len = bytes.size.toLong()
        return buffer
    }

    private fun bytes(query: RecordQuery): ByteArray {
        val buffer = ByteBuffer.allocate(FfiConverterTypeRecordQuery.allocationSize(query).toInt())
        FfiConverterTypeRecordQuery.write(query, buffer)
        return buffer.array().copyOf(buffer.position())
    }

    private suspend fun records(wallet: Wallet, query: ByteArray): RecordPage = uniffiRustCallAsync(
        UniffiLib.uniffi_keepwell_fn_method_wallet_records(wallet.uniffiCloneHandle(), buffer(query)),
        { future, callback, continuation -> UniffiLib.ffi_keepwell_rust_future_poll_rust_buffer(future, callback, continuation) },
        { future, status -> UniffiLib.ffi_keepwell_rust_future_complete_rust_buffer(future, status) },
        { future -> UniffiLib.ffi_keepwell_rust_future_free_rust_buffer(future) },
        { FfiConverterTypeRecordPage.lift(it) },
        WalletException.ErrorHandler,
    )

    private suspend fun emptyWallet() = newWallet(folder).wallet

    @Test
    fun `wrong ordinals, lengths and ends are typed exceptions and the wallet goes on`() = runBlocking {
        val wallet = emptyWallet()
        val category = bytes(RecordQuery(category = RecordCategory.ALLERGIES))
        assertEquals(RecordPage(listOf(), null), records(wallet, category), "the nearest that is a query")

        // An option's tag, then the ordinal, big-endian, from 1.
        val hostile = mapOf(
            "no such category" to category.copyOf().also { it[4] = 99 },
            "ordinal 0" to category.copyOf().also { it[4] = 0 },
            "a tag that is neither none nor some" to category.copyOf().also { it[0] = 2 },
            "nothing" to ByteArray(0),
            "more than a query" to category + 0,
            "a text of negative length" to byteArrayOf(0, 1, -1, -1, -1, -1),
            "a text of 2 GB" to byteArrayOf(0, 1, 127, -1, -1, -1),
        )
        for ((what, query) in hostile) assertFailsWith<InternalException>(what) { records(wallet, query) }
        for (end in category.indices) assertFailsWith<InternalException>("cut at $end") { records(wallet, category.copyOf(end)) }

        assertEquals(RecordPage(listOf(), null), wallet.records(RecordQuery()))
        wallet.release()
    }

    @Test
    fun `no byte of a query makes more than a typed exception`() = runBlocking {
        val wallet = emptyWallet()
        val query = bytes(RecordQuery(RecordCategory.ALLERGIES, "glucose", since = java.time.Instant.EPOCH, limit = 50u))
        assertEquals(RecordPage(listOf(), null), records(wallet, query))
        var answered = 0
        var refused = 0
        for (at in query.indices) for (value in byteArrayOf(0, 1, 2, 0x7f)) {
            try {
                records(wallet, query.copyOf().also { it[at] = value })
                answered++
            } catch (error: Exception) {
                assertTrue(error is WalletException || error is InternalException, "byte $at, value $value: $error")
                refused++
            }
        }
        assertTrue(answered > 0 && refused > 0, "$answered answered, $refused refused")
        assertTrue(wallet.isUnlocked())
        wallet.release()
    }

    @Test
    fun `an exception about a hostile buffer tells nothing of it`() = runBlocking {
        val wallet = emptyWallet()
        val told = assertFailsWith<InternalException> { records(wallet, byteArrayOf(0, 1, 0, 0, 0, 6) + "secret".toByteArray()) }
        assertTrue("secret" !in "$told", "$told")
        wallet.release()
    }
}
