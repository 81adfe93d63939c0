package org.keepwell.app

import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performTextClearance
import androidx.compose.ui.test.performTextInput
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeFile
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.Purpose
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** The home, read and pressed through the app's own activity over the fake wallet. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [34, 35], qualifiers = "en-w360dp-h720dp-xhdpi")
class HomeStoryTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val clicks = Clicks(compose)
    private val wallet get() = (compose.activity.application as FakeApplication).wallet

    private fun Clicks.unlock() {
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
        sees("Ana Lucía Ortega")
    }

    @Test
    fun saysWhoseRecordsTheseAreAndWhatHoldsNow(): Unit = with(clicks) {
        unlock()
        sees("Born March 9, 1974 · 52 years old")
        sees("No allergies that you have now are noted in your records. That does not mean that you have none.")
        compose.onNodeWithText("Penicillin").assertDoesNotExist()
        scrollTo("Type 2 diabetes")
        press("Metformin 500 mg tablet")
        sees("Prescription")
        pressPicture("Back")
        sees("Metformin 500 mg tablet")
        scrollTo("Hemoglobin A1c")
        val result = compose.onAllNodesWithText("Hemoglobin A1c").onFirst().fetchSemanticsNode().config[SemanticsProperties.Text].map { it.text }
        assertEquals(listOf("Hemoglobin A1c", "6.90 %", "High", "September 18, 2026"), result)
        scrollTo("Lower than the time before")
        press("Creatinine")
        sees("0.923 mg/dL")
        pressPicture("Back")
        // Who comes back finds the list where it was left.
        sees("Lower than the time before")
        compose.onNodeWithText("Ana Lucía Ortega").assertDoesNotExist()
        press("Results")
        sees("Creatinine")
    }

    @Test
    fun theTimelineHasEverythingUnderItsDayOrUnderTheDayOnWhichItCame(): Unit = with(clicks) {
        unlock()
        scrollTo("Everything by date")
        press("Everything by date")
        sees("October 3, 2026")
        sees("Influenza vaccine 2026")
        scrollTo("September 18, 2026")
        press("Came in last")
        sees("Came in on October 8, 2026")
        sees("Discharge letter")
        scrollTo("Came in on October 5, 2026")
        press("Newest date")
        press("Documents")
        sees("April 7, 2023")
        compose.onNodeWithText("October 3, 2026").assertDoesNotExist()
        press("All kinds")
        compose.onNodeWithTag("search").performTextInput("diabetes")
        sees("Type 2 diabetes")
        sees("February 2021")
        press("Type 2 diabetes")
        sees("Condition")
        pressPicture("Back")
        sees("February 2021")
    }

    @Test
    fun whatIsNewIsToldOnceItWasSeenNoMore(): Unit = with(clicks) {
        unlock()
        compose.runOnUiThread { compose.activity.model.receive(Incoming.File(FakeFile("lab.json", "record Ferritin\nrecord Sodium"))) }
        press("Add")
        sees("2 new records")
        press("Open my records")
        sees("Ana Lucía Ortega")
        press("Access")
        press("Records")
        scrollTo("New since you last looked")
        scrollTo("2 records")
        until("all to be noted as seen") { wallet.overviews.seen == wallet.recordList.size }
        compose.onNodeWithText("2 records", substring = true).assertIsDisplayed()
        press("Access")
        press("Records")
        scrollTo("All your records")
        compose.onNodeWithText("New since you last looked").assertDoesNotExist()
    }

    @Test
    fun whatIsEndedWithoutANetworkIsSentFromTheHome(): Unit = with(clicks) {
        wallet.granted(FakeData.northside, GrantState.ACTIVE, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))
        wallet.isOnline = false
        unlock()
        press("Access")
        press("End access")
        pressInDialog("End access")
        sees("still open until Keepwell reaches a server")
        press("Records")
        sees("1 decision is not sent yet. What you ended may still be open.")
        press("Send now")
        sees("There is no connection")
        wallet.isOnline = true
        press("Send now")
        until("all to be sent") { wallet.consent.unsent.value == 0 }
        // At the top, where the heading would be seen.
        scrollTo("Ana Lucía Ortega")
        compose.waitUntil(Clicks.PATIENCE) { compose.onAllNodesWithText("What needs doing").fetchSemanticsNodes().isEmpty() }
    }

    @Test
    fun whatNeedsDoingLeadsToWhereItIsDone(): Unit = with(clicks) {
        wallet.start.areWordsChecked = false
        wallet.overviews.changedClinics = 1
        compose.runOnUiThread { compose.activity.model.receive(Incoming.File(FakeFile("lab.json", "picture"))) }
        enterPin(FakeWallet.PIN, "Unlock")
        press("Add")
        sees("can't be read")
        press("Open my records")
        press("Look through")
        sees("Delete for good")
        pressPicture("Back")
        press("See the clinics")
        sees("Can't prove that it is the same clinic as before")
        pressPicture("Back")
        press("Check the words")
        sees("Enter your PIN to see your recovery words")
        assertTrue(wallet.wordsHeld == 0)
    }

    @Test
    fun aSearchIsNarrowedToAKindAndToATime(): Unit = with(clicks) {
        unlock()
        compose.onNodeWithTag("search").performTextInput("i")
        sees("Influenza vaccine 2026")
        press("Conditions")
        sees("Essential hypertension")
        compose.onNodeWithText("Influenza vaccine 2026").assertDoesNotExist()
        press("The last 5 years")
        sees("Nothing found")
        press("All kinds")
        sees("Influenza vaccine 2026")
        compose.onNodeWithTag("search").performTextClearance()
        sees("52 years old")
    }

    @Test
    fun aRecordSaysItsValueFirstAndHowItStandsToWhatIsNormal(): Unit = with(clicks) {
        unlock()
        press("Hemoglobin A1c")
        sees("Above the normal range (4.0 % – 5.6 %)")
        val texts = compose.onAllNodes(SemanticsMatcher.keyIsDefined(SemanticsProperties.Text)).fetchSemanticsNodes()
            .flatMap { node -> node.config[SemanticsProperties.Text].map { it.text } }
        assertTrue(texts.indexOf("6.90 %") in 0..<texts.indexOf("Springfield Laboratory"), "$texts")
        scrollTo("Received on October 5, 2026")
        // The last on the page, just below where versions would stand.
        scrollTo("Show exactly as received")
        compose.onNodeWithText("Versions of this record").assertDoesNotExist()
        pressPicture("Back")
        press("Documents")
        press("Discharge letter")
        scrollTo("She can go home. Please check her blood pressure in two weeks.")
        scrollTo("It is named here as https://springfield.example/image/7. Keepwell does not fetch it.")
        scrollTo("Versions of this record")
        pressPicture("Back")
        pressPicture("Back")
        press("Results")
        press("Creatinine")
        press("and 64 more")
        scrollTo("From Springfield Health")
    }
}
