package org.keepwell

import java.nio.charset.CharacterCodingException
import java.nio.file.Path
import java.util.Locale
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.io.TempDir

class LifeTest {
    @TempDir lateinit var folder: Path

    private fun config() = WalletConfig("${folder.resolve("home")}", SoftwareDeviceKey(folder), acceptDemonstrationLedger = true)

    private suspend fun opened() = newWallet(folder, config = config())

    // Row 106: freed handles, freed twice, used afterwards.
    @Test
    fun `what was closed is refused and closing twice is nothing`() = runBlocking {
        val (wallet, authentication) = opened()
        val words = RecoveryWords.generate()
        for (one in listOf(authentication, words, wallet)) repeat(2) { one.close() }
        assertFailsWith<IllegalStateException> { authentication.words() }
        assertFailsWith<IllegalStateException> { words.text() }
        assertFailsWith<IllegalStateException> { wallet.isUnlocked() }
        assertFailsWith<IllegalStateException> { wallet.status() }
        // As an argument, too.
        assertFailsWith<IllegalStateException> { Wallet.create(config(), words, pin()) }
        // Closed and not released, it lets go of the folder all the same.
        withTimeout(60.seconds) {
            while (true) {
                try {
                    return@withTimeout Wallet.open(config()).release()
                } catch (_: WalletException.Busy) {
                    delay(20.milliseconds)
                }
            }
        }
    }

    @Test
    fun `a released wallet refuses every call`() = runBlocking {
        val (wallet, authentication) = opened()
        repeat(2) { wallet.release() }
        assertFailsWith<WalletException.Closed> { wallet.status() }
        assertFailsWith<WalletException.Closed> { wallet.unlock(pin()) }
        assertFailsWith<WalletException.Closed> { authentication.words() }
        Wallet.open(config()).release()
    }

    // Row 29.
    @Test
    fun `one instance has a folder, and two unlocks at once both get in`() = runBlocking {
        val (wallet, _) = opened()
        assertFailsWith<WalletException.Busy> { Wallet.open(config()) }
        wallet.lock()
        val both = List(2) { async(Dispatchers.Default) { wallet.unlock(pin()) } }.awaitAll()
        assertContentEquals(both[0].words(), both[1].words())
        wallet.release()
        assertFalse(Wallet.open(config()).isUnlocked())
    }

    @Test
    fun `an unused wallet locks itself, in the background and in front`() = runBlocking {
        val (wallet, authentication) = opened()
        wallet.setAutoLock(inFront = 200.milliseconds, inBackground = null)
        withTimeout(60.seconds) { while (wallet.isUnlocked()) delay(10.milliseconds) }
        assertFailsWith<WalletException.Closed> { authentication.words() }
        wallet.setInBackground(true)
        wallet.unlock(pin()).close()
        delay(500.milliseconds)
        assertTrue(wallet.isUnlocked())
        wallet.setAutoLock(inFront = null, inBackground = 200.milliseconds)
        withTimeout(60.seconds) { while (wallet.isUnlocked()) delay(10.milliseconds) }
        wallet.release()
    }

    // Row 109.
    @Test
    fun `a panic is an error without its text, locks the wallet, and unlocking goes on`() = runBlocking {
        val (wallet, authentication) = opened()
        val error = assertFailsWith<WalletException.Internal> { triggerPanic(wallet) }
        assertFalse("asked for" in "$error ${error.message}")
        assertFalse(wallet.isUnlocked())
        assertFailsWith<WalletException.Closed> { authentication.words() }
        assertFailsWith<WalletException.Locked> { wallet.status() }
        wallet.unlock(pin()).close()
        assertEquals(0u, wallet.status().records)
        wallet.release()
    }

    // Row 17: half of a surrogate pair, in a text and as bytes.
    @Test
    fun `a lone surrogate is refused and changes nothing`() = runBlocking {
        val (wallet, _) = opened()
        val lone = "Ana \uD83D"
        assertFailsWith<CharacterCodingException> { wallet.records(RecordQuery(text = lone)) }
        assertFailsWith<CharacterCodingException> {
            wallet.importRecords(ImportSource.Bytes(LATEX.toByteArray()), ImportOptions(source = lone))
        }
        assertFailsWith<CharacterCodingException> { wallet.openShare(lone, "Klinik") }
        val bytes = byteArrayOf(0xED.toByte(), 0xA0.toByte(), 0xBD.toByte())
        for (call in listOf<suspend () -> Any>({ RecoveryWords.parse(bytes) }, { suggestWords(bytes) }, { Pin(bytes) }, { Passphrase(bytes) })) {
            assertEquals(ArgumentReason.INVALID_TEXT, assertFailsWith<WalletException.InvalidArgument> { call() }.reason)
        }
        assertEquals(0u, wallet.status().records)
        wallet.release()
    }

    // Row 110: what the languages know as an instant and the wallet does not.
    @Test
    fun `times out of range are refused`() = runBlocking {
        val (wallet, _) = opened()
        for (time in listOf(java.time.Instant.MIN, java.time.Instant.MAX, java.time.Instant.ofEpochSecond(-1))) {
            assertEquals(ArgumentReason.INVALID_TIME, assertFailsWith<WalletException.InvalidArgument> { wallet.records(RecordQuery(since = time)) }.reason)
        }
        wallet.records(RecordQuery(since = java.time.Instant.EPOCH))
        wallet.release()
    }

    // Row 111.
    @Test
    fun `no language of the device changes what is found`() = runBlocking {
        val before = Locale.getDefault()
        try {
            for (language in listOf("tr-TR", "ar-EG-u-nu-arab", "he-IL", "th-TH-u-ca-buddhist")) {
                Locale.setDefault(Locale.forLanguageTag(language))
                val home = folder.resolve(language)
                val wallet = newWallet(home).wallet
                wallet.importRecords(ImportSource.Bytes(LATEX.toByteArray()))
                assertEquals("LATEX I", wallet.records(RecordQuery(text = "latex i")).records.single().display, language)
                wallet.lock()
                assertEquals(9u, assertFailsWith<WalletException.WrongPin> { wallet.unlock(pin("305815")) }.left)
                wallet.unlock(pin("٣٠٥٨١٤")).close()
                wallet.release()
            }
        } finally {
            Locale.setDefault(before)
        }
    }

    @Test
    fun `pages follow each other to the end and no secret is in a text`() = runBlocking {
        val (wallet, authentication) = opened()
        val lines = (1..7).joinToString("\n") { LATEX.replace("a1", "a$it") }
        wallet.importRecords(ImportSource.Bytes(lines.toByteArray()))
        assertEquals(listOf(3, 3, 1), wallet.pages(RecordQuery(limit = 3u)).map { it.records.size }.toList())
        assertEquals(7, wallet.allRecords(RecordQuery(limit = 2u)).toList().distinctBy { it.id }.size)
        assertEquals(0, wallet.allRecords(RecordQuery(text = "nothing")).toList().size)

        var kept: Authentication? = null
        wallet.withAuthentication(pin()) { kept = it }
        assertFailsWith<IllegalStateException> { kept!!.words() }
        val words = authentication.words()
        val texts = listOf(wallet, authentication, RecoveryWords.generate(), QuizAnswer(1u, words), OpenedWallet(wallet, authentication))
        for (word in words.decodeToString().split(' ')) {
            for (text in texts.map { "$it" }) assertFalse(" $word" in text || "=$word" in text, text)
        }
        for (secret in listOf(pin(), Passphrase("a summer evening".toByteArray()))) {
            assertFalse(PIN in "$secret" || "summer" in "$secret", "$secret")
            secret.close()
        }
        val share = NewShare(ShareSummary(LinkId("0".repeat(32)), "", java.time.Instant.EPOCH, java.time.Instant.EPOCH, null, ShareState.ACTIVE, true), "shlink:/secret", emptyList(), 0u, 0u, 0u)
        assertEquals("NewShare(..)", "$share")
        val request = HttpRequest("PUT", "https://example.org/secret", listOf(HttpHeader("a", "secret")), words, 1u, false)
        assertFalse("secret" in "$request")
        words.use { assertTrue(it.isNotEmpty()) }
        assertTrue(words.all { it == 0.toByte() })
        wallet.release()
    }

    @Test
    fun `a QR code has a side and as many modules as that makes`() {
        val code = qrCode("shlink:/" + "A".repeat(300))
        assertEquals((code.size * code.size).toInt(), code.modules.size)
        assertEquals(setOf<Byte>(0, 1), code.modules.toSet())
        assertEquals(ArgumentReason.QR_TOO_LONG, assertFailsWith<WalletException.InvalidArgument> { qrCode("A".repeat(5_000)) }.reason)
    }
}

const val LATEX =
    """{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},"code":{"text":"LATEX I"}}"""
