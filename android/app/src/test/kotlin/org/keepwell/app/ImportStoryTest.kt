package org.keepwell.app

import android.content.Intent
import android.net.Uri
import android.os.Parcel
import android.os.Parcelable
import androidx.compose.ui.test.hasScrollToNodeAction
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextReplacement
import androidx.test.core.app.ApplicationProvider
import androidx.test.platform.app.InstrumentationRegistry
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.After
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.platform.ContentFile
import org.keepwell.platform.IncomingIntents
import org.keepwell.wallet.fake.FakeFile
import org.keepwell.wallet.fake.FakeLink
import org.keepwell.wallet.fake.FakeStart
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Incoming
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Records that come from other apps and codes, clicked through the app's own activity; and what others hand over that is none. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [34, 35], qualifiers = "en-w360dp-h720dp-xhdpi")
class ImportStoryTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()
    private val clicks = Clicks(compose)
    private val wallet get() = ApplicationProvider.getApplicationContext<FakeApplication>().wallet

    @Before
    fun anotherAppIsThere() {
        OtherApp.install(ApplicationProvider.getApplicationContext<FakeApplication>().contentResolver)
    }

    @After
    fun itsFilesAreAsBefore() {
        OtherApp.content = "person Ana\nrecord Ferritin\npicture"
    }

    private fun receive(intent: Intent) = compose.runOnUiThread {
        InstrumentationRegistry.getInstrumentation().callActivityOnNewIntent(compose.activity, intent)
    }

    private fun Clicks.unlock() {
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
    }

    @Test
    fun aFileOfAnotherAppIsAskedAboutTakenInAndTakenBack(): Unit = with(clicks) {
        receive(OtherApp.send("lab"))
        unlock()
        sees("Add records from this file?")
        sees("lab.json")
        press("Add")
        sees("1 new record")
        sees("1 part can't be read yet")
        press("Take back")
        sees("1 record disappears from Keepwell.")
        press("Cancel")
        press("Open my records")
        press("Add records")
        sees("lab.json")
        scrollTo("Take back")
        press("Take back")
        pressInDialog("Take back")
        sees("1 record was taken back.")
        scrollTo("Delete for good")
        press("Delete for good")
        sees("Keepwell keeps no other copy of it.")
        pressInDialog("Delete for good")
        compose.waitUntil(Clicks.PATIENCE) { compose.onAllNodesWithText("A picture").fetchSemanticsNodes().isEmpty() }
    }

    @Test
    fun ofSeveralPeopleThePatientSaysWhoTheyAre(): Unit = with(clicks) {
        OtherApp.content = "person Ana\nperson Tomás\nrecord Ferritin"
        unlock()
        receive(OtherApp.send("family"))
        press("Add")
        sees("Who are you?")
        press("Tomás")
        sees("3 records about somebody else were not added")
    }

    @Test
    fun aCodeForRecordsIsFetchedOnlyAfterAsking(): Unit = with(clicks) {
        val link = FakeLink(FakeFile("", "person Ana\nrecord Zinc"))
        wallet.imports.links[LINK] = link
        unlock()
        receive(Intent(Intent.ACTION_VIEW, Uri.parse(LINK)))
        sees("Add records from this code or link?")
        sees("share.northside.example")
        sees("Visit of 3 May")
        sees("Whoever made this learns that it was opened")
        assertEquals(0, link.opened)
        press("Add")
        sees("1 new record")
        press("Take back")
        sees("1 record disappears from Keepwell.")
        pressInDialog("Take back")
        sees("1 record was taken back.")
    }

    @Test
    fun aPastedLinkWithAPasscodeSaysHowManyTriesAreLeftAndOpensWithTheRightOne(): Unit = with(clicks) {
        val preview = FakeLink.PREVIEW.copy(needsPasscode = true)
        wallet.imports.links["Your visit: $LINK"] = FakeLink(FakeFile("", "person Ana\nperson Tomás\nrecord Zinc"), preview = preview, passcode = "4821")
        unlock()
        press("Add records")
        press("Paste a link")
        compose.onNodeWithTag("link").performTextReplacement("https://example.org/visit")
        press("Continue")
        sees("This is no link to health records.")
        compose.onNodeWithTag("link").performTextReplacement("Your visit: $LINK")
        press("Continue")
        scrollToPart("It is not your PIN")
        compose.onNodeWithText("Add").assertIsNotEnabled()
        typePasscode("1111")
        press("Add")
        sees("That passcode is wrong. You can try 1 more time.")
        typePasscode("4821")
        press("Add")
        press("Ana")
        sees("3 records about somebody else were not added")
    }

    private fun typePasscode(text: String) {
        compose.onNode(hasScrollToNodeAction()).performScrollToNode(hasTestTag("passcode"))
        compose.onNodeWithTag("passcode").performTextReplacement(text)
    }

    @Test
    fun aLinkThatEndedNoNetworkAndOneThatIsNoneEachSayWhatToDo(): Unit = with(clicks) {
        unlock()
        receive(Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, "For you: $LINK"))
        press("Add")
        sees("Ask whoever gave it to you for a new one.")
        wallet.isOnline = false
        press("Add")
        sees("Nobody answers there.")
        receive(Intent(Intent.ACTION_VIEW, Uri.parse("shlink:/damaged")))
        sees("This can't be opened. Nothing was added.")
        assertTrue(compose.onAllNodesWithText("Add").fetchSemanticsNodes().isEmpty())
        press("Cancel")
        sees("Your records")
    }

    @Test
    fun aCodeForConnectingOnlyAsks(): Unit = with(clicks) {
        wallet.start.isConnected = false
        receive(Intent(Intent.ACTION_VIEW, Uri.parse(FakeStart.CODE + "evil.example")))
        unlock()
        sees("Connect to evil.example?")
        sees("Only go on if the clinic or organisation that gave you this code told you these:")
        sees("ledger.evil.example")
        sees("0a1b 2c3d 4e5f 6071 8293")
        press("Not now")
        sees("Your records")
        assertFalse(wallet.start.isConnected)
    }

    @Test
    fun aFileThatIsWithheldGoneOrBrokenIsSaidToBeSoAndTakesNothing(): Unit = with(clicks) {
        val before = wallet.recordList.size
        unlock()
        for (behaviour in listOf("forbidden", "gone", "broken")) {
            receive(OtherApp.send(behaviour))
            press("Add")
            sees("This file can't be read")
            press("Cancel")
            sees("Your records")
        }
        assertEquals(before, wallet.recordList.size)
    }

    @Test
    fun aNameIsShownInOneLineWithoutTricks(): Unit = with(clicks) {
        unlock()
        receive(OtherApp.send("misnamed"))
        sees("bankfdp.PIN: xxx")
        val name = ContentFile(compose.activity.contentResolver, OtherApp.address("misnamed")).name
        assertEquals(80, name.length)
        for (behaviour in listOf("nameless", "forbidden")) {
            val file = ContentFile(compose.activity.contentResolver, OtherApp.address(behaviour))
            assertEquals("" to null, file.name to file.size)
        }
    }

    @Test
    fun whatIsNoFileAndNoCodeIsNothing(): Unit = with(clicks) {
        unlock()
        val others = listOf(
            Intent(Intent.ACTION_SEND),
            Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_STREAM, Uri.parse("file:///data/data/org.keepwell.app/no_backup/wallet/wallet.db")),
            Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_STREAM, "not an address"),
            Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_STREAM, NoAddress()),
            Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_TEXT, "hello"),
            Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_TEXT, "shlink:/" + "a".repeat(100_000)),
            Intent(Intent.ACTION_VIEW),
            Intent(Intent.ACTION_VIEW, Uri.parse("keepwell:erase")),
            Intent(Intent.ACTION_VIEW, Uri.parse("https://example.org")),
            Intent("org.example.UNKNOWN", OtherApp.address("lab")),
        )
        for (intent in others) {
            assertNull(IncomingIntents.read(intent, compose.activity.contentResolver), "$intent")
            receive(intent)
        }
        sees("Your records")
        compose.onNodeWithText("Add records from this file?").assertDoesNotExist()
        assertTrue(IncomingIntents.read(OtherApp.send("lab"), compose.activity.contentResolver) is Incoming.File)
    }

    @Test
    fun thePersonChoosesAFileInThePhonesOwnPicker(): Unit = with(clicks) {
        unlock()
        press("Add records")
        press("Choose a file")
        val asked = shadowOf(compose.activity).nextStartedActivityForResult
        assertEquals(Intent.ACTION_OPEN_DOCUMENT, asked.intent.action)
        compose.runOnUiThread {
            shadowOf(compose.activity).receiveResult(asked.intent, android.app.Activity.RESULT_OK, Intent().setData(OtherApp.address("lab")))
        }
        sees("Add records from this file?")
        press("Cancel")
        // The list is where it was left, at its end.
        sees("Visits")
    }

    private companion object {
        const val LINK = "shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUub3JnL2wvYSJ9"
    }
}

/** Something that is no address. */
private class NoAddress : Parcelable {
    override fun describeContents() = 0
    override fun writeToParcel(to: Parcel, flags: Int) = Unit
}
