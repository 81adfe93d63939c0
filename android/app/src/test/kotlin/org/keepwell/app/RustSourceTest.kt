package org.keepwell.app

import android.content.Intent
import android.net.Uri
import androidx.compose.ui.test.hasScrollToNodeAction
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextReplacement
import androidx.test.core.app.ApplicationProvider
import androidx.test.platform.app.InstrumentationRegistry
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.runBlocking
import org.junit.Rule
import org.junit.Test
import org.junit.rules.ExternalResource
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.keepwell.Pin
import org.keepwell.RecoveryWords
import org.keepwell.SoftwareDeviceKey
import org.keepwell.WalletConfig
import org.keepwell.createWallet
import org.keepwell.wallet.rust.RustWallet
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Clinics' servers, connected through the app over the real library; the browser is the test. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = RustApplication::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class RustSourceTest {
    private val compose = createAndroidComposeRule<MainActivity>()
    private val clicks = Clicks(compose)

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(object : ExternalResource() {
        override fun before() {
            servers = RealServers.started()
            ApplicationProvider.getApplicationContext<RustApplication>().wallet = RustWallet(newWallet(), MainScope())
        }
    }).around(compose)

    private lateinit var servers: RealServers

    /** A wallet without records, let go of. */
    private fun newWallet(): WalletConfig = runBlocking {
        val home = Files.createTempDirectory("wallet")
        val config = WalletConfig(home.resolve("wallet").toString(), SoftwareDeviceKey(home.resolve("key")), acceptDemonstrationLedger = true)
        val (wallet, authentication) = Pin(PIN.toByteArray()).use { createWallet(config, RecoveryWords.generate(), it) }
        authentication.void()
        wallet.release()
        config
    }

    private fun type(address: String) {
        compose.onNode(hasScrollToNodeAction()).performScrollToNode(hasTestTag("address"))
        compose.onNodeWithTag("address").performTextReplacement(address)
    }

    /** The address at which the app opened the browser. */
    private fun page(): String {
        var opened: Intent? = null
        clicks.until("the browser") {
            opened = opened ?: shadowOf(ApplicationProvider.getApplicationContext<RustApplication>()).nextStartedActivity
            opened != null
        }
        assertEquals(Intent.ACTION_VIEW, opened?.action)
        return opened?.dataString.orEmpty()
    }

    private fun comeBack(redirect: String) = compose.runOnUiThread {
        InstrumentationRegistry.getInstrumentation().callActivityOnNewIntent(compose.activity, Intent(Intent.ACTION_VIEW, Uri.parse(redirect)))
    }

    /** Signs in there and comes back; gives what the browser came back with. */
    private fun Clicks.signIn(address: String): String {
        type(address)
        press("Sign in at the clinic")
        return servers.smart("/agree", mapOf("url" to page())).also(::comeBack)
    }

    private fun Clicks.beginAtAdd() {
        press("Add records")
        press("Connect a clinic")
    }

    @Test
    fun aClinicIsConnectedFetchedAndLetGo(): Unit = with(clicks) {
        enterPin(PIN, "Unlock")
        beginAtAdd()
        sees("No clinic is connected yet.")
        press("Connect a clinic")
        type(servers.servers.hostUrl)
        press("Sign in at the clinic")
        sees("Keepwell found no records for apps at this address.")
        val address = servers.smart("/start", mapOf("refused" to "Condition"))
        val redirect = signIn(address)
        sees("What the clinic gives")
        sees("Measurements and results")
        press("Fetch my records")
        sees("3 new records")
        sees("The clinic does not give: Conditions.")
        sees("Records fetched on")

        // The same once more, as another app could send it.
        comeBack(redirect)
        sees("The clinic is not connected")
        sees("it was used before")
        press("Cancel")
        press("Add records")
        press("Connect a clinic")
        press("127.0.0.1:" + Uri.parse(address).port)
        press("Disconnect this clinic")
        sees("Keepwell fetches nothing more there.")
        pressInDialog("Disconnect")
        sees("The clinic knows.")
        press("Done")
        sees("No clinic is connected yet.")
        pressPicture("Back")
        scrollTo("Take back")
        press("Take back")
        pressInDialog("Take back")
        sees("3 records were taken back.")
    }

    @Test
    fun recordsUnderAnotherNameAreAskedAboutAndWhoMustSignInAgainIsTold(): Unit = with(clicks) {
        enterPin(PIN, "Unlock")
        beginAtAdd()
        press("Connect a clinic")
        signIn(servers.smart("/start", emptyMap()))
        press("Fetch my records")
        sees("4 new records")
        pressPicture("Back")
        beginAtAdd()
        press("Connect a clinic")
        signIn(servers.smart("/start", mapOf("patient" to "p2", "uses" to "1", "noRefresh" to "")))
        sees("Is this you?")
        sees("Ada Hopper")
        press("Yes, sign in once more")
        comeBack(servers.smart("/agree", mapOf("url" to page())))
        sees("What the clinic gives")
        press("Fetch my records")
        sees("wants you to sign in again")
        sees("Sign in at the clinic")
        pressPicture("Back")
        scrollToPart("1 clinic wants you to sign in again before it gives more of your records.")
        press("See these clinics")
        sees("Clinics' records online")
    }

    @Test
    fun whatIsMadeUpOrRefusedConnectsNothing(): Unit = with(clicks) {
        enterPin(PIN, "Unlock")
        sees("Your records")
        comeBack("keepwell://authorized?code=made-up&state=made-up")
        sees("was not begun here")
        press("Begin again")
        signIn(servers.smart("/start", mapOf("error" to "access_denied")))
        sees("you or the clinic did not agree")
        press("Cancel")
        sees("Your records")
        assertTrue(runBlocking { ApplicationProvider.getApplicationContext<RustApplication>().wallet.sources.list() }.toString().contains("[]"))
    }

    private companion object {
        const val PIN = "593817"
    }
}
