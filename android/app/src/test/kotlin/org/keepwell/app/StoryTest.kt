package org.keepwell.app

import android.Manifest
import android.content.Intent
import android.provider.Settings
import android.text.InputType
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager
import android.view.inputmethod.EditorInfo
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.isHeading
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithContentDescription
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.text.AnnotatedString
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowActivity

/** The story of grant, share and revoke, clicked through the app's own activity over the fake wallet. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [34, 35], qualifiers = "en-w360dp-h720dp-xhdpi")
class StoryTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val clicks = Clicks(compose)

    private fun Clicks.unlock() {
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
        sees("Your records")
    }

    @Test
    fun grantsSharesAndRevokes(): Unit = with(clicks) {
        unlock()
        press("Access")
        sees("Nobody has access")
        press("Give a clinic access")
        press("Northside Family Clinic")
        sees("What may Northside Family Clinic see?")
        compose.onNodeWithText("See what they would see").assertIsNotEnabled()
        press("Allergies")
        press("Medicines")
        press("See what they would see")
        sees("Check before you consent")
        sees("2 records")
        sees("Metformin 500 mg tablet")
        press("Consent with PIN")
        enterPin("000000", "Give access")
        sees("Wrong PIN. 9 tries left")
        enterPin(FakeWallet.PIN, "Give access")
        sees("Access given")
        compose.onNodeWithContentDescription("Number to compare 0 4 2 9 1 7").assertExists()
        press("Done")
        sees("Has access")

        press("Share")
        press("See what would leave")
        sees("This would leave your phone")
        assertEquals(0, wallet.uploads)
        press("Share it and show the code")
        sees("Let the clinic scan this")
        compose.onNodeWithTag("qr").assertExists()
        press("End now")
        sees("End this code?")
        pressInDialog("Keep the code")
        compose.onNodeWithTag("qr").assertExists()
        press("End now")
        pressInDialog("End now")
        sees("you ended it")
        compose.onNodeWithTag("qr").assertDoesNotExist()

        press("Access")
        scrollTo("End access")
        press("End access")
        sees("What they have already read they may still hold")
        press("Keep access")
        sees("Has access")
        press("End access")
        pressInDialog("End access")
        sees("No longer shared from")
        sees("Nobody has access")

        press("Activity")
        sees("You ended access")
        sees("You made a code")
    }

    @Test
    fun whatIsEndedOfflineIsSaidToBeStillOpenUntilAServerIsReached(): Unit = with(clicks) {
        wallet.granted(FakeData.northside, GrantState.ACTIVE, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))
        unlock()
        press("Share")
        press("See what would leave")
        press("Share it and show the code")
        sees("Let the clinic scan this")
        wallet.isOnline = false
        press("End now")
        pressInDialog("End now")
        sees("You ended this code; still open until Keepwell reaches a server")
        press("Access")
        press("End access")
        pressInDialog("End access")
        sees("Ended here; still open until Keepwell reaches a server")
        compose.onNodeWithText("Nobody has access to your records.").assertDoesNotExist()
        wallet.isLedgerReached = false
        wallet.isOnline = true
        press("Records")
        press("Access")
        sees("Stopped; the final confirmation is still to come")
        sees("Nobody has access")
    }

    @Test
    fun whoWasOfflineTriesAgainOnAClinicsPage(): Unit = with(clicks) {
        wallet.granted(FakeData.northside, GrantState.ACTIVE, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))
        wallet.isOnline = false
        unlock()
        press("Access")
        press("Northside Family Clinic")
        sees("Not checked now.")
        wallet.isOnline = true
        press("Try again")
        sees("Checked: this is a registered clinic")
        compose.onNodeWithText("Try again").assertDoesNotExist()
        wallet.changedKey(FakeData.northside)
        sees("What it already has goes on until you end it.")
        compose.onNodeWithText("Make it longer").assertDoesNotExist()
        compose.onNodeWithText("Give access").assertDoesNotExist()
    }

    /** Ends access without a network and asks to be told; answers what Android was asked for. */
    private fun Clicks.askToBeTold(): ShadowActivity.PermissionsRequest {
        wallet.granted(FakeData.northside, GrantState.ACTIVE, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))
        unlock()
        wallet.isOnline = false
        press("Access")
        press("End access")
        pressInDialog("End access")
        press("Tell me when it is sent")
        compose.waitForIdle()
        return shadowOf(compose.activity).lastRequestedPermission
    }

    @Test
    fun whoRefusedToBeToldForGoodIsLedToTheSettings(): Unit = with(clicks) {
        val asked = askToBeTold()
        assertEquals(listOf(Manifest.permission.POST_NOTIFICATIONS), asked.requestedPermissions.toList())
        compose.activity.activityResultRegistry.dispatchResult(asked.requestCode, false)
        assertEquals(Settings.ACTION_APP_NOTIFICATION_SETTINGS, shadowOf(compose.activity).nextStartedActivity.action)
        sees("Tell me when it is sent")
    }

    @Test
    fun whoRefusesToBeToldNowIsLeftInPeace(): Unit = with(clicks) {
        val asked = askToBeTold()
        shadowOf(compose.activity.packageManager).setShouldShowRequestPermissionRationale(Manifest.permission.POST_NOTIFICATIONS, true)
        compose.activity.activityResultRegistry.dispatchResult(asked.requestCode, false)
        assertNotEquals(Settings.ACTION_APP_NOTIFICATION_SETTINGS, shadowOf(compose.activity).nextStartedActivity?.action)
        compose.onNodeWithText("Tell me when it is sent").assertDoesNotExist()
    }

    @Test
    fun accessIsGivenOnlyOnceItIsConfirmedAndTheClinicWasTold(): Unit = with(clicks) {
        wallet.isClinicReached = false
        unlock()
        press("Access")
        press("Give a clinic access")
        press("Northside Family Clinic")
        press("Results")
        press("See what they would see")
        scrollTo("and 68 more")
        scrollTo("2 other records go along because these mention them, such as who wrote them.")
        press("Consent with PIN")
        for (term in listOf("30 days", "Treatment", "They learn your name and date of birth.")) compose.onNodeWithText(term).assertExists()
        enterPin(FakeWallet.PIN, "Give access")
        sees("Not complete yet")
        sees("The clinic has not been told yet")
        compose.onNodeWithText("Access given").assertDoesNotExist()
        wallet.isClinicReached = true
        sees("Access given")
        press("Done")
        sees("Has access")
    }

    @Test
    fun theCodeKeepsTheScreenOnAndBrightAndIsListedAfterTheWalletWasLocked(): Unit = with(clicks) {
        unlock()
        press("Share")
        press("See what would leave")
        press("Share it and show the code")
        sees("Let the clinic scan this")
        val window = compose.activity.window
        fun isBright() = window.attributes.screenBrightness == WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_FULL
        fun isKeptOn() = window.attributes.flags and WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON != 0
        compose.waitForIdle()
        assertTrue(isBright() && isKeptOn())
        scrollTo("Pause")
        press("Pause")
        sees("Paused: nobody can open it now")
        compose.waitForIdle()
        assertFalse(isBright() || isKeptOn())
        pressPicture("Lock now")
        enterPin(FakeWallet.PIN, "Unlock")
        sees("Your codes")
        press("Paused: nobody can open it now")
        scrollTo("Resume")
        press("Resume")
        scrollTo("Let the clinic scan this")
        sees("Works for")
        compose.onNodeWithTag("qr").assertExists()
        compose.waitForIdle()
        assertTrue(isBright() && isKeptOn())
        pressPicture("Back")
        sees("Works now")
        compose.waitForIdle()
        assertFalse(isBright() || isKeptOn())
    }

    @Test
    fun findsARecordAndShowsIt(): Unit = with(clicks) {
        unlock()
        compose.onNodeWithTag("search").performTextInput("hemoglobin")
        press("Hemoglobin A1c")
        sees("6.90 %")
        scrollTo("Show exactly as received")
        press("Show exactly as received")
        pressPicture("Back")
        sees("Your records")
    }

    @Test
    fun aClinicWhoseKeyChangedLeadsToItsPageAndIsGivenNothing(): Unit = with(clicks) {
        unlock()
        press("Access")
        press("Give a clinic access")
        sees("Can't prove that it is the same clinic as before")
        press("Old Mill Practice")
        sees("What it may see")
        sees("This clinic has no access to your records.")
        compose.onNodeWithText("Give access").assertDoesNotExist()
    }

    @Test
    fun anAccessIsMadeLongerAndTheOneOfBeforeEndsOnceTheOtherStands(): Unit = with(clicks) {
        wallet.granted(FakeData.northside, GrantState.ACTIVE, GrantTerms(FakeData.northside.id, setOf(Category.ALLERGIES), Purpose.TREATMENT, 7.days))
        wallet.isLedgerReached = false
        unlock()
        press("Access")
        press("Make it longer")
        sees("Make the access of Northside Family Clinic longer")
        compose.onNodeWithText("7 days").assertDoesNotExist()
        press("90 days")
        press("See what they would see")
        sees("Northside Family Clinic would see")
        scrollTo("Penicillin")
        scrollTo("Whether they know your name stays as it is.")
        press("Consent with PIN")
        enterPin("000000", "Make it longer")
        sees("Wrong PIN. 9 tries left")
        enterPin(FakeWallet.PIN, "Make it longer")
        sees("Not complete yet")
        sees("Until then both stay")
        compose.onNodeWithText("The access lasts longer now").assertDoesNotExist()
        wallet.isLedgerReached = true
        sees("The access lasts longer now")
        press("End the earlier access")
        sees("No longer shared from")
        press("About this clinic")
        sees("12 Elm Street, Springfield")
        scrollTo("The server noted nothing that was read under it.")
    }

    @Test
    fun aFileInARecordIsShownOrSaidToBeNoneThatCanBeAndACopyIsSaved(): Unit = with(clicks) {
        unlock()
        compose.onNodeWithTag("search").performTextInput("discharge")
        press("Discharge letter")
        scrollTo("Photo of the ward")
        press("Photo of the ward")
        compose.waitUntil(Clicks.PATIENCE) { compose.onAllNodesWithContentDescription("Photo of the ward").fetchSemanticsNodes().isNotEmpty() }
        press("Larger")
        press("Smaller")
        press("Save a copy")
        val asked = shadowOf(compose.activity).nextStartedActivityForResult
        assertEquals(Intent.ACTION_CREATE_DOCUMENT, asked.intent.action)
        assertEquals("Photo of the ward.png", asked.intent.getStringExtra(Intent.EXTRA_TITLE))
        pressPicture("Back")
        press("Heart curve")
        sees("This file can't be shown here.")
        pressPicture("Back")
        wallet.attachmentProblem = Problem.AttachmentDamaged
        press("Scan of the letter")
        sees("This file is damaged")
    }

    @Test
    fun aClinicsPageSaysWhatItHasAndReadAndEndsAllOfIt(): Unit = with(clicks) {
        val terms = GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days)
        repeat(2) { wallet.granted(FakeData.northside, GrantState.ACTIVE, terms) }
        wallet.read(wallet.grantList.first(), 12)
        unlock()
        press("Access")
        press("Northside Family Clinic")
        sees("12 Elm Street, Springfield")
        sees("Checked: this is a registered clinic")
        scrollTo("Read 12 records")
        scrollTo("End all access")
        press("End all access")
        sees("End all access of Northside Family Clinic?")
        pressInDialog("End all access")
        scrollTo("This clinic has no access to your records.")
        scrollTo("May still be held: up to 12 records, as far as the server noted it")
        scrollTo("The server noted nothing that was read under it.")
        press("Give access")
        sees("What may Northside Family Clinic see?")
        press("About this clinic")
        sees("This clinic has no access to your records.")
    }

    @Test
    fun locksAndLeavesNothingOnTheScreen(): Unit = with(clicks) {
        unlock()
        press("Results")
        sees("Hemoglobin A1c")
        pressPicture("Lock now")
        sees("Your records are locked")
        compose.onNodeWithText("Hemoglobin A1c").assertDoesNotExist()
        enterPin(FakeWallet.PIN, "Unlock")
        sees("Hemoglobin A1c")
    }

    @Test
    fun keepsThePlaceThroughTheEndOfTheActivityAndSavesNothingSecret(): Unit = with(clicks) {
        unlock()
        press("Activity")
        sees("What happened")
        compose.activityRule.scenario.recreate()
        sees("What happened")
        val saved = android.os.Bundle()
        compose.activityRule.scenario.onActivity { androidx.test.platform.app.InstrumentationRegistry.getInstrumentation().callActivityOnSaveInstanceState(it, saved) }
        assertEquals(arrayListOf("log"), saved.getStringArrayList("places"))
        assertFalse(FakeWallet.PIN in saved.toString())
    }

    private fun Clicks.recover() {
        sees("Your recovery words")
        compose.onNodeWithTag("words").performTextInput(FakeWallet.WORDS.joinToString("\n").replace("canyon", "canyn"))
        sees("24 words entered")
        press("Continue")
        sees("Word 3 is not a recovery word")
        press("canyon")
        press("Continue")
        sees("Your extra password, if you have one")
        press("Continue")
        enterPin("593817", "Continue")
        sees("Enter the new PIN again")
        enterPin("593817", "Open my records")
        sees("Your records")
    }

    @Test
    fun aPhoneThatLostItsKeyIsOpenedByTheWordsAndTakesANewPin(): Unit = with(clicks) {
        wallet.hasDeviceKey = false
        enterPin(FakeWallet.PIN, "Unlock")
        sees("This phone can no longer open your records with the PIN")
        compose.onNodeWithText("7").assertDoesNotExist()
        press("Enter your recovery words")
        recover()
        pressPicture("Lock now")
        enterPin(FakeWallet.PIN, "Unlock")
        sees("Wrong PIN")
        enterPin("593817", "Unlock")
        sees("Your records")
    }

    @Test
    fun aPinThatDiesWhileConsentingLeadsToTheWordsAndTheRecords(): Unit = with(clicks) {
        unlock()
        press("Access")
        press("Give a clinic access")
        press("Northside Family Clinic")
        press("Allergies")
        press("See what they would see")
        press("Consent with PIN")
        wallet.hasDeviceKey = false
        enterPin(FakeWallet.PIN, "Give access")
        press("Enter your recovery words")
        recover()
    }

    @Test
    fun wordsThatAreLeftAreForgotten(): Unit = with(clicks) {
        press("Forgot your PIN?")
        sees("Your recovery words")
        compose.onNodeWithTag("words").performTextInput("orbit velvet")
        compose.activityRule.scenario.recreate()
        sees("2 words entered")
        pressPicture("Back")
        sees("Your records are locked")
        press("Forgot your PIN?")
        sees("0 words entered")
    }

    @Test
    fun theKeyboardIsToldNotToLearnOrCorrectTheWords(): Unit = with(clicks) {
        press("Forgot your PIN?")
        sees("Your recovery words")
        compose.onNodeWithTag("words").performClick()
        compose.waitForIdle()
        val attributes = EditorInfo()
        compose.runOnUiThread { checkNotNull(editor(compose.activity.window.decorView)).onCreateInputConnection(attributes) }
        assertEquals(InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD, attributes.inputType and InputType.TYPE_MASK_VARIATION)
        for (flag in listOf(InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS, InputType.TYPE_TEXT_FLAG_MULTI_LINE)) assertEquals(flag, attributes.inputType and flag)
        for (flag in listOf(InputType.TYPE_TEXT_FLAG_AUTO_CORRECT, InputType.TYPE_TEXT_FLAG_AUTO_COMPLETE)) assertEquals(0, attributes.inputType and flag)
        assertTrue(attributes.imeOptions and EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING != 0)
        assertEquals(View.IMPORTANT_FOR_AUTOFILL_NO_EXCLUDE_DESCENDANTS, compose.activity.window.decorView.importantForAutofill)
    }

    private fun editor(view: View): View? = when {
        view.onCheckIsTextEditor() -> view
        view is ViewGroup -> (0 until view.childCount).firstNotNullOfOrNull { editor(view.getChildAt(it)) }
        else -> null
    }

    private val wallet get() = (compose.activity.application as FakeApplication).wallet

    @Test
    fun theWindowIsKeptOutOfScreenshots() {
        assertTrue(compose.activity.window.attributes.flags and WindowManager.LayoutParams.FLAG_SECURE != 0)
    }

    @Test
    fun theLinkGoesOnlyToTheSheet(): Unit = with(clicks) {
        unlock()
        press("Share")
        press("See what would leave")
        press("Share it and show the code")
        sees("Let the clinic scan this")
        scrollTo("Send the link")
        press("Send the link")
        val chooser = shadowOf(compose.activity.application as android.app.Application).nextStartedActivity
        assertEquals(Intent.ACTION_CHOOSER, chooser.action)
        @Suppress("DEPRECATION") // The typed form begins with Android 13.
        val send = chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT)
        assertTrue(send?.getStringExtra(Intent.EXTRA_TEXT).orEmpty().startsWith(FakeWallet.LINK))
    }

    @Test
    fun everyTouchTargetIsLargeEnoughAndSaysWhatItIs(): Unit = with(clicks) {
        press("Forgot your PIN?")
        sees("Your recovery words")
        compose.onNodeWithTag("words").performTextInput(FakeWallet.WORDS.joinToString(" ").replace("canyon", "canyn"))
        press("Continue")
        sees("Word 3")
        targetsAreLargeEnough("recovery")
        pressPicture("Back")
        sees("Your records are locked")
        targetsAreLargeEnough("unlock")
        unlock()
        for (tab in listOf("Records", "Access", "Share", "Activity")) {
            press(tab)
            targetsAreLargeEnough(tab)
        }
    }

    private fun targetsAreLargeEnough(tab: String) {
        compose.waitForIdle()
        assertTrue(compose.onAllNodes(isHeading()).fetchSemanticsNodes().isNotEmpty(), "$tab has no heading")
        val density = compose.activity.resources.displayMetrics.density
        val targets = compose.onAllNodes(androidx.compose.ui.test.hasClickAction()).fetchSemanticsNodes()
        assertTrue(targets.isNotEmpty())
        for (target in targets) {
            val says = target.config.getOrElse(SemanticsProperties.Text) { emptyList() }.joinToString() +
                target.config.getOrElse(SemanticsProperties.ContentDescription) { emptyList() }.joinToString() +
                target.config.getOrElse(SemanticsProperties.EditableText) { AnnotatedString("") }
            assertTrue(says.isNotBlank(), "$tab: something to press says nothing")
            val (width, height) = target.size.width / density to target.size.height / density
            assertTrue(width >= 47.9f && height >= 47.9f, "$tab: '$says' is $width × $height dp")
        }
    }
}
