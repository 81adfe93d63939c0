package org.keepwell.app

import android.app.Application
import android.provider.Settings
import androidx.test.core.app.ApplicationProvider
import java.io.File
import java.io.IOException
import java.io.OutputStream
import java.nio.file.Files
import java.util.Locale
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.DeviceKey
import org.keepwell.DeviceKeyPurpose
import org.keepwell.Wallet
import org.keepwell.WalletConfig
import org.keepwell.WalletException
import org.keepwell.triggerPanic
import org.keepwell.triggerPanicWhileReading
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.rust.RustWallet
import org.keepwell.wallet.service.DrawnWords
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowBuild

/** What goes wrong around the app, over the real library: numbers are those of the catalogue of bad input. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = Application::class, sdk = [35])
class RustBadInputTest {
    private val home = Files.createTempDirectory("phone").toFile()
    private val folder = File(home, "wallet")
    private val before = Locale.getDefault()

    @After
    fun languageIsAsBefore() = Locale.setDefault(before)

    private fun open(key: DeviceKey, folder: File = this.folder) =
        RustWallet(WalletConfig(folder.path, key, acceptDemonstrationLedger = true), MainScope())

    private fun <T> Outcome<T>.done(): T = assertIs<Outcome.Done<T>>(this, "$this").value

    private fun Outcome<*>.problem(): Problem = assertIs<Outcome.Failed>(this, "$this").problem

    /** A new wallet, left open, and its words. */
    private suspend fun made(key: DeviceKey, folder: File = this.folder): Pair<RustWallet, ByteArray> {
        val wallet = open(key, folder)
        val words: DrawnWords = wallet.start.drawWords().done()
        val text = words.text()
        words.create(PIN.toByteArray()).done().close()
        return wallet to text
    }

    private suspend fun RustWallet.unlock(pin: String = PIN) = lock.unlock(pin.toByteArray())

    private suspend fun RustWallet.unlockByWords(words: ByteArray, newPin: String) =
        lock.readWords(words).done().use { it.unlock(ByteArray(0), newPin.toByteArray()) }

    private class Held(override val name: String, private val bytes: ByteArray) : RecordFile {
        override val size = bytes.size.toLong()
        override fun open() = bytes.inputStream()
    }

    @Test
    fun `17 text that is no text, as words, is no word and no fault`(): Unit = runBlocking {
        val (wallet, words) = made(MemoryDeviceKey())
        for (text in listOf("\uD800", words.decodeToString().replaceFirst(' ', '\uDC00'), "\u0000", "\uFFFF ".repeat(24))) {
            assertIs<Problem.WordsUnreadable>(wallet.lock.readWords(text.encodeToByteArray()).problem())
            wallet.lock.suggestWords(text.encodeToByteArray()).done()
            wallet.start.judgeWords(text.encodeToByteArray()).done()
        }
    }

    @Test
    fun `22 and 23 a PIN that anybody guesses is none, in the digits of any script`(): Unit = runBlocking {
        val (wallet) = made(MemoryDeviceKey())
        for (pin in listOf("123456", "000000", "19540301", "\u0661\u0662\u0663\u0664\u0665\u0666", "12345", "", "\uD800\uD800\uD800")) {
            assertIs<Problem.PinUnsuitable>(wallet.start.checkNewPin(pin.toByteArray()).problem(), pin)
        }
        wallet.start.checkNewPin(PIN.toByteArray()).done()
        wallet.lock.lock()
        wallet.unlock(PIN.map { (it.code - '0'.code + 0x0660).toChar() }.joinToString("")).done()
    }

    @Test
    fun `25 files of before give no tries back`(): Unit = runBlocking {
        val key = MemoryDeviceKey()
        val (wallet) = made(key)
        wallet.lock.lock()
        val kept = File(home, "kept").also { folder.copyRecursively(it) }
        val left = (1..3).map { assertIs<Problem.WrongPin>(wallet.unlock("835104").problem()).left }.last()
        val older = open(key, kept)
        val problem = older.unlock("835104").problem()
        assertTrue(problem == Problem.PinSlotDestroyed || problem is Problem.PinDelayed || (problem as? Problem.WrongPin)?.let { it.left < left } == true, "$problem")
    }

    @Test
    fun `26 and 112 another phone's key, or none any more, is told, and the words open and make a new one`(): Unit = runBlocking {
        val (wallet, words) = made(MemoryDeviceKey())
        wallet.lock.lock()
        val cloned = File(home, "cloned").also { folder.copyRecursively(it) }
        val other = open(MemoryDeviceKey(), cloned)
        assertEquals(Problem.DeviceKeyLost, other.unlock().problem())
        assertEquals(Problem.Locked, other.records.counts().problem())
        other.unlockByWords(words, "730194").done()
        other.lock.lock()
        assertIs<Problem.WrongPin>(other.unlock().problem())
        other.unlock("730194").done()
        other.records.counts().done()
    }

    /** A phone's key that does what it should not while this is not null. */
    private class Misbehaving(private val inner: DeviceKey) : DeviceKey by inner {
        var answer: (suspend () -> ByteArray)? = null

        override suspend fun unwrap(purpose: DeviceKeyPurpose, context: ByteArray, wrapped: ByteArray): ByteArray =
            answer?.invoke() ?: inner.unwrap(purpose, context, wrapped)
    }

    @Test
    fun `28 a key store that answers wrongly, throws or is given up changes nothing`(): Unit = runBlocking {
        val key = Misbehaving(MemoryDeviceKey())
        val (wallet) = made(key)
        wallet.lock.lock()
        val answers = listOf<suspend () -> ByteArray>(
            { ByteArray(0) }, { ByteArray(31) }, { ByteArray(33) }, { ByteArray(32) }, { ByteArray(1 shl 20) },
            { throw IllegalStateException("of the key store") },
        )
        for ((at, answer) in answers.withIndex()) {
            key.answer = answer
            val problem = wallet.unlock().problem()
            assertNotEquals(Problem.PinSlotDestroyed, problem, "answer $at")
            key.answer = null
            wallet.unlock().done()
            wallet.lock.lock()
        }
        val asked = CompletableDeferred<Unit>()
        key.answer = {
            asked.complete(Unit)
            awaitCancellation()
        }
        val hanging = launch(Dispatchers.Default) { wallet.unlock() }
        withTimeout(60_000) {
            asked.await()
            hanging.cancel()
            hanging.join()
        }
        key.answer = null
        wallet.unlock().done()
    }

    @Test
    fun `29 two unlocks at once both open, and neither counts as a wrong try`(): Unit = runBlocking {
        val (wallet) = made(MemoryDeviceKey())
        repeat(5) {
            wallet.lock.lock()
            val both = listOf(async(Dispatchers.Default) { wallet.unlock() }, async(Dispatchers.Default) { wallet.unlock() }).awaitAll()
            both.forEach { it.done() }
        }
        wallet.lock.lock()
        assertEquals(Problem.WrongPin(9), wallet.unlock("835104").problem())
    }

    @Test
    fun `106 what was closed is used no more, and takes nothing down`(): Unit = runBlocking {
        val (wallet) = made(MemoryDeviceKey())
        val change = wallet.safety.beginPinChange(PIN.toByteArray()).done()
        change.close()
        change.close()
        assertEquals(Problem.Locked, change.change("730194".toByteArray()).problem())
        val export = wallet.safety.beginExport(PIN.toByteArray()).done()
        repeat(2) { export.close() }
        val nowhere = object : ExportPlace {
            override fun open(): OutputStream = error("nothing is written")
            override suspend fun remove() = Leftover.NOTHING
        }
        assertEquals(Problem.Locked, export.write(ExportKind.HISTORY, nowhere) {}.problem())
        wallet.lock.lock()
        wallet.unlock().done()
    }

    @Test
    fun `107 and 108 another app that throws while it is written to or read from, and who stops in the middle, change nothing`(): Unit = runBlocking {
        val (wallet) = made(MemoryDeviceKey())
        val throwing = object : ExportPlace {
            override fun open() = object : OutputStream() {
                override fun write(byte: Int) = throw IllegalStateException("of the other app")
            }

            override suspend fun remove() = Leftover.NOTHING
        }
        wallet.safety.beginExport(PIN.toByteArray()).done().use { assertEquals(Problem.FileUnwritable, it.write(ExportKind.HISTORY, throwing) {}.problem()) }

        val broken = object : RecordFile {
            override val name = "x"
            override val size = null
            override fun open() = throw IOException("of the other app")
        }
        assertIs<Problem.FileUnreadable>(wallet.imports.importFiles(listOf(broken)).problem())

        val begun = CompletableDeferred<Unit>()
        val endless = object : RecordFile {
            override val name = "endless.ndjson"
            override val size = null
            override fun open() = object : java.io.InputStream() {
                private val line = (FakeData.records.first().content.replace("\n", " ") + "\n").encodeToByteArray()
                private var at = 0
                override fun read(): Int {
                    if (at == 10 * line.size) begun.complete(Unit)
                    return line[at++ % line.size].toInt()
                }
            }
        }
        val reading = launch(Dispatchers.Default) { wallet.imports.importFiles(listOf(endless)) }
        withTimeout(60_000) {
            begun.await()
            reading.cancel()
            reading.join()
        }
        assertEquals(emptyList(), wallet.records.counts().done())
        assertEquals(emptyList(), wallet.imports.imports().done())
    }

    @Test
    fun `109 a fault of the library locks the wallet, says nothing of what it was at, and the PIN opens it again`(): Unit = runBlocking {
        val (wallet) = made(MemoryDeviceKey())
        val library = RustWallet::class.java.getDeclaredField("opened").apply { isAccessible = true }.get(wallet) as Wallet
        for (fail in listOf<suspend () -> Unit>({ triggerPanic(library) }, { triggerPanicWhileReading(library) })) {
            val error = assertFailsWith<WalletException.Internal> { fail() }
            assertFalse("a test asked for this" in "$error ${error.message}")
            // The event is for the looper of the app, which this test keeps busy.
            wallet.lock.look()
            assertFalse(wallet.lock.isUnlocked.value)
            assertEquals(Problem.Locked, wallet.records.counts().problem())
            wallet.unlock().done()
            wallet.records.counts().done()
        }
    }

    @Test
    fun `111 nothing hangs on the language and the digits of the phone`(): Unit = runBlocking {
        for ((at, tag) in listOf("tr-TR", "ar-EG-u-nu-arab", "fa-IR-u-nu-arabext", "th-TH-u-ca-buddhist-nu-thai").withIndex()) {
            Locale.setDefault(Locale.forLanguageTag(tag))
            val (wallet, words) = made(MemoryDeviceKey(), File(home, "wallet$at"))
            val shouted = words.decodeToString().uppercase(Locale.ROOT)
            wallet.lock.readWords(shouted.encodeToByteArray()).done().close()
            val file = Held("records.ndjson", FakeData.records.joinToString("\n") { it.content.replace("\n", " ") }.encodeToByteArray())
            assertIs<ImportResult.Taken>(wallet.imports.importFiles(listOf(file)).done())
            val all = wallet.records.counts().done().sumOf { it.count }
            assertEquals(FakeData.records.size.toLong(), all, tag)
            wallet.lock.lock()
            wallet.unlock().done()
        }
    }

    @Test
    fun `113 a phone that is taken apart or watched shows its owner their own records`(): Unit = runBlocking {
        val app = ApplicationProvider.getApplicationContext<Application>()
        Settings.Global.putInt(app.contentResolver, Settings.Global.ADB_ENABLED, 1)
        Settings.Global.putInt(app.contentResolver, Settings.Global.DEVELOPMENT_SETTINGS_ENABLED, 1)
        ShadowBuild.setTags("test-keys")
        ShadowBuild.setType("userdebug")
        val (wallet) = made(MemoryDeviceKey())
        wallet.lock.lock()
        wallet.unlock().done()
        wallet.records.counts().done()
    }

    @Test
    fun `a phone that is full says so, takes nothing in, loses nothing, and opens`(): Unit = runBlocking {
        val disk = File(home, "disk").apply { mkdirs() }
        assumeTrue("no disk can be mounted here", run("mount", "-t", "tmpfs", "-o", "size=48m", "none", disk.path) == 0)
        try {
            val (wallet) = made(MemoryDeviceKey(), File(disk, "wallet"))
            assertIs<ImportResult.Taken>(wallet.imports.importFiles(listOf(observations(2_000))).done())
            val filler = File(disk, "filler").also(::fill)
            assertEquals(Problem.DiskFull, wallet.imports.importFiles(listOf(observations(4_000))).problem())
            suspend fun count() = wallet.records.counts().done().sumOf { it.count }
            assertEquals(2_000, count())
            assertEquals(1, wallet.imports.imports().done().size)
            wallet.lock.lock()
            wallet.unlock().done()
            assertEquals(2_000, count())

            filler.delete()
            assertIs<ImportResult.Taken>(wallet.imports.importFiles(listOf(observations(4_000))).done())
            assertEquals(4_000, count())
        } finally {
            run("umount", "--lazy", disk.path)
        }
    }

    private fun observations(count: Int): Held {
        val text = "text that fills a disk ".repeat(40)
        val lines = (1..count).map { """{"resourceType":"Observation","id":"o$it","status":"final","code":{"text":"$text$it"}}""" }
        return Held("records.ndjson", lines.joinToString("\n").encodeToByteArray())
    }

    private fun run(vararg command: String) =
        ProcessBuilder(*command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor()

    /** Takes what is left of the disk, to the last byte. */
    private fun fill(file: File) = file.outputStream().use { stream ->
        for (size in listOf(1 shl 20, 4_096, 1)) {
            assertFailsWith<IOException> { while (true) stream.write(ByteArray(size)) }
        }
    }

    private companion object {
        const val PIN = "593817"
    }
}
