package org.keepwell.app

import android.app.Activity
import android.content.Intent
import android.net.Uri
import android.os.Looper
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.test.core.app.ApplicationProvider
import java.io.ByteArrayInputStream
import java.io.File
import java.io.IOException
import java.io.OutputStream
import java.nio.file.Files
import java.nio.file.Path
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.ImportSource
import org.keepwell.Pin
import org.keepwell.RecoveryWords
import org.keepwell.WalletConfig
import org.keepwell.createWallet
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeHealth
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.HealthBundle
import org.keepwell.wallet.model.ImportReport
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.PlaceFullException
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.rust.RustWallet
import org.keepwell.wallet.service.Export
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Records that go out into a file, and come back, over the real library. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = RustApplication::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class RustExportTest {
    @get:Rule
    val compose = createEmptyComposeRule()
    private val clicks = Clicks(compose)
    private val app = ApplicationProvider.getApplicationContext<RustApplication>()
    private val home: Path = Files.createTempDirectory("phone")
    private var activity: ActivityController<MainActivity>? = null

    /** A wallet of the fake's records, or an empty one, left open. */
    private suspend fun wallet(name: String, isEmpty: Boolean = false): RustWallet {
        val config = WalletConfig(home.resolve(name).toString(), MemoryDeviceKey(), acceptDemonstrationLedger = true)
        val (wallet, authentication) = Pin(PIN.toByteArray()).use { createWallet(config, RecoveryWords.generate(), it) }
        authentication.use { it.void() }
        if (!isEmpty) wallet.importRecords(ImportSource.Bytes(FakeData.records.joinToString("\n") { it.content }.toByteArray()))
        wallet.release()
        return RustWallet(config, MainScope())
    }

    private suspend fun RustWallet.opened() = apply { assertEquals(Outcome.Done(Unit), lock.unlock(PIN.toByteArray())) }

    private fun <T> Outcome<T>.done(): T = assertIs<Outcome.Done<T>>(this).value

    private suspend fun RustWallet.takesIn(file: RecordFile): ImportReport =
        assertIs<ImportResult.Taken>(imports.importFiles(listOf(file)).done()).report

    /** What each record says, by its id. */
    private suspend fun RustWallet.all(): Map<String, String> {
        val found = HashMap<String, String>()
        var query: RecordQuery? = RecordQuery()
        while (query != null) {
            val page = records.page(query).done()
            page.records.forEach { found[it.id.hex] = records.content(it.id).done().decodeToString() }
            query = page.next?.let { RecordQuery(after = it) }
        }
        return found
    }

    private class Held(private val bytes: ByteArray) : RecordFile {
        override val name = "keepwell.json"
        override val size = bytes.size.toLong()
        override fun open() = ByteArrayInputStream(bytes)
    }

    /** A place that takes so many bytes. */
    private class Room(private val holds: Long = Long.MAX_VALUE, private val meets: CompletableDeferred<Unit>? = null) : ExportPlace {
        var taken = 0L
        override fun open() = object : OutputStream() {
            override fun write(byte: Int) = write(byteArrayOf(byte.toByte()), 0, 1)
            override fun write(bytes: ByteArray, offset: Int, length: Int) {
                if (taken + length > holds) throw PlaceFullException(IOException("no room"))
                taken += length
                meets?.complete(Unit)
                // Whoever has the file hangs, until it is interrupted.
                if (meets != null) Thread.sleep(Clicks.PATIENCE)
            }
        }

        override suspend fun remove() = Leftover.NOTHING
    }

    @After
    fun isPutAway() {
        activity?.pause()?.stop()?.destroy()
    }

    private fun Clicks.chooses(place: Uri) {
        press("Choose a place for it")
        val shown = shadowOf(checkNotNull(activity).get())
        val asked = shown.nextStartedActivityForResult.intent
        shown.receiveResult(asked, Activity.RESULT_OK, Intent().setData(place))
        shadowOf(Looper.getMainLooper()).idle()
    }

    @Test
    fun whatIsWrittenByThePinComesBackWholeOnAnotherPhone(): Unit = with(clicks) {
        OtherPlaces.install(Files.createTempDirectory("places").toFile())
        app.wallet = runBlocking { wallet("first") }
        activity = Robolectric.buildActivity(MainActivity::class.java).setup()
        sees("Your records are locked")
        enterPin(PIN, "Unlock")
        press("Settings")
        press("Save your records in a file")
        val file = OtherPlaces.make("mine")
        chooses(file)
        enterPin("999999", "Make the file")
        sees("Wrong PIN")
        assertEquals(0, OtherPlaces.file(file).length())
        enterPin(PIN, "Make the file")
        sees("The file is ready")
        runBlocking {
            val before = (app.wallet as RustWallet).all()
            val other = wallet("second", isEmpty = true).opened()
            assertEquals(before.size.toLong(), other.takesIn(Held(OtherPlaces.file(file).readBytes())).added)
            assertEquals(before, other.all(), "the same records under the same ids")
            assertEquals(0, other.takesIn(Held(OtherPlaces.file(file).readBytes())).added)
        }
    }

    @Test
    fun forAnotherProgramEachRecordIsALineAsItCame(): Unit = runBlocking {
        val wallet = wallet("first").opened()
        val place = File(home.toFile(), "records.ndjson")
        val into = object : ExportPlace {
            override fun open() = place.outputStream()
            override suspend fun remove() = Leftover.NOTHING
        }
        val counted = ArrayList<Long>()
        val report = wallet.safety.beginExport(PIN.toByteArray()).done().use { it.write(ExportKind.RECORDS, into) { bytes -> counted += bytes }.done() }
        val lines = place.readLines().filter { it.isNotBlank() }
        assertEquals(report.versions, lines.size.toLong())
        assertEquals(wallet.all().values.map { it.filterNot(Char::isWhitespace) }.toSet(), lines.map { it.filterNot(Char::isWhitespace) }.toSet())
        assertEquals(place.length(), counted.last())
        assertEquals(counted, counted.sorted())
    }

    @Test
    fun pagesForPeopleAreMadeByThePin(): Unit = runBlocking {
        val wallet = wallet("first").opened()
        val pages = wallet.safety.pages(PIN.toByteArray(), emptySet()).done()
        assertEquals("%PDF-", pages.expose().decodeToString(0, 5))
        val fewer = wallet.safety.pages(PIN.toByteArray(), setOf(Category.IMMUNIZATIONS)).done()
        assertTrue(fewer.expose().size < pages.expose().size)
        assertEquals(Outcome.Failed(Problem.NothingToShare), wallet.safety.pages(PIN.toByteArray(), setOf(Category.GENOMICS)))
        assertEquals(Outcome.Failed(Problem.WrongPin(9)), wallet.safety.pages("999999".toByteArray(), emptySet()))
    }

    @Test
    fun aFullPlaceOneThatIsGoneAndAWalletThatLocksAreToldApart(): Unit = runBlocking {
        val wallet = wallet("first").opened()
        suspend fun written(place: ExportPlace) = wallet.safety.beginExport(PIN.toByteArray()).done().use { it.write(ExportKind.HISTORY, place) {} }
        assertEquals(Outcome.Failed(Problem.PlaceFull), written(Room(holds = 100)))
        val gone = object : ExportPlace {
            override fun open() = throw IOException("gone")
            override suspend fun remove() = Leftover.NOTHING
        }
        assertEquals(Outcome.Failed(Problem.FileUnwritable), written(gone))
        val late = object : ExportPlace by Room() {
            override fun open() = object : OutputStream() {
                override fun write(byte: Int) = Unit
                override fun flush() = throw IOException("not written down")
            }
        }
        assertEquals(Outcome.Failed(Problem.FileUnwritable), written(late), "what arrives too late to be kept is no file")
        assertIs<Outcome.Failed>(wallet.safety.beginExport("999999".toByteArray()))

        val held: Export = wallet.safety.beginExport(PIN.toByteArray()).done()
        wallet.lock.lock()
        val place = Room()
        assertIs<Outcome.Failed>(held.write(ExportKind.HISTORY, place) {})
        assertEquals(0, place.taken, "locking voids the PIN's proof")
        held.close()
    }

    @Test
    fun aPlaceThatHangsIsGivenUpWhenThePersonStops(): Unit = runBlocking {
        val wallet = wallet("first").opened()
        val met = CompletableDeferred<Unit>()
        val place = Room(meets = met)
        val export = wallet.safety.beginExport(PIN.toByteArray()).done()
        val writing = launch(Dispatchers.Default) { export.write(ExportKind.HISTORY, place) {} }
        met.await()
        val begun = System.nanoTime()
        writing.cancel()
        writing.join()
        assertTrue(System.nanoTime() - begun < 30_000_000_000, "it waits for no hanging place")
        export.close()
        // The wallet is free again.
        assertEquals(FakeData.records.size, wallet.all().size)
    }

    @Test
    fun whatThePhoneHasCollectedIsTakenInAsThePatientsOwn(): Unit = runBlocking {
        val wallet = wallet("first").opened()
        val read = FakeHealth().read().done()
        val report = wallet.takesIn(HealthBundle(read, "Health Connect"))
        assertEquals(4, report.added)
        assertEquals(emptyList(), report.setAside)
        assertEquals(0, wallet.takesIn(HealthBundle(read, "Health Connect")).added, "the same again changes nothing")
        val weights = wallet.all().values.filter { "29463-7" in it }
        assertEquals(2, weights.size)
        assertTrue(weights.all { "PATAST" in it })
    }

    private companion object {
        const val PIN = "593817"
    }
}
