package org.keepwell.app

import android.view.View
import android.view.ViewGroup
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.test.core.app.ApplicationProvider
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CompletableDeferred
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Purpose
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Locking, PIN, finger, words and erasing, clicked through the app's own activity over the fake wallet. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [34, 35], qualifiers = "en-w360dp-h720dp-xhdpi")
class SafetyStoryTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val clicks = Clicks(compose)
    private val wallet get() = ApplicationProvider.getApplicationContext<FakeApplication>().wallet

    private fun Clicks.unlock(pin: String = FakeWallet.PIN) {
        sees("Your records are locked")
        enterPin(pin, "Unlock")
        sees("Settings")
    }

    private fun Clicks.opensSettings() {
        press("Settings")
        sees("Locking")
    }

    @Test
    fun anotherPinIsChosenAndTheOldOneOpensNothing(): Unit = with(clicks) {
        unlock()
        opensSettings()
        press("Change your PIN")
        enterPin("000000", "Continue")
        sees("Wrong PIN. 9 tries left")
        enterPin(FakeWallet.PIN, "Continue")
        sees("Choose a new PIN")
        repeat(2) { enterPin("111111", if (it == 0) "Continue" else "Change PIN") }
        sees("This PIN is too easy to guess")
        enterPin(NEW_PIN, "Continue")
        sees("Enter the new PIN again")
        enterPin(NEW_PIN, "Change PIN")
        sees("Your PIN is changed")
        press("Done")
        press("Lock now")
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
        sees("Wrong PIN")
        unlock(NEW_PIN)
    }

    @Test
    fun aFingerOpensWhereItIsSwitchedOnAndPanicLeavesThePin(): Unit = with(clicks) {
        sees("Your records are locked")
        compose.onNodeWithText("Use fingerprint or face").assertDoesNotExist()
        unlock()
        opensSettings()
        compose.onNodeWithText("Lock so that only your PIN opens").assertDoesNotExist()
        press("Fingerprint or face")
        sees("Only your PIN opens your records.")
        press("Switch on")
        enterPin(FakeWallet.PIN, "Switch on")
        sees("Your fingerprint or face opens your records.")
        pressPicture("Back")
        sees("On")
        press("Lock now")
        press("Use fingerprint or face")
        sees("Locking")
        press("See your recovery words")
        sees("Enter your PIN to see your recovery words")
        pressPicture("Back")
        press("Lock so that only your PIN opens")
        sees("Your records are locked")
        compose.waitForIdle()
        compose.onNodeWithText("Use fingerprint or face").assertDoesNotExist()
        unlock()
        sees("Off")
    }

    @Test
    fun anotherFingerOnThePhoneIsToldAndSwitchingOnAgainIsOffered(): Unit = with(clicks) {
        wallet.safety.isOn = true
        unlock()
        pressPicture("Lock now")
        wallet.safety.hasFinger = false
        press("Use fingerprint or face")
        sees("No fingerprint or face was recognised.")
        wallet.safety.knowsAnother = true
        wallet.safety.hasFinger = true
        press("Use fingerprint or face")
        sees("This phone may know another fingerprint or face now, or it was updated. To be safe, open Keepwell with your PIN.")
        enterPin(FakeWallet.PIN, "Unlock")
        sees("If every fingerprint and face on it is yours, you can switch it on again.")
        press("Not now")
        sees("Your records")
        assertFalse(wallet.safety.isOn)
    }

    @Test
    fun helpIsThereBeforeThePinAndLeadsNowhereElse(): Unit = with(clicks) {
        sees("Your records are locked")
        press("Help")
        sees("Help")
        compose.onNodeWithText("Your records are locked").assertDoesNotExist()
        compose.onNodeWithText("For whoever helps you").assertDoesNotExist()
        pressPicture("Back")
        sees("Your records are locked")
    }

    @Test
    fun nothingIsSeenOfWhoComesBackUntilTheWalletHasLookedAtItsLock(): Unit = with(clicks) {
        unlock()
        wallet.staysOpen = true
        wallet.looking = CompletableDeferred()
        compose.runOnUiThread {
            compose.activity.model.setInBackground(true)
            compose.activity.model.setInBackground(false)
        }
        compose.waitForIdle()
        compose.onNodeWithText("Ana Lucía Ortega").assertDoesNotExist()
        wallet.looking?.complete(Unit)
        sees("Ana Lucía Ortega")
    }

    @Test
    fun aQuestionIsNotSeenAboveTheCoverAndIsAskedAgainAfterIt(): Unit = with(clicks) {
        wallet.granted(FakeData.northside, GrantState.ACTIVE, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))
        unlock()
        wallet.staysOpen = true
        press("Access")
        press("End access")
        sees("End the access of Northside Family Clinic?")
        wallet.looking = CompletableDeferred()
        compose.runOnUiThread {
            compose.activity.model.setInBackground(true)
            compose.activity.model.setInBackground(false)
        }
        compose.waitForIdle()
        compose.onNodeWithText("End the access of Northside Family Clinic?").assertDoesNotExist()
        wallet.looking?.complete(Unit)
        sees("End the access of Northside Family Clinic?")
    }

    @Test
    fun theTimesToLockAreChosen(): Unit = with(clicks) {
        unlock()
        press("Activity")
        opensSettings()
        sees("After 5 minutes")
        press("Lock by itself")
        press("15 minutes")
        press("At once")
        compose.waitUntil(Clicks.PATIENCE) { wallet.safety.after == AutoLock(15.minutes, Duration.ZERO) }
        pressPicture("Back")
        sees("After 15 minutes")
    }

    @Test
    fun theWordsAreSeenAgainSixAtATime(): Unit = with(clicks) {
        unlock()
        opensSettings()
        press("See your recovery words")
        enterPin(FakeWallet.PIN, "Continue")
        sees("Words 1 to 6 of 24")
        assertTrue(staysAwake())
        compose.onNodeWithContentDescription("Word 6: \u2068puzzle\u2069").assertExists()
        compose.onNodeWithContentDescription("Word 7", substring = true).assertDoesNotExist()
        repeat(3) { press("Next words") }
        press("Done")
        sees("Locking")
        assertFalse(staysAwake())
        assertEquals(0, wallet.wordsHeld)
    }

    @Test
    fun everythingIsErasedAgainstThePin(): Unit = with(clicks) {
        unlock()
        opensSettings()
        press("Erase everything from this phone")
        sees("What stays")
        sees("What brings it back")
        press("Continue")
        enterPin("000000", "Erase")
        sees("Wrong PIN")
        enterPin(FakeWallet.PIN, "Erase")
        sees("Everything of Keepwell is gone from this phone.")
        sees("Welcome to Keepwell")
        assertTrue(wallet.recordList.isEmpty())
    }

    @Test
    fun whatWouldBeLostIsToldBeforeErasingAndCanBeSent(): Unit = with(clicks) {
        wallet.overviews.unsentRecords = 3
        // Nothing is sent before it is asked for.
        wallet.isOnline = false
        unlock()
        opensSettings()
        press("Erase everything from this phone")
        sees("3 records are only on this phone so far.")
        wallet.isOnline = true
        press("Send now")
        compose.waitUntil(Clicks.PATIENCE) { compose.onAllNodesWithText("3 records", substring = true).fetchSemanticsNodes().isEmpty() }
        sees("What brings it back")
    }

    @Test
    fun whoeverHasNeitherPinNorWordsStartsAgain(): Unit = with(clicks) {
        press("Forgot your PIN?")
        press("I have no words")
        sees("Without PIN and words")
        press("Erase")
        pressInDialog("Cancel")
        pressPicture("Back")
        sees("Your records are locked")
        press("Forgot your PIN?")
        press("I have no words")
        press("Erase")
        pressInDialog("Erase")
        sees("Everything of Keepwell is gone from this phone.")
        sees("Welcome to Keepwell")
    }

    private fun staysAwake(): Boolean {
        compose.waitForIdle()
        return checkNotNull(compose.activity.findViewById<ViewGroup>(android.R.id.content)).descendants.any { it.keepScreenOn }
    }

    private val ViewGroup.descendants: Sequence<View>
        get() = (0 until childCount).asSequence().mapNotNull { getChildAt(it) }.flatMap { sequenceOf(it) + ((it as? ViewGroup)?.descendants ?: emptySequence()) }

    private companion object {
        const val NEW_PIN = "593817"
    }
}
