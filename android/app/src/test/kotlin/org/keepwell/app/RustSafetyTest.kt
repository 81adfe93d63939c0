package org.keepwell.app

import android.os.Looper
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.compose.ui.test.onAllNodesWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.test.core.app.ApplicationProvider
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.DeviceKeyPurpose
import org.keepwell.ImportSource
import org.keepwell.Pin
import org.keepwell.RecoveryWords
import org.keepwell.Servers
import org.keepwell.WalletConfig
import org.keepwell.createWallet
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Deed
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.rust.RustWallet
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Locking, PIN, finger, words and erasing over the real library, with a phone's keys in memory. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = RustApplication::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class RustSafetyTest {
    @get:Rule
    val compose = createEmptyComposeRule()

    private val clicks = Clicks(compose)
    private val app = ApplicationProvider.getApplicationContext<RustApplication>()
    private val key = MemoryDeviceKey()
    private val home: Path = Files.createTempDirectory("phone")
    private val config = WalletConfig(home.resolve("wallet").toString(), key, acceptDemonstrationLedger = true)
    private lateinit var activity: ActivityController<MainActivity>
    private lateinit var words: List<String>

    /** What the phone's question would have said, one after the other. */
    private val deeds = CopyOnWriteArrayList<Deed>()

    /** A phone with a wallet of the fake's records. */
    private fun begin(servers: Servers? = null) {
        runBlocking {
            val drawn = RecoveryWords.generate()
            words = drawn.text().decodeToString().split(' ')
            val (wallet, authentication) = Pin(PIN.toByteArray()).use { createWallet(config, drawn, it) }
            wallet.importRecords(ImportSource.Bytes(FakeData.records.joinToString("\n") { it.content }.toByteArray()))
            if (servers != null) wallet.connect(authentication, servers)
            wallet.release()
        }
        app.wallet = RustWallet(config, MainScope()) { deeds += it }
        activity = Robolectric.buildActivity(MainActivity::class.java).setup()
    }

    @After
    fun isPutAway() {
        activity.pause().stop().destroy()
    }

    private fun Clicks.unlock(pin: String = PIN) {
        sees("Your records are locked")
        enterPin(pin, "Unlock")
        sees("Settings")
    }

    private fun Clicks.switchesTheFingerOn() {
        press("Settings")
        press("Fingerprint or face")
        press("Switch on")
        enterPin("999999", "Switch on")
        sees("Wrong PIN")
        enterPin(PIN, "Switch on")
        sees("Your fingerprint or face opens your records.")
        pressPicture("Back")
    }

    @Test
    fun aFingerOpensTheRecordsAndThePinConsents(): Unit = with(clicks) {
        val servers = RealServers.started()
        begin(servers.servers)
        unlock()
        switchesTheFingerOn()
        press("Lock now")
        key.hasFinger = false
        press("Use fingerprint or face")
        sees("No fingerprint or face was recognised.")
        key.hasFinger = true
        press("Use fingerprint or face")
        sees("Locking")

        press("See your recovery words")
        enterPin("999999", "Continue")
        sees("Wrong PIN")
        enterPin(PIN, "Continue")
        sees("Words 1 to 6 of 24")
        assertEquals(words[0], word(1))
        pressPicture("Back")
        press("Lock now")
        press("Use fingerprint or face")
        sees("Locking")
        pressPicture("Back")

        press("Access")
        press("Give a clinic access")
        press(servers.clinic)
        press("Allergies")
        press("See what they would see")
        sees("${servers.clinic} would see")
        press("Consent with PIN")
        sees("Enter your PIN to consent")
        enterPin("999999", "Give access")
        sees("Wrong PIN")
        enterPin(PIN, "Give access")
        sees("Access given")
        val (open, on, words, access) = listOf(Deed.OPEN, Deed.SWITCH_ON_BIOMETRICS, Deed.SEE_WORDS, Deed.GIVE_ACCESS)
        assertEquals(listOf(open, on, on, open, open, words, words, open, access, access), deeds)
    }

    private fun word(number: Int): String {
        val node = compose.onAllNodesWithContentDescription("Word $number: ", substring = true).fetchSemanticsNodes().single()
        return node.config[androidx.compose.ui.semantics.SemanticsProperties.ContentDescription].single()
            .substringAfter(": ").trim('\u2068', '\u2069')
    }

    @Test
    fun anotherFingerAndPanicLeaveThePin(): Unit = with(clicks) {
        begin()
        unlock()
        switchesTheFingerOn()
        press("Lock now")
        key.enroll()
        press("Use fingerprint or face")
        sees("This phone may know another fingerprint or face now, or it was updated. To be safe, open Keepwell with your PIN.")
        enterPin(PIN, "Unlock")
        sees("If every fingerprint and face on it is yours, you can switch it on again.")
        press("Switch on")
        enterPin(PIN, "Switch on")
        sees("Your fingerprint or face opens your records.")
        pressPicture("Back")
        press("Lock so that only your PIN opens")
        sees("Your records are locked")
        until("the key to go") { DeviceKeyPurpose.BIOMETRIC !in key.purposes }
        seesNoMore("Use fingerprint or face")
        enterPin(PIN, "Unlock")
        sees("Off")
    }

    @Test
    fun anotherPinAndTheTimeToLock(): Unit = with(clicks) {
        begin()
        unlock()
        press("Settings")
        sees("After 5 minutes")
        press("Change your PIN")
        enterPin("999999", "Continue")
        sees("Wrong PIN")
        enterPin(PIN, "Continue")
        sees("Choose a new PIN")
        repeat(2) { enterPin("121212", if (it == 0) "Continue" else "Change PIN") }
        sees("This PIN is too easy to guess")
        repeat(2) { enterPin(NEW_PIN, if (it == 0) "Continue" else "Change PIN") }
        sees("Your PIN is changed")
        press("Done")
        press("Lock by itself")
        press("15 minutes")
        press("At once")
        until("the setting") { runBlocking { app.wallet.safety.autoLock() } == Outcome.Done(AutoLock(15.minutes, Duration.ZERO)) }
        pressPicture("Back")
        sees("After 15 minutes")
        activity.pause().stop()
        // Nothing is on the screen that could wait for it.
        val end = System.nanoTime() + Clicks.PATIENCE * 1_000_000
        while (app.wallet.lock.isUnlocked.value && System.nanoTime() < end) {
            shadowOf(Looper.getMainLooper()).idle()
            Thread.sleep(20)
        }
        assertFalse(app.wallet.lock.isUnlocked.value)
        activity.start().resume()
        sees("Your records are locked")
        enterPin(PIN, "Unlock")
        sees("Wrong PIN")
        enterPin(NEW_PIN, "Unlock")
        sees("After 15 minutes")
    }

    @Test
    fun erasedIsErasedAndThePhoneBeginsAnew(): Unit = with(clicks) {
        begin()
        unlock()
        press("Settings")
        press("Erase everything from this phone")
        sees("Once erased, your records are lost for good.")
        press("Continue")
        enterPin("999999", "Erase")
        sees("Wrong PIN")
        enterPin(PIN, "Erase")
        sees("Welcome to Keepwell")
        assertEquals(emptySet(), key.purposes)
        assertFalse(isAnythingLeft())
        runBlocking {
            assertEquals(Outcome.Failed(Problem.NoWallet), app.wallet.records.counts())
            val drawn = assertIs<Outcome.Done<org.keepwell.wallet.service.DrawnWords>>(app.wallet.start.drawWords()).value
            assertIs<Outcome.Done<*>>(drawn.create(NEW_PIN.toByteArray()))
            assertEquals(Outcome.Done(emptyList()), app.wallet.records.counts())
        }
    }

    @Test
    fun whoeverHasNeitherPinNorWordsErasesWithoutThem(): Unit = with(clicks) {
        begin()
        press("Forgot your PIN?")
        press("I have no words")
        press("Erase")
        assertTrue(isAnythingLeft())
        pressInDialog("Erase")
        sees("Welcome to Keepwell")
        assertFalse(isAnythingLeft())
    }

    @Test
    fun aWalletThatLockedBeforeItWasErasedStaysAndOpens(): Unit = with(clicks) {
        begin()
        unlock()
        runBlocking {
            assertIs<Outcome.Done<*>>(app.wallet.safety.setAutoLock(AutoLock(5.minutes, Duration.ZERO)))
            // Its turn comes after the PIN's and before the erasing, which finds the PIN's proof void.
            key.whileAsked = { launch(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { app.wallet.lock.setInBackground(true) } }
            assertEquals(Outcome.Failed(Problem.EraseFailed("Closed")), app.wallet.safety.erase(PIN.toByteArray()))
            key.whileAsked = {}
            app.wallet.lock.setInBackground(false)
            assertEquals(Outcome.Done(Unit), app.wallet.lock.unlock(PIN.toByteArray()))
            assertIs<Outcome.Done<*>>(app.wallet.records.counts())
        }
    }

    @Test
    fun whatHasLockedIsKnownToBeLockedBeforeTheEventComes(): Unit = with(clicks) {
        begin()
        unlock()
        // Events come on the thread that waits here.
        runBlocking {
            app.wallet.lock.lock()
            assertFalse(app.wallet.lock.isUnlocked.value)
            assertEquals(Outcome.Done(Unit), app.wallet.lock.unlock(PIN.toByteArray()))
            assertTrue(app.wallet.lock.isUnlocked.value)
            assertEquals(Outcome.Done(Unit), app.wallet.safety.panicLock())
            assertFalse(app.wallet.lock.isUnlocked.value)
        }
    }

    @Test
    fun aWalletThatIsMadeOutOfSightLocksAsOneThatIs(): Unit = with(clicks) {
        begin()
        runBlocking {
            val other = RustWallet(WalletConfig(home.resolve("other").toString(), MemoryDeviceKey()), CoroutineScope(Dispatchers.Unconfined))
            other.lock.setInBackground(true)
            val drawn = assertIs<Outcome.Done<org.keepwell.wallet.service.DrawnWords>>(other.start.drawWords()).value
            assertIs<Outcome.Done<*>>(drawn.create(PIN.toByteArray()))
            assertIs<Outcome.Done<*>>(other.safety.setAutoLock(AutoLock(5.minutes, Duration.ZERO)))
            assertEquals(Outcome.Failed(Problem.Locked), other.records.counts())
        }
    }

    /** But for the empty file that keeps two processes apart. */
    private fun isAnythingLeft() = home.resolve("wallet").toFile().walk().any { it.isFile && it.name != "lock" }

    private companion object {
        const val PIN = "593817"
        const val NEW_PIN = "730194"
    }
}
