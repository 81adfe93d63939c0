package org.keepwell

import java.nio.file.Path
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotEquals
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.io.TempDir

class IdentifiersTest {
    @TempDir lateinit var folder: Path

    @Test
    fun `an identifier that was kept as text is the same again`() = runBlocking {
        val wallet = newWallet(folder).wallet
        val lines = (1..3).joinToString("\n") { LATEX.replace("a1", "a$it") }
        val imported = wallet.importRecords(ImportSource.Bytes(lines.toByteArray())) as ImportOutcome.Imported
        val page = wallet.records(RecordQuery(limit = 2u))
        val bytes = page.records.associate { it.id to wallet.record(it.id) }
        for (record in page.records) {
            val again = RecordId("${record.id}")
            assertEquals(record.id, again)
            assertEquals(record.id.hashCode(), again.hashCode())
            assertContentEquals(bytes[again], wallet.record(again))
        }
        val next = wallet.records(RecordQuery(limit = 2u, after = Cursor(page.next!!.text)))
        assertEquals(wallet.pages(RecordQuery(limit = 2u)).map { of -> of.records.map { it.id } }.toList().last(), next.records.map { it.id })
        assertEquals(listOf(imported.report.import), wallet.imports().map { DeliveryId(it.import.text) })
        wallet.release()
    }

    @Test
    fun `two of a kind are equal by their text, two of different kinds never`() {
        val text = "0a".repeat(32)
        assertEquals(GrantId(text), GrantId("0a".repeat(32)))
        assertNotEquals(GrantId(text), GrantId("0b".repeat(32)))
        val kinds = listOf<Any>(GrantId(text), ProviderId(text), RecordId(text), DeliveryId(text), QuarantineId(text), LinkId(text), RequestId(text), SourceId(text), Cursor(text), AnchorFingerprint(text))
        assertEquals(kinds.size, kinds.toSet().size)
        assertEquals(setOf(text), kinds.map { "$it" }.toSet())
    }

    @Test
    fun `a text that is none is refused where it is used, and names no thing where there is none`() = runBlocking {
        val (wallet, authentication) = newWallet(folder)
        val digits = "0a".repeat(32)
        // Each as long as it is, and what is said of one that is well formed and unknown.
        val calls = listOf<Triple<Int, String, suspend (String) -> Any>>(
            Triple(64, "NoSuchRecord") { wallet.record(RecordId(it)) },
            Triple(64, "NoSuchGrant") { wallet.grantById(GrantId(it)) },
            Triple(64, "NoSuchQuarantined") { wallet.quarantinedBytes(QuarantineId(it)) },
            Triple(32, "NoSuchImport") { wallet.importReach(DeliveryId(it)) },
            Triple(32, "NoSuchShare") { wallet.shareLink(LinkId(it)) },
            Triple(32, "NoSuchRequest") { wallet.refuseAccessRequest(RequestId(it)) },
            Triple(32, "NoSuchSource") { wallet.removeSource(SourceId(it)) },
        )
        for ((length, unknown, call) in calls) {
            assertEquals(unknown, assertFailsWith<WalletException.NotFound> { call(digits.take(length)) }.code())
            for (text in listOf("", digits.take(length - 1), digits + "0a", digits.take(length).uppercase(), " " + digits.take(length - 1), "../../etc/passwd")) {
                assertEquals("InvalidIdentifier", assertFailsWith<WalletException.InvalidArgument>("$unknown: $text") { call(text) }.code())
            }
        }
        assertEquals("InvalidIdentifier", assertFailsWith<WalletException.InvalidArgument> { wallet.provider(ProviderSelection.ById(ProviderId("Bern"))) }.code())
        assertEquals("InvalidCursor", assertFailsWith<WalletException.InvalidArgument> { wallet.records(RecordQuery(after = Cursor("no cursor"))) }.code())
        val renewal = LedgerRenewal(byteArrayOf(), null, AnchorFingerprint("0a0b"))
        assertEquals("FingerprintMalformed", assertFailsWith<WalletException.InvalidArgument> { wallet.renewTrust(authentication, renewal) }.code())
        wallet.release()
    }
}
