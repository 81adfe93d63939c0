package org.keepwell.app

import android.app.Application
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithContentDescription
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performTextReplacement
import java.io.File
import java.nio.file.Files
import java.time.InstantSource
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.runBlocking
import org.junit.Rule
import org.junit.Test
import org.junit.rules.ExternalResource
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.keepwell.ImportSource
import org.keepwell.Pin
import org.keepwell.RecoveryWords
import org.keepwell.SoftwareDeviceKey
import org.keepwell.WalletConfig
import org.keepwell.createWallet
import org.keepwell.platform.QrReader
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeHealth
import org.keepwell.wallet.fake.FakeWishes
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.rust.RustWallet
import org.keepwell.wallet.service.WalletServices
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** The app over a wallet that the test has made. */
class RustApplication : Application(), WalletOwner {
    override val clock: InstantSource = InstantSource.system()
    override val wishes = FakeWishes()
    override val health = FakeHealth()
    override lateinit var wallet: WalletServices
}

/**
 * The same story over the real library, by JNA, against a real ledger, host and clinic (dev.d/servers); what the clinic
 * sees is asked of the clinic's own command.
 */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = RustApplication::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class RustStoryTest {
    private val compose = createAndroidComposeRule<MainActivity>()
    private val clicks = Clicks(compose)

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(object : ExternalResource() {
        override fun before() {
            servers = RealServers.started()
            val app = androidx.test.core.app.ApplicationProvider.getApplicationContext<RustApplication>()
            app.wallet = RustWallet(connectedWallet(), MainScope())
        }
    }).around(compose)

    private lateinit var servers: RealServers
    private lateinit var keyFolder: File
    private lateinit var words: ByteArray

    /** How many accesses the clinic had before: those of other tests' patients. */
    private var openBefore = 0

    @Test
    fun grantsSharesAndRevokesForReal() = with(clicks) {
        enterPin(PIN, "Unlock")
        readsTheHome()
        press("Results")
        sees("Hemoglobin A1c")
        pressPicture("Back")

        comesToThePin()
        enterPin("999999", "Give access")
        sees("Wrong PIN")
        enterPin(PIN, "Give access")
        isGranted()

        press("Share")
        press("See what would leave")
        sees("This would leave your phone")
        scrollTo("Metformin 500 mg tablet")
        scrollTo("1 record stays with you: your clinic calls it an error or has removed it.")
        press("Share it and show the code")
        sees("Let the clinic scan this")
        compose.onNodeWithTag("qr").assertExists()
        val drawn = picture(compose.activity.window.decorView)
        drawn.keep("rust/share")
        val luma = ByteArray(drawn.width * drawn.height) { (drawn.getPixel(it % drawn.width, it / drawn.width) shr 8 and 0xFF).toByte() }
        val link = checkNotNull(QrReader().read(luma, drawn.width, drawn.width, drawn.height))
        assertTrue("application/fhir+json" in servers.opens(link), "what was scanned opens")
        scrollTo("Who opened it")
        sees("Said to be Front desk")
        pressPicture("Back")
        press("Works now")
        sees("Let the clinic scan this")
        assertTrue("application/fhir+json" in servers.opens(link), "a code that is shown again is the same")
        press("End now")
        pressInDialog("End now")
        sees("you ended it")
        assertEquals("", servers.opens(link))

        revokes()
        press("Activity")
        sees("You ended access")
        sees("Front desk")
    }

    @Test
    fun aCodeWithAPasscodeOpensOnlyWithIt(): Unit = with(clicks) {
        enterPin(PIN, "Unlock")
        readsTheHome()
        press("Share")
        scrollTo("Passcode, if you want one")
        compose.onNodeWithTag("passcode").performTextReplacement("123456")
        press("See what would leave")
        sees("This passcode is too easy to guess: choose one that is no row, no repetition and no date.")
        scrollTo("Passcode, if you want one")
        compose.onNodeWithTag("passcode").performTextReplacement("blue-otter")
        press("Keep it up to date while it works")
        press("See what would leave")
        scrollTo("Opens only with the passcode that you chose. Tell it to the clinic.")
        press("Share it and show the code")
        sees("Let the clinic scan this")
        scrollTo("Kept up to date: what you add later is shared too, while the code works.")
        val app = androidx.test.core.app.ApplicationProvider.getApplicationContext<RustApplication>()
        val link = kotlinx.coroutines.runBlocking {
            val wallet = checkNotNull(app.wallet)
            val share = (wallet.shares.list() as Outcome.Done).value.single()
            assertTrue(share.needsPasscode && share.followsRecord)
            (wallet.shares.link(share.id) as Outcome.Done).value.expose()
        }
        assertEquals("", servers.opens(link), "nobody opens it who was not told the passcode")
        assertTrue("application/fhir+json" in servers.opens(link, "blue-otter"))
    }

    @Test
    fun aCodeThatLivesForAYearIsOnTheLedger(): Unit = with(clicks) {
        enterPin(PIN, "Unlock")
        readsTheHome()
        press("Share")
        press("365 days")
        press("See what would leave")
        scrollTo("You can end it at any time, from any of your phones.")
        press("Share it and show the code")
        enterPin("999999", "Share it and show the code")
        sees("Wrong PIN")
        enterPin(PIN, "Share it and show the code")
        sees("In the public book: confirmed")
        val app = androidx.test.core.app.ApplicationProvider.getApplicationContext<RustApplication>()
        val link = runBlocking {
            val share = (app.wallet.shares.list() as Outcome.Done).value.single()
            assertEquals(GrantState.ACTIVE, share.ledger)
            (app.wallet.shares.link(share.id) as Outcome.Done).value.expose()
        }
        assertTrue("application/fhir+json" in servers.opens(link), "the host opens what the ledger shows")
        press("End now")
        pressInDialog("End now")
        sees("In the public book: ended")
        assertEquals("", servers.opens(link))
    }

    @Test
    fun theWordsOpenAPhoneThatLostItsKeyAndWhatWasGrantedCanBeRevoked() = with(clicks) {
        enterPin(PIN, "Unlock")
        sees("Your records")
        comesToThePin()
        enterPin(PIN, "Give access")
        isGranted()
        pressPicture("Lock now")
        sees("Your records are locked")

        assertTrue(File(keyFolder, "device.key").delete())
        enterPin(PIN, "Unlock")
        sees("This phone can no longer open your records with the PIN")
        press("Enter your recovery words")
        sees("Your recovery words")
        val listed = words.decodeToString().split(' ').withIndex().map { (at, word) -> "${at + 1}. $word" }
        type("words", listed.drop(1).joinToString("\n"))
        press("Continue")
        sees("The numbers do not count up at word 1")
        type("words", listed.joinToString("\n").replace("3. ", "3. x"))
        press("Continue")
        sees("Word 3 is not a recovery word")
        type("words", listed.joinToString("\n"))
        press("Continue")
        sees("Your extra password, if you have one")
        type("passphrase", "sesame")
        press("Continue")
        choosesPin(NEW_PIN)
        sees("These words belong to other records")
        type("passphrase", "")
        press("Continue")
        choosesPin("121212")
        sees("This PIN is too easy to guess")
        choosesPin(NEW_PIN)
        sees("Ana Lucía Ortega")
        press("Results")
        sees("Hemoglobin A1c")
        pressPicture("Back")

        revokes()
        pressPicture("Lock now")
        enterPin(PIN, "Unlock")
        sees("Wrong PIN")
        enterPin(NEW_PIN, "Unlock")
        sees("No longer shared from")
    }

    @Test
    fun anAccessIsMadeLongerForRealAndTheClinicsPageSaysWhatItRead() = with(clicks) {
        enterPin(PIN, "Unlock")
        sees("Ana Lucía Ortega")
        comesToThePin()
        enterPin(PIN, "Give access")
        isGranted()
        press(servers.clinic)
        sees("Checked: this is a registered clinic")
        press("Make it longer")
        sees("Make the access of ${servers.clinic} longer")
        press("90 days")
        press("See what they would see")
        sees("${servers.clinic} would see")
        press("Consent with PIN")
        enterPin("999999", "Make it longer")
        sees("Wrong PIN")
        enterPin(PIN, "Make it longer")
        sees("The access lasts longer now")
        sees("The earlier access")
        until("the clinic to read it") { servers.clinicReads().any { "Hemoglobin A1c" in it } }
        press("About this clinic")
        sees("Checked: this is a registered clinic")
        scrollToPart("May still be held: up to")
        scrollToPart("Read ")
        press("End access")
        pressInDialog("End access")
        scrollToPart("This clinic has no access to your records.")
        assertEquals(openBefore, servers.clinicReads().size)
        pressPicture("Back")
        press("Done")
        press("Records")
        scrollTo("Everything by date")
        press("Everything by date")
        sees("October 3, 2026")
        sees("Influenza vaccine 2026")
        press("Documents")
        press("Discharge letter")
        press("Photo of the ward")
        compose.waitUntil(Clicks.PATIENCE) { compose.onAllNodesWithContentDescription("Photo of the ward").fetchSemanticsNodes().isNotEmpty() }
    }

    /** What the library makes of the records: the mistaken allergy is none, and what the host lacks is sent by itself. */
    private fun Clicks.readsTheHome() {
        sees("Ana Lucía Ortega")
        sees("Born March 9, 1974")
        scrollTo("No allergies that you have now are noted in your records. That does not mean that you have none.")
        scrollTo("Type 2 diabetes")
        scrollTo("Lisinopril 10 mg tablet")
        scrollTo("Hemoglobin A1c")
        press("Hemoglobin A1c")
        sees("Above the normal range")
        scrollTo("Springfield Laboratory")
        pressPicture("Back")
        scrollTo("What needs doing")
        compose.waitUntil(Clicks.PATIENCE) { compose.onAllNodesWithText("only on this phone so far", substring = true).fetchSemanticsNodes().isEmpty() }
        press("Check the words")
        sees("Enter your PIN to see your recovery words")
        pressPicture("Back")
    }

    private fun type(field: String, text: String) = compose.onNodeWithTag(field).performTextReplacement(text)

    private fun Clicks.choosesPin(pin: String) {
        enterPin(pin, "Continue")
        sees("Enter the new PIN again")
        enterPin(pin, "Open my records")
    }

    private fun Clicks.comesToThePin() {
        openBefore = servers.clinicReads().size
        press("Access")
        press("Give a clinic access")
        press(servers.clinic)
        sees("What may ${servers.clinic} see?")
        press("Allergies")
        press("Results")
        press("See what they would see")
        sees("${servers.clinic} would see")
        press("Consent with PIN")
    }

    private fun Clicks.isGranted() {
        sees("Access given")
        press("Done")
        sees("Has access")
        // Waiting lets the app go on sending.
        until("the clinic to read it") { servers.clinicReads().any { "Hemoglobin A1c" in it } }
    }

    private fun Clicks.revokes() {
        press("Access")
        press("End access")
        sees("What they have already read they may still hold")
        pressInDialog("End access")
        sees("No longer shared from")
        assertEquals(openBefore, servers.clinicReads().size)
    }

    private companion object {
        const val PIN = "593817"
        const val NEW_PIN = "730194"
    }

    /** A wallet with the fake's records, connected to the servers, and let go of. */
    private fun connectedWallet(): WalletConfig = runBlocking {
        val home = Files.createTempDirectory("wallet")
        keyFolder = home.resolve("key").toFile()
        val config = WalletConfig(home.resolve("wallet").toString(), SoftwareDeviceKey(keyFolder.toPath()), acceptDemonstrationLedger = true)
        val drawn = RecoveryWords.generate()
        words = drawn.text()
        val (wallet, authentication) = Pin(PIN.toByteArray()).use { createWallet(config, drawn, it) }
        wallet.importRecords(ImportSource.Bytes(FakeData.records.joinToString("\n") { it.content }.toByteArray()))
        wallet.connect(authentication, servers.servers)
        wallet.release()
        config
    }
}
