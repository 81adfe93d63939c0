package org.keepwell.app

import android.app.Application
import androidx.activity.ComponentActivity
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.test.assertIsEnabled
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import java.time.Instant
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.keepwell.app.screens.AddScreen
import org.keepwell.app.screens.PinScreen
import org.keepwell.app.screens.QuizScreen
import org.keepwell.app.screens.ShareScreen
import org.keepwell.app.screens.StartedScreen
import org.keepwell.app.screens.UnlockScreen
import org.keepwell.app.screens.WelcomeScreen
import org.keepwell.app.ui.KeepwellTheme
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.ImportEntry
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.screen.ImportsState
import org.keepwell.wallet.screen.PinState
import org.keepwell.wallet.screen.QuizState
import org.keepwell.wallet.screen.ShareScreenState
import org.keepwell.wallet.screen.StartState
import org.keepwell.wallet.screen.StartStep
import org.keepwell.wallet.screen.UnlockState
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** What a model does not take while it is busy can't be pressed on its screen, and can when it is not busy any more. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = Application::class, sdk = [35], qualifiers = "en-w360dp-h1600dp-xhdpi")
class BusyScreensTest {
    private val compose = createAndroidComposeRule<ComponentActivity>()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(EmptyActivity).around(compose)

    private fun areOffWhileBusy(vararg texts: String, screen: @Composable (isBusy: Boolean) -> Unit) {
        var isBusy by mutableStateOf(true)
        compose.setContent { KeepwellTheme { screen(isBusy) } }
        texts.forEach { compose.onNodeWithText(it).assertIsNotEnabled() }
        isBusy = false
        texts.forEach { compose.onNodeWithText(it).assertIsEnabled() }
    }

    @Test
    fun whatIsShared() = areOffWhileBusy("10 minutes", "What a clinic asks for at check-in", "Medicines") { isBusy ->
        ShareScreen(
            state = ShareScreenState(FakeData.CHOICES, counts = listOf(CategoryCount(Category.MEDICATIONS, 2)), isBusy = isBusy),
            onLock = {},
            onRecover = {},
            onEvent = {},
        )
    }

    @Test
    fun takingAnImportBack() = areOffWhileBusy("Take back") { isBusy ->
        val import = ImportEntry(ImportId("1"), "lab.json", Instant.EPOCH, added = 1, updated = 0, undone = null)
        AddScreen(
            state = ImportsState(listOf(import), isLoading = isBusy),
            onBack = {},
            onLock = {},
            onFile = {},
            onCode = {},
            onLink = {},
            onSources = {},
            onHealth = null,
            onEvent = {},
        )
    }

    @Test
    fun newOrWithWords() = areOffWhileBusy("This is my first time", "I have my 24 words") { isBusy ->
        WelcomeScreen(state = StartState(path = listOf(StartStep.WELCOME, StartStep.ABOUT_WORDS), isBusy = isBusy), onEvent = {})
    }

    @Test
    fun theEndOfTheFirstLaunch() = areOffWhileBusy("Open my records") { isBusy ->
        StartedScreen(state = StartState(path = listOf(StartStep.DONE), isMade = true, isBusy = isBusy), onEvent = {})
    }

    @Test
    fun theAnswersOfTheQuiz() = areOffWhileBusy("Word 3") { isBusy ->
        QuizScreen(state = QuizState(listOf(3), listOf(""), isBusy = isBusy), onBack = {}, onLater = null, onEvent = {})
    }

    @Test
    fun thePadWhileThePhoneAsksForAFinger() = areOffWhileBusy("1", "9") { isBusy ->
        UnlockScreen(state = UnlockState(hasBiometrics = true, isAsking = isBusy), onRecover = {}, onHelp = {}, onEvent = {})
    }

    @Test
    fun nothingLeadsBackWhileAPinIsChecked() {
        var isChecking by mutableStateOf(true)
        compose.setContent {
            KeepwellTheme {
                PinScreen(title = "", body = "", action = "", state = PinState(isChecking = isChecking), onBack = {}, onRecover = {}, onEvent = {})
            }
        }
        compose.onNodeWithContentDescription("Back").assertDoesNotExist()
        isChecking = false
        compose.onNodeWithContentDescription("Back").assertIsEnabled()
    }
}
