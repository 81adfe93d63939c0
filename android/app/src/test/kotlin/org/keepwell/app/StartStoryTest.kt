package org.keepwell.app

import android.hardware.biometrics.BiometricManager
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performTextInput
import androidx.test.core.app.ApplicationProvider
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import org.junit.Rule
import org.junit.Test
import org.junit.rules.ExternalResource
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.keepwell.wallet.fake.FakeConnection
import org.keepwell.wallet.fake.FakeStart
import org.keepwell.wallet.fake.FakeWallet
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowBiometricManager

/** The first launch, clicked through the app's own activity on a phone without a wallet. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [34, 35], qualifiers = "en-w360dp-h720dp-xhdpi")
class StartStoryTest {
    private val compose = createAndroidComposeRule<MainActivity>()
    private val clicks = Clicks(compose)
    private val wallet get() = ApplicationProvider.getApplicationContext<FakeApplication>().wallet

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(object : ExternalResource() {
        override fun before() {
            ApplicationProvider.getApplicationContext<FakeApplication>().empty()
            wallet.start.pace = 10.milliseconds
            wallet.start.builtInConnection = FakeConnection("records.example.org")
            phoneKnowsFingers(false)
        }
    }).around(compose)

    private fun phoneKnowsFingers(knows: Boolean) {
        val app = ApplicationProvider.getApplicationContext<FakeApplication>()
        Shadow.extract<ShadowBiometricManager>(app.getSystemService(BiometricManager::class.java)).setCanAuthenticate(knows)
    }

    private fun Clicks.comesToTheQuiz() {
        sees("Welcome to Keepwell")
        press("Continue")
        sees("24 words keep your records safe")
        press("This is my first time")
        for (page in listOf("Words 1 to 6 of 24", "Words 7 to 12 of 24", "Words 13 to 18 of 24")) {
            sees(page)
            press("Next words")
        }
        sees("Words 19 to 24 of 24")
        // What is put into a sentence is isolated from its direction of writing.
        compose.onNodeWithContentDescription("Word 19: \u2068magnet\u2069").assertExists()
        press("I have written them down")
        sees("Check your paper")
    }

    private fun Clicks.choosesPin() {
        sees("Choose a PIN")
        enterPin(PIN, "Continue")
        sees("Enter the new PIN again")
        enterPin(PIN, "Continue")
    }

    private fun type(tag: String, text: String) = compose.onNodeWithTag(tag).performTextInput(text)

    @Test
    fun aNewPatientWritesWordsDownChoosesAPinAndIsConnected(): Unit = with(clicks) {
        comesToTheQuiz()
        type("answer-3", "canyon")
        type("answer-11", "ribbon")
        type("answer-20", "drifts")
        press("Continue")
        sees("These are not the words at these places")
        press("Look at the words again")
        sees("Words 19 to 24 of 24")
        press("I have written them down")
        type("answer-3", "canyon")
        type("answer-11", "ribbon")
        type("answer-20", "drift")
        press("Continue")
        choosesPin()
        sees("Connect to records.example.org?")
        assertFalse(wallet.start.isConnected)
        press("Connect")
        sees("Keepwell is ready")
        compose.onNodeWithText("Fingerprint or face").assertDoesNotExist()
        assertTrue(wallet.start.isConnected)
        press("Open my records")
        sees("What needs doing")
        sees("Add your first records")
        pressPicture("Lock now")
        sees("Your records are locked")
        enterPin(PIN, "Unlock")
        sees("Your records")
    }

    @Test
    fun aPhoneThatKnowsAFingerOffersToOpenByIt(): Unit = with(clicks) {
        phoneKnowsFingers(true)
        comesToTheQuiz()
        type("answer-3", "canyon")
        type("answer-11", "ribbon")
        type("answer-20", "drift")
        press("Continue")
        choosesPin()
        press("Connect")
        sees("Fingerprint or face")
        wallet.safety.hasFinger = false
        press("Switch on")
        sees("No fingerprint or face was recognised.")
        assertFalse(wallet.safety.isOn)
        wallet.safety.hasFinger = true
        press("Switch on")
        sees("Your fingerprint or face opens your records.")
        assertTrue(wallet.safety.isOn)
        press("Open my records")
        sees("Add your first records")
    }

    @Test
    fun whatIsPutOffIsRemindedOfAndDoneLater(): Unit = with(clicks) {
        comesToTheQuiz()
        press("Check later")
        choosesPin()
        sees("Connect to records.example.org?")
        press("Not now")
        sees("Your records are only on this phone")
        press("Open my records")
        sees("Check your recovery words. Without them, a lost phone takes your records with it.")
        press("Check the words")
        sees("Enter your PIN to see your recovery words")
        enterPin(PIN, "Continue")
        sees("Words 1 to 6 of 24")
        repeat(3) { press("Next words") }
        press("I have written them down")
        type("answer-3", "canyon")
        type("answer-11", "ribbon")
        type("answer-20", "drift")
        press("Continue")
        sees("Your paper is right")
        press("Open my records")
        sees("Your records are only on this phone. Connect Keepwell to keep a locked copy elsewhere.")
        compose.onNodeWithText("Check the words").assertDoesNotExist()
        press("Connect")
        sees("Connect to records.example.org?")
        press("Connect")
        sees("Enter your PIN to connect")
        enterPin(PIN, "Connect")
        sees("Connected to records.example.org")
        press("Open my records")
        assertTrue(wallet.start.isConnected && wallet.start.areWordsChecked)
    }

    @Test
    fun whoHasWordsGetsBackWhatThereIs(): Unit = with(clicks) {
        wallet.start.missing = FakeStart.SOME_MISSING
        press("Continue")
        press("I have my 24 words")
        sees("Your recovery words")
        type("word-1", "orb")
        press("orbit")
        type("word-2", FakeWallet.WORDS.drop(1).joinToString(" "))
        press("Continue")
        sees("extra password")
        press("Continue")
        choosesPin()
        sees("Connect to records.example.org?")
        press("Bring my records back")
        sees("Your records are back")
        sees("Results: 2 records could not be brought back.")
        press("Open my records")
        sees("Your records")
        press("Results")
        sees("Hemoglobin A1c")
    }

    @Test
    fun whoComesBackOnAPhoneThatKnowsAFingerIsOfferedToOpenByIt(): Unit = with(clicks) {
        phoneKnowsFingers(true)
        press("Continue")
        press("I have my 24 words")
        sees("Your recovery words")
        type("word-1", FakeWallet.WORDS.joinToString(" "))
        press("Continue")
        sees("extra password")
        press("Continue")
        choosesPin()
        press("Bring my records back")
        sees("Your records are back")
        scrollTo("Switch on")
        wallet.safety.hasFinger = false
        press("Switch on")
        sees("No fingerprint or face was recognised.")
        assertFalse(wallet.safety.isOn)
        wallet.safety.hasFinger = true
        press("Switch on")
        sees("Your fingerprint or face opens your records.")
        assertTrue(wallet.safety.isOn)
        press("Open my records")
        sees("Your records")
    }

    @Test
    fun eachStepLeadsBackToTheWelcome(): Unit = with(clicks) {
        comesToTheQuiz()
        pressPicture("Back")
        repeat(4) { pressPicture("Back") }
        sees("24 words keep your records safe")
        press("I have my 24 words")
        sees("Your recovery words")
        pressPicture("Back")
        sees("24 words keep your records safe")
        pressPicture("Back")
        sees("Welcome to Keepwell")
        assertEquals(false, wallet.start.hasWallet.value)
    }

    private companion object {
        const val PIN = "593817"
    }
}
