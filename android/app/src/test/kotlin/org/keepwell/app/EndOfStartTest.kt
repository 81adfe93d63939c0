package org.keepwell.app

import android.os.Bundle
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performTextInput
import androidx.test.core.app.ApplicationProvider
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.wallet.fake.FakeConnection
import org.keepwell.wallet.fake.FakeWallet
import org.robolectric.ParameterizedRobolectricTestRunner
import org.robolectric.Robolectric
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Android ends the process in each step of the first launch: no word and no PIN was saved, and it begins where that makes sense. */
@RunWith(ParameterizedRobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class EndOfStartTest(@Suppress("unused") private val name: String, private val step: Step) {
    /** A step: how to come there, and what is seen afterwards. */
    class Step(val sees: String = "Welcome to Keepwell", val act: EndOfStartTest.() -> Unit)

    @get:Rule
    val compose = createEmptyComposeRule()

    private val clicks = Clicks(compose)
    private val app = ApplicationProvider.getApplicationContext<FakeApplication>()

    @Test
    fun leavesNoHalfWalletAndNoWord() {
        app.empty()
        app.wallet.start.builtInConnection = FakeConnection("records.example.org")
        val before = Robolectric.buildActivity(MainActivity::class.java).setup()
        step.act(this)
        val saved = Bundle()
        before.pause().stop().saveInstanceState(saved)
        val bytes = marshalled(saved)
        assertTrue(bytes.has("records"), "what is saved can be searched")
        for (secret in FakeWallet.WORDS + PIN + "sesame") assertFalse(bytes.has(secret), "'$secret' was saved")
        before.destroy()

        val isMade = app.wallet.start.hasWallet.value == true
        assertEquals(step.sees != "Welcome to Keepwell", isMade)
        app.restart()
        val after = Robolectric.buildActivity(MainActivity::class.java).create(saved).start().restoreInstanceState(saved).resume().visible()
        clicks.sees(step.sees)
        after.pause().stop().destroy()
    }

    private fun type(tag: String, text: String) = compose.onNodeWithTag(tag).performTextInput(text)

    companion object {
        private const val PIN = "593817"

        private fun EndOfStartTest.comesToTheWords() = with(clicks) {
            press("Continue")
            press("This is my first time")
            sees("Words 1 to 6 of 24")
        }

        private fun EndOfStartTest.comesToTheQuiz() = with(clicks) {
            comesToTheWords()
            repeat(3) { press("Next words") }
            press("I have written them down")
            sees("Check your paper")
        }

        private fun EndOfStartTest.comesToThePassphrase() = with(clicks) {
            press("Continue")
            press("I have my 24 words")
            type("word-1", FakeWallet.WORDS.joinToString(" "))
            press("Continue")
            sees("extra password")
        }

        private val steps = mapOf(
            "welcome" to Step { clicks.sees("Welcome to Keepwell") },
            "words" to Step { comesToTheWords() },
            "quiz" to Step {
                comesToTheQuiz()
                type("answer-3", "canyon")
            },
            "PIN" to Step {
                comesToTheQuiz()
                clicks.press("Check later")
                clicks.enterPin(PIN, "Continue")
                clicks.sees("Enter the new PIN again")
                PIN.take(4).forEach { clicks.press(it.toString()) }
            },
            "connection" to Step(sees = "Your records are locked") {
                comesToTheQuiz()
                clicks.press("Check later")
                repeat(2) { clicks.enterPin(PIN, "Continue") }
                clicks.sees("Connect to records.example.org?")
            },
            "typed words" to Step {
                clicks.press("Continue")
                clicks.press("I have my 24 words")
                type("word-1", FakeWallet.WORDS.take(9).joinToString(" "))
                clicks.sees("Word 24")
            },
            "passphrase" to Step {
                comesToThePassphrase()
                type("passphrase", "sesame")
            },
            "restoring" to Step {
                comesToThePassphrase()
                clicks.press("Continue")
                repeat(2) { clicks.enterPin(PIN, "Continue") }
                clicks.press("Bring my records back")
                clicks.sees("Your records are coming back")
            },
        )

        @JvmStatic
        @ParameterizedRobolectricTestRunner.Parameters(name = "{0}")
        fun all() = steps.map { arrayOf(it.key, it.value) }
    }
}
