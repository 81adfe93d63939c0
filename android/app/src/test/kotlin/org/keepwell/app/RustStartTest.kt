package org.keepwell.app

import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.compose.ui.test.onAllNodesWithContentDescription
import androidx.compose.ui.test.onAllNodesWithTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performTextInput
import androidx.test.core.app.ApplicationProvider
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.SoftwareDeviceKey
import org.keepwell.WalletConfig
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.rust.RustWallet
import org.keepwell.platform.ContentFile
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** The first launch over the real library and real servers: a wallet from nothing, records from another app, and all of it on a new phone. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = RustApplication::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class RustStartTest {
    @get:Rule
    val compose = createEmptyComposeRule()

    private val clicks = Clicks(compose)
    private val app = ApplicationProvider.getApplicationContext<RustApplication>()
    private lateinit var servers: RealServers
    private lateinit var activity: ActivityController<MainActivity>

    @Before
    fun aPhoneWithoutAWallet() {
        servers = RealServers.started()
        OtherApp.install(app.contentResolver)
        newPhone()
    }

    @After
    fun isPutAway() {
        activity.pause().stop().destroy()
    }

    private fun newPhone() {
        val home = Files.createTempDirectory("phone")
        val key = SoftwareDeviceKey(home.resolve("key"))
        app.wallet = RustWallet(WalletConfig(home.resolve("wallet").toString(), key, acceptDemonstrationLedger = true), MainScope(), servers.connection)
        activity = Robolectric.buildActivity(MainActivity::class.java).setup()
    }

    private fun Clicks.writesWordsDown(): List<String> {
        press("Continue")
        press("This is my first time")
        val words = ArrayList<String>()
        for (page in 0..3) {
            sees("Words ${page * 6 + 1} to ${page * 6 + 6} of 24")
            for (number in page * 6 + 1..page * 6 + 6) words += word(number)
            press(if (page < 3) "Next words" else "I have written them down")
        }
        return words
    }

    private fun word(number: Int): String {
        val node = compose.onAllNodesWithContentDescription("Word $number: ", substring = true).fetchSemanticsNodes().single()
        return node.config[androidx.compose.ui.semantics.SemanticsProperties.ContentDescription].single()
            .substringAfter(": ").trim('\u2068', '\u2069')
    }

    private fun Clicks.choosesPin() {
        sees("Choose a PIN")
        enterPin("121212", "Continue")
        enterPin("121212", "Continue")
        sees("This PIN is too easy to guess")
        repeat(2) { enterPin(PIN, "Continue") }
    }

    private fun type(tag: String, text: String) = compose.onNodeWithTag(tag).performTextInput(text)

    private fun Clicks.startsAnew(): List<String> {
        val words = writesWordsDown()
        sees("Check your paper")
        val asked = (1..24).filter { compose.onAllNodesWithTag("answer-$it").fetchSemanticsNodes().isNotEmpty() }
        assertEquals(3, asked.size)
        asked.forEach { type("answer-$it", words[it - 1]) }
        press("Continue")
        choosesPin()
        sees("Connect to 127.0.0.1?")
        sees("This is for trying Keepwell out")
        press("Connect")
        sees("Keepwell is ready")
        press("Open my records")
        sees("Add your first records")
        return words
    }

    private fun Clicks.takesIn(content: String) {
        OtherApp.content = content
        val file = ContentFile(activity.get().contentResolver, OtherApp.address("hospital"))
        compose.runOnUiThread { activity.get().model.receive(Incoming.File(file)) }
        sees("hospital.json")
        press("Add")
    }

    @Test
    fun wordsPinRecordsAndAllOfItOnANewPhone(): Unit = with(clicks) {
        val words = startsAnew()
        takesIn(FakeData.records.joinToString("\n") { it.content } + "\n" + OTHER_PERSON)
        sees("Who are you?")
        press(FakeData.records.first().summary.title.orEmpty())
        sees("about somebody else")
        press("Open my records")
        press("Results")
        sees("Hemoglobin A1c")
        pressPicture("Back")

        takesIn("{\"resourceType\": \"AllergyIntolerance\", \"id\": \"latex\", \"code\": {\"text\": \"Latex\"}}\n%PDF-1.7 not a record")
        sees("1 new record")
        sees("1 part can't be read yet")
        press("Take back")
        sees("1 record disappears from Keepwell.")
        pressInDialog("Take back")
        sees("1 record was taken back.")
        press("Open my records")

        runBlocking { assertEquals(Outcome.Done(Unit), app.wallet.consent.sync()) }
        isPutAway()
        newPhone()
        comesBack(words)
    }

    private fun Clicks.comesBack(words: List<String>) {
        press("Continue")
        press("I have my 24 words")
        sees("Your recovery words")
        type("word-1", words.first().take(3))
        type("word-1", words.first().drop(3) + " ")
        type("word-2", words.drop(1).joinToString(" "))
        press("Continue")
        sees("extra password")
        press("Continue")
        choosesPin()
        sees("Connect to 127.0.0.1?")
        press("Bring my records back")
        sees("Your records are back")
        press("Open my records")
        press("Results")
        sees("Hemoglobin A1c")
    }

    private companion object {
        const val PIN = "593817"
        const val OTHER_PERSON =
            "{\"resourceType\": \"Patient\", \"id\": \"other\", \"name\": [{\"text\": \"Tom Meier\"}], \"birthDate\": \"2011-05-30\"}"
    }
}
