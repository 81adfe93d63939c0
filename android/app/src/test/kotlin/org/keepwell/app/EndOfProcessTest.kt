package org.keepwell.app

import android.os.Bundle
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performTextInput
import androidx.test.core.app.ApplicationProvider
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeFile
import org.keepwell.wallet.fake.FakePlace
import org.keepwell.wallet.fake.FakeStart
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.ChosenPlace
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SettingsPage
import org.robolectric.ParameterizedRobolectricTestRunner
import org.robolectric.Robolectric
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Android ends the process in each screen: what it saved tells nothing, and the person unlocks and goes on. */
@RunWith(ParameterizedRobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class EndOfProcessTest(@Suppress("unused") private val name: String, private val screen: Screen) {
    /** A screen: its place, what the wallet has before, what is done there, what must not be saved, and what is seen after the PIN. */
    class Screen(
        val places: List<String>,
        val secrets: List<String>,
        val sees: String,
        val isLocked: Boolean = false,
        val prepare: FakeWallet.() -> Unit = {},
        val act: EndOfProcessTest.() -> Unit,
    )

    @get:Rule
    val compose = createEmptyComposeRule()

    private val clicks = Clicks(compose)
    private val app = ApplicationProvider.getApplicationContext<FakeApplication>()

    @Test
    fun leadsToThePinAndBack(): Unit = with(clicks) {
        screen.prepare(app.wallet)
        val before = Robolectric.buildActivity(MainActivity::class.java)
        before.create(Bundle().apply { putStringArrayList("places", ArrayList(screen.places)) }).start().resume().visible()
        activity = before.get()
        sees("Your records are locked")
        if (!screen.isLocked) enterPin(FakeWallet.PIN, "Unlock")
        screen.act(this@EndOfProcessTest)
        val saved = Bundle()
        before.pause().stop().saveInstanceState(saved)
        val bytes = marshalled(saved)
        assertTrue(bytes.has(screen.places.first()), "what is saved can be searched")
        for (secret in screen.secrets + FakeWallet.PIN) assertFalse(bytes.has(secret), "'$secret' was saved")
        before.destroy()

        app.restart()
        val after = Robolectric.buildActivity(MainActivity::class.java).create(saved).start().restoreInstanceState(saved).resume().visible()
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
        sees(screen.sees)
        after.pause().stop().destroy()
    }

    private lateinit var activity: MainActivity
    private val model get() = activity.model

    private fun type(tag: String, text: String) = compose.onNodeWithTag(tag).performTextInput(text)

    private fun comeTo(route: Route) {
        clicks.sees("Your records")
        compose.runOnUiThread { model.navigator.open(route) }
    }

    private fun digits(pin: String) = pin.forEach { clicks.press(it.toString()) }

    companion object {
        private val result = FakeData.records.first { it.summary.title == "Hemoglobin A1c" }.summary
        private val letter = FakeData.records.first { it.summary.title == "Discharge letter" }.summary
        private val clinic = FakeData.northside.id.hex
        private val words = FakeWallet.WORDS.take(5)

        private val screens = mapOf(
            "unlock" to Screen(listOf("records"), listOf("2468"), "Your records", isLocked = true) { digits("2468") },
            "recovery words" to Screen(listOf("records"), words, "Your records", isLocked = true) {
                clicks.press("Forgot your PIN?")
                clicks.sees("Your recovery words")
                type("words", words.joinToString(" "))
                clicks.sees("5 words entered")
            },
            "recovery passphrase" to Screen(listOf("records"), words + "sesame", "Your records", isLocked = true) {
                recoverWithWords()
                type("passphrase", "sesame")
                clicks.sees("sesame")
            },
            "recovery PIN" to Screen(listOf("records"), words + "593817", "Your records", isLocked = true) {
                recoverWithWords()
                clicks.press("Continue")
                clicks.enterPin("593817", "Continue")
                clicks.sees("Enter the new PIN again")
                digits("5938")
            },
            "search" to Screen(listOf("records"), listOf("hemoglobin", "Hemoglobin"), "Your records") {
                clicks.sees("Your records")
                type("search", "hemoglobin")
                clicks.sees("Hemoglobin A1c")
            },
            "category" to Screen(listOf("records", "category results"), listOf("Hemoglobin"), "Hemoglobin A1c") { clicks.sees("Hemoglobin A1c") },
            "timeline" to Screen(listOf("records", "timeline"), listOf("Influenza"), "Influenza vaccine 2026") { clicks.sees("Influenza vaccine 2026") },
            "record" to Screen(listOf("records", "record ${result.id.hex}"), listOf("Hemoglobin", "6.90"), "6.90 %") { clicks.sees("6.90 %") },
            "attachment" to Screen(listOf("records", "attachment ${letter.id.hex} 4"), listOf("Heart", "DICM"), "Heart curve") { clicks.sees("Heart curve") },
            "access" to Screen(listOf("access"), emptyList(), "Nobody has access") { clicks.sees("Nobody has access") },
            "clinics" to Screen(listOf("access", "clinics"), listOf("Northside"), "Choose a clinic") { clicks.sees("Northside") },
            "clinic" to Screen(listOf("access", "clinic $clinic"), listOf("Northside", "Elm Street"), "Northside Family Clinic") {
                clicks.sees("12 Elm Street, Springfield")
            },
            "extending" to Screen(listOf("access"), listOf("2468", "Northside"), "Who has access", prepare = {
                granted(FakeData.northside, GrantState.ACTIVE, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 7.days))
            }) {
                clicks.press("Make it longer")
                clicks.press("See what they would see")
                clicks.press("Consent with PIN")
                clicks.sees("Enter your PIN to consent")
                digits("2468")
            },
            "scan" to Screen(listOf("access", "clinics", "scan"), emptyList(), "Point the camera") { clicks.sees("Point the camera") },
            "terms" to Screen(listOf("access", "grant $clinic TREAT 86400 true false allergies"), listOf("Northside"), "What may Northside") {
                clicks.sees("What may Northside")
            },
            "consent" to Screen(listOf("access", "grant $clinic TREAT 86400 true true allergies"), listOf("2468", "Northside"), "Check before you consent") {
                clicks.press("Consent with PIN")
                clicks.sees("Enter your PIN to consent")
                digits("2468")
            },
            "granted" to Screen(listOf("access", "grant $clinic TREAT 86400 true true allergies"), listOf("Northside"), "Access given") {
                clicks.press("Consent with PIN")
                clicks.enterPin(FakeWallet.PIN, "Give access")
                clicks.sees("Access given")
            },
            "share" to Screen(listOf("share"), listOf("shlink", FakeWallet.LINK), "Your codes") {
                clicks.press("See what would leave")
                clicks.press("Share it and show the code")
                clicks.sees("Let the clinic scan this")
            },
            "share review" to Screen(listOf("share"), listOf("Penicillin", "shlink"), "Show a code") {
                clicks.press("See what would leave")
                clicks.sees("This would leave your phone")
            },
            "adding" to Screen(listOf("records", "add"), emptyList(), "Choose a file") { clicks.sees("Choose a file") },
            "clinics online" to Screen(listOf("records", "sources"), emptyList(), "No clinic is connected yet.") { clicks.sees("No clinic is connected yet.") },
            "address of a clinic" to Screen(listOf("records", "add-source"), listOf("springfield"), "Ask the clinic for the address") {
                clicks.sees("Ask the clinic for the address")
                type("address", "https://springfield.example")
                clicks.press("Sign in at the clinic")
                clicks.sees("open in your browser")
            },
            "coming back from a clinic" to Screen(listOf("records"), listOf("secret-code"), "Your records") {
                clicks.sees("Your records")
                compose.runOnUiThread { model.receive(Incoming.SignedIn("keepwell://authorized?code=secret-code&state=1")) }
                clicks.sees("was not begun here")
            },
            "file that came" to Screen(listOf("records"), listOf("secret-lab", "Ferritin"), "Your records") {
                clicks.sees("Your records")
                val named = FakeFile("secret-lab.json", "record Ferritin")
                compose.runOnUiThread { model.receive(Incoming.File(named)) }
                clicks.press("Add")
                clicks.sees("1 new record")
            },
            "words shown again" to Screen(listOf("records"), words, "Your records") {
                comeTo(Route.CheckWords)
                clicks.enterPin(FakeWallet.PIN, "Continue")
                clicks.sees("Words 1 to 6 of 24")
            },
            "connecting" to Screen(listOf("records"), listOf("2468", "host.example.org"), "Your records") {
                clicks.sees("Your records")
                compose.runOnUiThread { model.receive(Incoming.Connection(FakeStart.CODE + "host.example.org")) }
                clicks.press("Connect")
                clicks.sees("Enter your PIN to connect")
                digits("2468")
            },
            "settings" to Screen(listOf("records", "settings"), emptyList(), "Change your PIN") { clicks.sees("Change your PIN") },
            "auto lock" to Screen(listOf("records", "settings", "setting AUTO_LOCK"), emptyList(), "Lock by itself") { clicks.sees("30 minutes") },
            "changing the PIN" to Screen(listOf("records"), listOf("593817"), "Your records") {
                comeTo(Route.Setting(SettingsPage.CHANGE_PIN))
                clicks.enterPin(FakeWallet.PIN, "Continue")
                clicks.enterPin("593817", "Continue")
                clicks.sees("Enter the new PIN again")
                digits("5938")
            },
            "biometrics" to Screen(listOf("records", "setting BIOMETRICS"), listOf("2468"), "Only your PIN opens your records") {
                clicks.press("Switch on")
                digits("2468")
            },
            "words to look at" to Screen(listOf("records"), words, "Your records") {
                comeTo(Route.Setting(SettingsPage.WORDS))
                clicks.enterPin(FakeWallet.PIN, "Continue")
                clicks.sees("Words 1 to 6 of 24")
            },
            "erasing" to Screen(listOf("records"), listOf("2468"), "Your records") {
                comeTo(Route.Setting(SettingsPage.ERASE))
                clicks.sees("What brings it back")
                clicks.press("Continue")
                clicks.sees("Erase everything for good?")
                digits("2468")
            },
            "notices" to Screen(listOf("records", "setting NOTICES"), emptyList(), "Tell me a day before") { clicks.sees("Tell me a day before") },
            "writing a file" to Screen(listOf("records", "setting EXPORT"), listOf("2468"), "Choose a place for it") {
                clicks.sees("The file is not locked")
                compose.runOnUiThread { model.receive(ChosenPlace(ExportKind.HISTORY, FakePlace())) }
                clicks.sees("Enter your PIN to make the file")
                digits("2468")
            },
            "log" to Screen(listOf("log"), emptyList(), "What happened") { clicks.sees("What happened") },
        )

        private fun EndOfProcessTest.recoverWithWords() {
            clicks.press("Forgot your PIN?")
            clicks.sees("Your recovery words")
            type("words", FakeWallet.WORDS.joinToString(" "))
            clicks.press("Continue")
            clicks.sees("Your extra password")
        }

        @JvmStatic
        @ParameterizedRobolectricTestRunner.Parameters(name = "{0}")
        fun all() = screens.map { arrayOf(it.key, it.value) }
    }
}
