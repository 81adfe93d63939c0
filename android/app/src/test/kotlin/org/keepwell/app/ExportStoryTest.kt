package org.keepwell.app

import android.app.Activity
import android.content.Intent
import android.net.Uri
import android.system.ErrnoException
import android.system.OsConstants
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.test.core.app.ApplicationProvider
import java.io.IOException
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertSame
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.platform.ContentPlace
import org.keepwell.platform.orPlaceFull
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.model.PlaceFullException
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** All records in a file of another app, clicked through the app's own activity and the phone's own picker. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [34, 35], qualifiers = "en-w360dp-h720dp-xhdpi")
class ExportStoryTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()
    private val clicks = Clicks(compose)
    private val wallet get() = ApplicationProvider.getApplicationContext<FakeApplication>().wallet

    @Before
    fun placesAreThere() = OtherPlaces.install(Files.createTempDirectory("places").toFile())

    private fun Clicks.begins() {
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
        press("Settings")
        press("Save your records in a file")
        sees("The file is not locked.")
    }

    /** The person chooses a place in the phone's own picker, or turns back. */
    private fun Clicks.chooses(place: Uri?): Intent {
        press("Choose a place for it")
        val asked = shadowOf(compose.activity).nextStartedActivityForResult.intent
        assertEquals(Intent.ACTION_CREATE_DOCUMENT, asked.action)
        compose.runOnUiThread {
            val answer = if (place == null) Activity.RESULT_CANCELED else Activity.RESULT_OK
            shadowOf(compose.activity).receiveResult(asked, answer, place?.let { Intent().setData(it) })
        }
        return asked
    }

    @Test
    fun theRecordsAreWrittenByThePinToWhereThePersonChose(): Unit = with(clicks) {
        begins()
        chooses(null)
        sees("The file is not locked.")
        val place = OtherPlaces.make("mine")
        val asked = chooses(place)
        assertEquals("application/json", asked.type)
        assertEquals("keepwell-2026-11-21.json", asked.getStringExtra(Intent.EXTRA_TITLE))
        enterPin("000000", "Make the file")
        sees("Wrong PIN")
        assertEquals(0, OtherPlaces.file(place).length())
        enterPin(FakeWallet.PIN, "Make the file")
        sees("The file is ready, with ${wallet.recordList.size} entries.")
        assertEquals(wallet.recordList.size, OtherPlaces.file(place).readLines().count { it.startsWith("HISTORY") })
        press("Done")
        sees("Locking")
    }

    @Test
    fun forAnotherProgramItIsAnotherFile(): Unit = with(clicks) {
        begins()
        press("For another program")
        val place = OtherPlaces.make("mine")
        val asked = chooses(place)
        assertEquals("application/x-ndjson", asked.type)
        assertEquals("keepwell-2026-11-21.ndjson", asked.getStringExtra(Intent.EXTRA_TITLE))
        enterPin(FakeWallet.PIN, "Make the file")
        sees("The file is ready")
        assertTrue(OtherPlaces.file(place).readText().startsWith("RECORDS"))
    }

    @Test
    fun aPlaceThatIsGoneWithheldOrFullIsSaidAndWhatStaysThereToo(): Unit = with(clicks) {
        begins()
        for ((behaviour, said) in listOf("gone" to "could not be written", "forbidden" to "could not be written", "full" to "could not be written")) {
            chooses(OtherPlaces.make(behaviour))
            enterPin(FakeWallet.PIN, "Make the file")
            sees(said)
            sees("The file was not finished, and was removed again.")
        }
    }

    @Test
    fun whoGoesBackLeavesNoFileBehind(): Unit = with(clicks) {
        begins()
        val place = OtherPlaces.make("mine")
        chooses(place)
        sees("Enter your PIN to make the file")
        pressPicture("Back")
        sees("Choose a place for it")
        until("the file to be gone") { !OtherPlaces.file(place).exists() }
    }

    @Test
    fun whatIsBegunIsRemovedOrEmptiedAndWhatWasThereBeforeIsNot(): Unit = runBlocking {
        fun place(behaviour: String) = ContentPlace(compose.activity.contentResolver, OtherPlaces.make(behaviour))
        fun file(behaviour: String) = OtherPlaces.file(OtherPlaces.address(behaviour))

        assertEquals(Leftover.NOTHING, place("mine").apply { begin() }.remove())
        assertFalse(file("mine").exists())

        for (behaviour in listOf("keeps", "lies")) {
            assertEquals(Leftover.NOTHING, place(behaviour).apply { begin() }.remove())
            assertEquals(0, file(behaviour).length(), "nothing of a record is in it")
        }

        val before = place("old")
        file("old").writeText("of last year")
        assertEquals(Leftover.NOTHING, before.remove())
        assertEquals("of last year", file("old").readText())
        before.begin()
        assertEquals("{", file("old").readText(), "nothing of what was there before stays behind what is written")
    }

    @Test
    fun anAppThatIsOutOfRoomIsTold() {
        val full = IOException("write failed", ErrnoException("write", OsConstants.ENOSPC))
        assertIs<PlaceFullException>(full.orPlaceFull())
        val broken = IOException("write failed", ErrnoException("write", OsConstants.EPIPE))
        assertSame(broken, broken.orPlaceFull())
    }

    private fun ContentPlace.begin() = open().use { it.write("{".toByteArray()) }
}
