package org.keepwell.app

import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithText
import androidx.test.core.app.ApplicationProvider
import kotlin.test.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.orElse
import kotlinx.coroutines.runBlocking
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** The phone's language changes while something is half done: the words change, and nothing that was chosen. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [34, 35], qualifiers = "en-w360dp-h720dp-xhdpi")
class LanguageStoryTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()
    private val clicks = Clicks(compose)
    private val wallet get() = ApplicationProvider.getApplicationContext<FakeApplication>().wallet

    private fun speaks(language: String) {
        RuntimeEnvironment.setQualifiers("+$language")
        compose.activityRule.scenario.recreate()
    }

    private fun text(id: Int, vararg with: Any): String = compose.activity.getString(id, *with).replace(Regex("[\u2068\u2069]"), "")

    @Test
    fun whatARecordFlagsIsSaidInTheLanguageOfTheApp(): Unit = with(clicks) {
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
        press(text(R.string.category_vitals))
        press("Blood pressure")
        scrollTo("Systolic")
        speaks("es")
        // Of the whole, and of its part, which the record calls "High".
        scrollTo("Systolic")
        val high = text(R.string.flag_high)
        assertEquals(2, compose.onAllNodesWithText(high).fetchSemanticsNodes().size)
        compose.onNodeWithText("High").assertDoesNotExist()
    }

    @Test
    fun whoGivesAccessGoesOnWhereTheyWere(): Unit = with(clicks) {
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
        press("Access")
        press("Give a clinic access")
        press("Northside Family Clinic")
        press("Allergies")
        press("See what they would see")
        sees("Check before you consent")
        speaks("es")
        sees(text(R.string.review_title))
        press(text(R.string.review_confirm))
        speaks("ar")
        // No language of the app: English, from right to left.
        sees("Enter your PIN to consent")
        speaks("es")
        FakeWallet.PIN.forEach { press(it.toString()) }
        press(text(R.string.confirm_action))
        sees(text(R.string.granted_title))
        val given = runBlocking { wallet.consent.grants() }.orElse {}.orEmpty().single()
        assertEquals(listOf(Category.ALLERGIES), given.categories)
    }
}
